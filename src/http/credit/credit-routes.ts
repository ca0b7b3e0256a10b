import {
  account,
  accountPath,
  accountRequest,
  type PaymentRequest,
  paymentRequest,
} from '../../contracts/api/credit';
import { keyedHeaders } from '../../contracts/api/headers';
import { availableCredit } from '../../domain/credit/account';
import type { Refusal } from '../../domain/refusal';
import type { DirectCommands } from '../../intake/direct-commands';
import type { CreditStore, ReceivePayment } from '../../stores/credit/credit-store';
import { type KeyedExchange, keyedCommandOf, keyReused, replayHeaders } from '../framework/idempotency';
import { type Operation, operation } from '../framework/operation';
import { notFound, Problem } from '../framework/problem';
import { putAndGet } from '../framework/put-and-get';
import { jsonBody } from '../framework/request-body';

const PATH = '/v1/credit-accounts/{customerId}';

/** Declares the routes to open, limit and read credit accounts and to record payments. */
export function creditRoutes(commands: DirectCommands, store: CreditStore): Operation[] {
  return [...accounts(commands, store), payments(commands, store)];
}

function accounts(commands: DirectCommands, store: CreditStore): Operation[] {
  return putAndGet({
    path: PATH,
    tag: 'Credit',
    noun: 'a credit account',
    scopes: { read: 'credit:read', write: 'credit:write' },
    params: accountPath,
    request: accountRequest,
    view: account,
    putProblems: [409],
    async put({ customerId }, wanted, cause) {
      const answer = await commands.setAccount(customerId, wanted, cause);
      if (answer.kind === 'done') return;
      const { reason, detail = reason } = answer;
      throw new Problem('refused', { reason, detail, errors: [{ field: 'currency', message: detail }] });
    },
    read: ({ customerId }) => accountView(store, customerId),
  });
}

async function accountView(store: CreditStore, customerId: string) {
  const found = await store.account(customerId);
  if (!found) return undefined;
  const { currency, limit, held, capturedUnpaid: captured } = found;
  return { customerId, currency, limit, held, captured, available: availableCredit(found) };
}

function payments(commands: DirectCommands, store: CreditStore): Operation {
  return operation({
    method: 'post',
    path: `${PATH}/payments`,
    tag: 'Credit',
    summary: 'Record a payment of a customer',
    description:
      'Lowers what is captured and unpaid. More than is owed is kept, and counts for what ships next; how much may ' +
      'be paid ahead is bounded. A payment that is refused leaves its key free.',
    scope: 'credit:write',
    params: accountPath,
    headers: keyedHeaders,
    body: jsonBody(paymentRequest),
    answers: {
      200: {
        description: 'the account as it stands now',
        schema: account,
        headers: { 'Idempotent-Replayed': '`true` where the same payment had been sent before' },
      },
    },
    problems: [404, 409, 422],
    async handle(exchange) {
      const { customerId } = exchange.params;
      const outcome = await commands.receivePayment(paymentFrom(exchange));
      if (outcome.kind === 'refused') throw refusedPayment(customerId, outcome);
      const headers = replayHeaders(outcome.isReplay);
      return { status: 200, headers, json: await accountView(store, customerId) };
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
  if (reason === 'UNKNOWN_CUSTOMER') return notFound(`a credit account ${customerId}`);
  if (reason === 'IDEMPOTENCY_KEY_REUSED') return keyReused();
  return new Problem('refused', { reason, detail, errors: [{ field: 'amount', message: detail }] });
}
