import type { Command } from '../contracts/commands';
import {
  type Account,
  type AccountBalance,
  type AccountEvent,
  decideSetAccount,
} from '../domain/credit/account';
import { decidePay } from '../domain/credit/pay';
import type { Decision, StepAnswer } from '../domain/decision';
import { type Refusal, refused } from '../domain/refusal';
import { type AccountStream, loadCredit, lockAccounts, openAccounts, saveCredit } from './credit-rows';
import { type Cause, PendingLog } from './event-log';
import { PrismaClient } from './generated/credit/client';
import { type StoreSession, storeAdapter } from './store-session';
import { inTransaction } from './transaction';

/** A command as the credit store sees it: one order's business with one account. */
export interface CreditCommand extends Command {
  readonly customerId: string;
  readonly orderId: string;
}

/** `commandId` is the payment's id: a hash of caller, idempotency key and fingerprint. */
export interface ReceivePayment extends Command {
  readonly idempotencyKey: string;
  readonly customerId: string;
  readonly amount: number;
}

export type PaymentOutcome = { readonly kind: 'received'; readonly isReplay: boolean } | Refusal;

/** The credit of customers: accounts, one hold an order, what they paid, and their log. */
export class CreditStore {
  readonly client: PrismaClient;

  constructor(url: string, connections: number) {
    this.client = new PrismaClient({ adapter: storeAdapter(url, 'credit', connections) });
  }

  /**
   * One step for a set of commands, in one transaction: accounts are locked in key order and loaded, each command
   * is decided on what the ones before it left, and all is saved at once. Answers come in the order of the commands.
   */
  async step<C extends CreditCommand>(
    step: string,
    commands: readonly C[],
    decide: (account: Account, command: C) => Decision<StepAnswer, AccountEvent>,
  ): Promise<StepAnswer[]> {
    return inTransaction(this.client, async (session) => {
      const customerIds = [...new Set(commands.map(({ customerId }) => customerId))].sort();
      await lockAccounts(session, customerIds);
      const loaded = await loadCredit(session, {
        step,
        commandIds: commands.map(({ commandId }) => commandId),
        customerIds,
        orderIds: commands.map(({ orderId }) => orderId),
      });
      const log = new PendingLog(loaded.now);
      const streams = openAccounts(log, customerIds, loaded);
      const fresh = new Map<string, StepAnswer>();
      const answers = commands.map((command) => {
        const known = loaded.answers[command.commandId] ?? fresh.get(command.commandId);
        if (known) return known;
        const { answer, isForNow } = decideOn(streams.get(command.customerId), command, decide);
        if (!isForNow) fresh.set(command.commandId, answer);
        return answer;
      });
      if (fresh.size > 0) await saveCredit(session, step, log, streams, fresh);
      return answers;
    });
  }

  /** Opens an account or changes its limit. */
  async setAccount(
    customerId: string,
    wanted: { readonly currency: string; readonly limit: number },
    cause: Cause,
  ): Promise<StepAnswer> {
    return inTransaction(this.client, async (session) => {
      await lockAccounts(session, [customerId]);
      return changeAccount(session, 'setAccount', { ...cause, customerId }, {}, (account) =>
        decideSetAccount(account, wanted),
      );
    });
  }

  /** Notes what a customer has paid: each idempotency key once, for one request. A refused one leaves its key free. */
  async receivePayment(payment: ReceivePayment): Promise<PaymentOutcome> {
    const { commandId: paymentId, customerId, amount } = payment;
    return inTransaction(this.client, async (session) => {
      await lockAccounts(session, [customerId]);
      const earlier = await paymentUnderKey(session, payment);
      if (earlier && earlier.id !== paymentId) return refused('IDEMPOTENCY_KEY_REUSED');
      const payments = earlier ? { [paymentId]: amount } : {};
      const answer = await changeAccount(session, 'receivePayment', payment, payments, (account) =>
        decidePay(account, { paymentId, amount }),
      );
      if (answer.kind === 'refused') return answer;
      if (!earlier) await insertPayment(session, payment);
      return { kind: 'received', isReplay: earlier !== undefined };
    });
  }

  /** How an opened account stands; undefined where there is none. */
  async account(customerId: string): Promise<AccountBalance | undefined> {
    const row = await this.client.account.findUnique({ where: { customerId } });
    if (!row || row.currency === null) return undefined;
    return {
      customerId,
      currency: row.currency,
      limit: Number(row.limit),
      held: Number(row.held),
      capturedUnpaid: Number(row.capturedUnpaid),
    };
  }
}

function decideOn<C extends Cause>(
  stream: AccountStream | undefined,
  command: C,
  decide: (account: Account, command: C) => Decision<StepAnswer, AccountEvent>,
): Decision<StepAnswer, AccountEvent> {
  if (!stream) throw new Error(`the account of command ${command.commandId} was not loaded`);
  const decision = decide(stream.state, command);
  for (const event of decision.events) stream.append(event, command);
  return decision;
}

/** Decides on one account that is locked, and on no order. Its answer needs no storing: the account itself tells. */
async function changeAccount(
  session: StoreSession,
  step: string,
  command: Cause & { readonly customerId: string },
  payments: Account['payments'],
  decide: (account: Account) => Decision<StepAnswer, AccountEvent>,
): Promise<StepAnswer> {
  const customerIds = [command.customerId];
  const loaded = await loadCredit(session, { step, commandIds: [], customerIds, orderIds: [] });
  const log = new PendingLog(loaded.now);
  const streams = openAccounts(log, customerIds, loaded, payments);
  const { answer } = decideOn(streams.get(command.customerId), command, decide);
  if (!log.isEmpty) await saveCredit(session, step, log, streams, new Map());
  return answer;
}

async function paymentUnderKey(
  session: StoreSession,
  { caller, idempotencyKey }: ReceivePayment,
): Promise<{ readonly id: string } | undefined> {
  const [found] = await session.$queryRaw<{ id: string }[]>`
    SELECT id FROM payment WHERE caller = ${caller} AND key = ${idempotencyKey}`;
  return found;
}

/** Fails, and its transaction runs again, where the same key came in for another account at the same moment. */
async function insertPayment(session: StoreSession, payment: ReceivePayment): Promise<void> {
  const { commandId, customerId, amount, caller, idempotencyKey } = payment;
  await session.$executeRaw`
    INSERT INTO payment (id, customer_id, amount, caller, key)
    VALUES (${commandId}, ${customerId}, ${amount}, ${caller}, ${idempotencyKey})`;
}
