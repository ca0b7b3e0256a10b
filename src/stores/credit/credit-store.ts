import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Command } from '../../contracts/commands';
import {
  type Account,
  type AccountBalance,
  type AccountEvent,
  decideCloseAccount,
  decideSetAccount,
} from '../../domain/credit/account';
import { decidePay } from '../../domain/credit/pay';
import type { Decision, StepAnswer } from '../../domain/decision';
import { type Refusal, refused } from '../../domain/refusal';
import type { Removal } from '../../domain/removal';
import { streamOf } from '../../names/stream-key';
import { PrismaClient } from '../generated/credit/client';
import { type Cause, PendingLog } from '../log/event-log';
import { runStep } from '../log/run-step';
import { StepAnswers } from '../log/step-answers';
import { StorePool } from '../postgres/store-pool';
import type { StepSession, StoreSession } from '../postgres/store-session';
import {
  type AccountStream,
  type LoadedCredit,
  lockAndLoadCredit,
  openAccounts,
  saveCredit,
} from './credit-rows';

/** A command of one order on one credit account. */
export interface CreditCommand extends Command {
  readonly customerId: string;
  readonly orderId: string;
}

/** A payment to record. `commandId` is its id: a hash of caller, idempotency key and fingerprint. */
export interface ReceivePayment extends Command {
  readonly idempotencyKey: string;
  readonly customerId: string;
  readonly amount: number;
}

export type PaymentOutcome = { readonly kind: 'received'; readonly isReplay: boolean } | Refusal;

/** The store of customer credit: accounts, one hold per order, payments, and their log. */
export class CreditStore {
  readonly pool: StorePool;
  readonly client: PrismaClient;
  readonly answers: StepAnswers;

  constructor(url: string, connections: number) {
    this.pool = new StorePool(url, 'credit', connections);
    this.answers = new StepAnswers(this.pool);
    this.client = new PrismaClient({ adapter: this.pool.adapter() });
  }

  /**
   * Runs one step for a batch of commands (`runStep`). It locks the accounts in key order.
   * @returns the answers in the order of the commands
   */
  async step<C extends CreditCommand>(
    step: string,
    commands: readonly C[],
    decide: (account: Account, command: C) => Decision<StepAnswer, AccountEvent>,
  ): Promise<StepAnswer[]> {
    return runStep(this, step, commands, async (session) => {
      const customerIds = [...new Set(commands.map(({ customerId }) => customerId))].sort();
      const loaded = await lockAndLoadCredit(session, {
        step,
        commandIds: commands.map(({ commandId }) => commandId),
        customerIds,
        orderIds: commands.map(({ orderId }) => orderId),
      });
      const log = new PendingLog(loaded.now);
      const streams = openAccounts(log, customerIds, loaded);
      return {
        stored: loaded.answers,
        decide: (command) => decideOn(streams.get(command.customerId), command, decide),
        save(fresh) {
          if (fresh.size > 0) saveCredit(session, step, log, streams, fresh);
        },
      };
    });
  }

  /** Opens an account or changes its limit. */
  async setAccount(
    customerId: string,
    wanted: { readonly currency: string; readonly limit: number },
    cause: Cause,
  ): Promise<StepAnswer> {
    return this.pool.step(async (session) => {
      const loaded = await lockAndLoadAccount(session, 'setAccount', customerId);
      return changeAccount(session, loaded, {
        step: 'setAccount',
        command: { ...cause, customerId },
        payments: {},
        decide: (account) => decideSetAccount(account, wanted),
      });
    });
  }

  /** Closes an account, unless credit is held or owed, or paid ahead. */
  async closeAccount(customerId: string, cause: Cause): Promise<Removal> {
    return this.pool.step(async (session) => {
      const [loaded, isClosed] = await Promise.all([
        lockAndLoadAccount(session, 'closeAccount', customerId),
        wasClosed(session, customerId),
      ]);
      return changeAccount(session, loaded, {
        step: 'closeAccount',
        command: { ...cause, customerId },
        payments: {},
        decide: (account) => decideCloseAccount(account, isClosed),
      });
    });
  }

