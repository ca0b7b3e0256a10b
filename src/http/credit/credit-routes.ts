import {
  account,
  accountPath,
  accountRequest,
  type PaymentRequest,
  paymentRequest,
} from '../../contracts/api/credit';
import { keyedHeaders } from '../../contracts/api/headers';
import { type AccountBalance, availableCredit } from '../../domain/credit/account';
import type { Refusal } from '../../domain/refusal';
import type { DirectCommands } from '../../intake/direct-commands';
import type { CreditStore, ReceivePayment } from '../../stores/credit/credit-store';
import type { Stores } from '../../stores/stores';
import type { HeavyReads } from '../framework/heavy-reads';
import { type KeyedExchange, keyedCommandOf, keyReused, replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { readPast } from '../framework/past-reads';
import { notFound, Problem } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { type ResourceSpec, resource } from '../framework/resource-routes';

/** Declares credit accounts. */
export function accountResource(
  commands: DirectCommands,
  { credit: store, creditHistory: history }: Pick<Stores, 'credit' | 'creditHistory'>,
  heavyReads: HeavyReads,
): ResourceSpec {
  return resource({
    collection: 'credit-accounts',
    tag: 'Credit',
    noun: 'credit account',
    scopes: { read: 'credit:read', write: 'credit:write' },
    key: { name: 'customerId', schema: accountPath.shape.customerId },
    request: accountRequest,
    view: account,
    pageId: 'CreditAccountPage',
    putProblems: [409],
    async put(customerId, wanted, cause) {
      const answer = await commands.setAccount(customerId, wanted, cause);
      if (answer.kind === 'done') return;
      const { reason, detail = reason } = answer;
      throw new Problem('refused', { reason, detail, errors: [{ field: 'currency', message: detail }] });
    },
    read: (customerId) => store.account(customerId),
    async readAt(customerId, moment, caller) {
      const past = await readPast(() => heavyReads.run(caller, () => history.at(customerId, moment)));
      return past.balance;
    },
    list: (after, limit) => store.accounts(after, limit),
    show: accountView,
    remove: (customerId, cause) => commands.closeAccount(customerId, cause),
  });
}

function accountView(balance: AccountBalance): object {
  const { customerId, currency, limit, held, capturedUnpaid: captured } = balance;
  return { customerId, currency, limit, held, captured, available: availableCredit(balance) };
}

/** Declares the route to record payments. */
export function paymentsRoute(commands: DirectCommands, store: CreditStore): Operation {
  return operation({
    method: 'post',
    path: '/v1/credit-accounts/{customerId}/payments',
    operationId: 'recordPayment',
    tag: 'Credit',
    summary: 'Record a payment by a customer',
    description:
      'A payment lowers the captured credit. The customer may pay ahead, up to a limit: the excess counts for the next ' +
      'shipments. A refused payment leaves its key free.',
    scope: 'credit:write',
    params: accountPath,
    headers: keyedHeaders,
    body: jsonBody(paymentRequest),
    answers: {
      200: {
        description: 'the account in its new state',
        schema: account,
        headers: { 'Idempotent-Replayed': '`true` if the payment was recorded by an earlier request' },
      },
    },
    problems: [404, 409, 422],
    async handle(exchange) {
      const { customerId } = exchange.params;
      const outcome = await commands.receivePayment(paymentFrom(exchange));
      if (outcome.kind === 'refused') throw refusedPayment(customerId, outcome);
      const headers = replayHeaders(outcome.isReplay);
      const paid = await store.account(customerId);
      if (!paid) throw notFound(`credit account ${customerId}`);
      return { status: 200, headers, json: accountView(paid) };
    },
  });
}

type PaymentExchange = KeyedExchange & {
  readonly params: { readonly customerId: string };
  readonly body: PaymentRequest;
};

function paymentFrom(exchange: PaymentExchange): ReceivePayment {
  return { ...keyedCommandOf('pay_', exchange), ...exchange.params, ...exchange.body };
}

function refusedPayment(customerId: string, { reason, detail = reason }: Refusal): Problem {
  if (reason === 'UNKNOWN_CUSTOMER') return notFound(`credit account ${customerId}`);
  if (reason === 'IDEMPOTENCY_KEY_REUSED') return keyReused();
  return new Problem('refused', { reason, detail, errors: [{ field: 'amount', message: detail }] });
}
