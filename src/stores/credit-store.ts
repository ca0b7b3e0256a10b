import type { Command } from '../contracts/commands';
import {
  type Account,
  type AccountEvent,
  decideSetAccount,
  evolveAccount,
  type Hold,
  unopenedAccount,
} from '../domain/credit/account';
import type { Decision, StepAnswer } from '../domain/decision';
import { type Cause, type OpenStream, PendingLog } from './event-log';
import { PrismaClient } from './generated/credit/client';
import { insertAnswers, storedAnswers } from './step-answers';
import { type StoreSession, storeAdapter } from './store-session';
import { inTransaction } from './transaction';

type AccountStream = OpenStream<Account, AccountEvent>;

interface LoadedCredit {
  readonly now: string;
  readonly accounts: readonly (Omit<Account, 'holds'> & { readonly version: number })[];
  readonly holds: readonly (Hold & { readonly customerId: string })[];
  readonly answers: Readonly<Record<string, StepAnswer>>;
}

/** A command as the credit store sees it: one order's business with one account. */
export interface CreditCommand extends Command {
  readonly customerId: string;
  readonly orderId: string;
}

/** The credit of customers: accounts, one hold an order, and their log. */
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
      const customers = [...new Set(commands.map(({ customerId }) => customerId))].sort();
      await lockAccounts(session, customers);
      const loaded = await load(session, step, customers, commands);
      const log = new PendingLog(loaded.now);
      const streams = openStreams(log, customers, loaded);
      const fresh = new Map<string, StepAnswer>();
      const answers = commands.map((command) => {
        const known = loaded.answers[command.commandId] ?? fresh.get(command.commandId);
        if (known) return known;
        const answer = decideOn(streams.get(command.customerId), command, decide);
        fresh.set(command.commandId, answer);
        return answer;
      });
      if (fresh.size > 0) await save(session, step, log, streams, fresh);
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
      const loaded = await load(session, 'setAccount', [customerId], []);
      const log = new PendingLog(loaded.now);
      const streams = openStreams(log, [customerId], loaded);
      const command = { ...cause, customerId };
      const answer = decideOn(streams.get(customerId), command, (account) =>
        decideSetAccount(account, wanted),
      );
      if (!log.isEmpty) await save(session, 'setAccount', log, streams, new Map());
      return answer;
    });
  }

  /** An opened account without its holds; undefined where there is none. */
  async account(customerId: string): Promise<Omit<Account, 'holds'> | undefined> {
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
): StepAnswer {
  if (!stream) throw new Error(`the account of command ${command.commandId} was not loaded`);
  const { answer, events } = decide(stream.state, command);
  for (const event of events) stream.append(event, command);
  return answer;
}

async function lockAccounts(session: StoreSession, customers: readonly string[]): Promise<void> {
  await session.$queryRaw`
    SELECT 1 FROM account WHERE customer_id = ANY(${customers}) ORDER BY customer_id FOR UPDATE`;
}

/** Loads accounts, and of their holds those of the orders in this set. */
async function load(
  session: StoreSession,
  step: string,
  customers: readonly string[],
  commands: readonly CreditCommand[],
): Promise<LoadedCredit> {
  const ids = commands.map(({ commandId }) => commandId);
  const orders = commands.map(({ orderId }) => orderId);
  const [loaded] = await session.$queryRaw<LoadedCredit[]>`
    SELECT iso(clock_timestamp()) AS now, ${storedAnswers(step, ids)} AS answers,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('customerId', customer_id, 'currency', currency,
         'limit', "limit", 'held', held, 'capturedUnpaid', captured_unpaid, 'version', stream_version)), '[]')
       FROM account WHERE customer_id = ANY(${customers})) AS accounts,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'customerId', customer_id,
         'amount', amount, 'state', state)), '[]')
       FROM hold WHERE order_id = ANY(${orders})) AS holds`;
  if (!loaded) throw new Error('a load gave no row');
  return loaded;
}

function openStreams(
  log: PendingLog,
  customers: readonly string[],
  { accounts, holds }: LoadedCredit,
): Map<string, AccountStream> {
  const rows = new Map(accounts.map((row) => [row.customerId, row]));
  const holdsOf = new Map<string, Record<string, Hold>>();
  for (const { customerId, ...hold } of holds) {
    const own = holdsOf.get(customerId) ?? {};
    own[hold.orderId] = hold;
    holdsOf.set(customerId, own);
  }
  return new Map(
    customers.map((customerId) => {
      const { version, ...row } = rows.get(customerId) ?? { ...unopenedAccount(customerId), version: 0 };
      const state = { ...row, holds: holdsOf.get(customerId) ?? {} };
      return [customerId, log.open(`credit/${customerId}`, { state, version }, evolveAccount)];
    }),
  );
}

async function save(
  session: StoreSession,
  step: string,
  log: PendingLog,
  streams: ReadonlyMap<string, AccountStream>,
  answers: ReadonlyMap<string, StepAnswer>,
): Promise<void> {
  const touched = [...streams.values()].filter((stream) => stream.isTouched);
  const accounts = touched.map(({ state: { holds: _, ...account }, version }) => ({ ...account, version }));
  // Of an account's holds those of this set are loaded, and no others.
  const holds = touched.flatMap(({ state: { customerId, holds: own } }) =>
    Object.values(own).map((hold) => ({ ...hold, customerId })),
  );
  await session.$executeRaw`
    WITH logged AS (${log.insertion()}), answered AS (${insertAnswers(step, answers)}),
    accounts AS (
      INSERT INTO account (customer_id, currency, "limit", held, captured_unpaid, stream_version)
      SELECT "customerId", currency, "limit", held, "capturedUnpaid", version
      FROM jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb) AS a(
        "customerId" text, currency text, "limit" bigint, held bigint, "capturedUnpaid" bigint, version int)
      ON CONFLICT (customer_id) DO UPDATE SET currency = excluded.currency, "limit" = excluded."limit",
        held = excluded.held, captured_unpaid = excluded.captured_unpaid, stream_version = excluded.stream_version)
    INSERT INTO hold (order_id, customer_id, amount, state)
    SELECT "orderId", "customerId", amount, state
    FROM jsonb_to_recordset(${JSON.stringify(holds)}::jsonb) AS h(
      "orderId" text, "customerId" text, amount bigint, state text)
    ON CONFLICT (order_id) DO UPDATE SET state = excluded.state`;
}