  /** Records a payment, once per idempotency key. A refused payment leaves its key free. */
  async receivePayment(payment: ReceivePayment): Promise<PaymentOutcome> {
    const { commandId: paymentId, customerId, amount } = payment;
    return this.pool.step(async (session) => {
      const [loaded, earlier] = await Promise.all([
        lockAndLoadAccount(session, 'receivePayment', customerId),
        paymentUnderKey(session, payment),
      ]);
      if (earlier && earlier.id !== paymentId) return refused('IDEMPOTENCY_KEY_REUSED');
      const payments = earlier ? { [paymentId]: amount } : {};
      const answer = changeAccount(session, loaded, {
        step: 'receivePayment',
        command: payment,
        payments,
        decide: (account) => decidePay(account, { paymentId, amount }),
      });
      if (answer.kind === 'refused') return answer;
      if (!earlier) session.save(insertionOf(payment));
      return { kind: 'received', isReplay: earlier !== undefined };
    });
  }

  /** Reads the balance of an account; undefined when the account was never opened. */
  async account(customerId: string): Promise<AccountBalance | undefined> {
    const row = await this.client.account.findUnique({ where: { customerId } });
    return row && row.currency !== null ? toBalance(row) : undefined;
  }

  /** Lists the open accounts after a customer, in order of their ids. */
  async accounts(after: string, limit: number): Promise<readonly AccountBalance[]> {
    const rows = await this.client.account.findMany({
      where: { customerId: { gt: after }, currency: { not: null } },
      orderBy: { customerId: 'asc' },
      take: limit,
    });
    return rows.map(toBalance);
  }
}

type AccountRow = NonNullable<Awaited<ReturnType<PrismaClient['account']['findUnique']>>>;

function toBalance({ customerId, currency, limit, held, capturedUnpaid }: AccountRow): AccountBalance {
  const amounts = { limit: Number(limit), held: Number(held), capturedUnpaid: Number(capturedUnpaid) };
  return { customerId, currency, ...amounts };
}

async function wasClosed(session: StoreSession, customerId: string): Promise<boolean> {
  const [found] = await session.$queryRaw<{ wasClosed: boolean }[]>`
    SELECT EXISTS (SELECT FROM event WHERE stream = ${streamOf({ kind: 'credit', customerId })}
      AND type = 'credit.account-closed.v1') AS "wasClosed"`;
  return found?.wasClosed ?? false;
}

function decideOn<C extends Cause, Answer>(
  stream: AccountStream | undefined,
  command: C,
  decide: (account: Account, command: C) => Decision<Answer, AccountEvent>,
): Decision<Answer, AccountEvent> {
  if (!stream) throw new Error(`the account of command ${command.commandId} was not loaded`);
  const decision = decide(stream.state, command);
  for (const event of decision.events) stream.append(event, command);
  return decision;
}

function lockAndLoadAccount(session: StepSession, step: string, customerId: string): Promise<LoadedCredit> {
  return lockAndLoadCredit(session, { step, commandIds: [], customerIds: [customerId], orderIds: [] });
}

interface AccountChange<Answer> {
  readonly step: string;
  readonly command: Cause & { readonly customerId: string };
  readonly payments: Account['payments'];
  readonly decide: (account: Account) => Decision<Answer, AccountEvent>;
}

/** Decides on one account and saves the events. The answer is not stored: a repeat derives it from the account. */
function changeAccount<Answer>(
  session: StepSession,
  loaded: LoadedCredit,
  { step, command, payments, decide }: AccountChange<Answer>,
): Answer {
  const { customerId } = command;
  const log = new PendingLog(loaded.now);
  const streams = openAccounts(log, [customerId], loaded, payments);
  const { answer } = decideOn(streams.get(customerId), command, decide);
  if (!log.isEmpty) saveCredit(session, step, log, streams, new Map());
  return answer;
}

async function paymentUnderKey(
  session: StoreSession,
  { caller, idempotencyKey }: ReceivePayment,
): Promise<{ readonly id: string } | undefined> {
  const [found] = await session.$queryRaw<{ id: string }[]>`
    SELECT payment_id AS id FROM payment_claim WHERE caller = ${caller} AND key = ${idempotencyKey}`;
  return found;
}

/** Inserts a payment and the claim of its key. When another account uses the same key concurrently, it fails and its transaction runs again. */
function insertionOf({ commandId, customerId, amount, caller, idempotencyKey }: ReceivePayment) {
  return sql`
    WITH claimed AS (
      INSERT INTO payment_claim (caller, key, payment_id) VALUES (${caller}, ${idempotencyKey}, ${commandId}))
    INSERT INTO payment (id, customer_id, amount) VALUES (${commandId}, ${customerId}, ${amount})`;
}
