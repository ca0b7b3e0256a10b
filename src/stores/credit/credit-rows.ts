import { sqltag as sql } from '@prisma/client/runtime/client';
import {
  type Account,
  type AccountBalance,
  type AccountEvent,
  evolveAccount,
  unopenedAccount,
} from '../../domain/credit/account';
import type { Hold } from '../../domain/credit/hold';
import type { StepAnswer } from '../../domain/decision';
import type { OpenStream, PendingLog } from '../log/event-log';
import { insertAnswers, storedAnswers } from '../log/step-answers';
import { exactlyOne } from '../postgres/exactly-one';
import type { StepSession } from '../postgres/store-session';

export type AccountStream = OpenStream<Account, AccountEvent>;

/** The rows of one transaction on the credit store, loaded in one statement under its locks. */
export interface LoadedCredit {
  readonly now: string;
  readonly accounts: readonly (AccountBalance & { readonly version: number })[];
  readonly holds: readonly (Hold & { readonly customerId: string })[];
  readonly answers: Readonly<Record<string, StepAnswer>>;
}

/** The accounts, the orders' holds and the stored answers that a transaction loads. */
export interface CreditScope {
  readonly step: string;
  readonly commandIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly orderIds: readonly string[];
}

/**
 * Locks accounts in key order, and loads them with the holds of the given orders. Holds and payments change only under
 * these locks. The load is a separate statement: a statement that waited for locks still sees the rows from before its
 * wait.
 */
export async function lockAndLoadCredit(session: StepSession, scope: CreditScope): Promise<LoadedCredit> {
  const customerIds = [...scope.customerIds];
  const locking = session.$queryRaw`
    SELECT 1 FROM account WHERE customer_id = ANY(${customerIds}) ORDER BY customer_id FOR UPDATE`;
  const loading = session.$queryRaw<LoadedCredit[]>`
    SELECT iso(clock_timestamp()) AS now, ${storedAnswers(scope.step, scope.commandIds)} AS answers,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('customerId', customer_id, 'currency', currency,
         'limit', "limit", 'held', held, 'capturedUnpaid', captured_unpaid, 'version', stream_version)), '[]')
       FROM account WHERE customer_id = ANY(${customerIds})) AS accounts,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'customerId', customer_id,
         'amount', amount, 'state', state, 'captures', captures, 'adjustments', adjustments, 'refunds', refunds)), '[]')
       FROM hold WHERE order_id = ANY(${[...scope.orderIds]})) AS holds`;
  const [rows] = await Promise.all([loading, locking]);
  const loaded = exactlyOne(rows);
  return loaded;
}

/** Opens the accounts as streams, by customer. `payments` are the ones that this transaction needs. */
export function openAccounts(
  log: PendingLog,
  customerIds: readonly string[],
  { accounts, holds }: LoadedCredit,
  payments: Account['payments'] = {},
): Map<string, AccountStream> {
  const rows = new Map(accounts.map((row) => [row.customerId, row]));
  const holdsOf = new Map<string, Record<string, Hold>>();
  for (const { customerId, ...hold } of holds) {
    const own = holdsOf.get(customerId) ?? {};
    own[hold.orderId] = hold;
    holdsOf.set(customerId, own);
  }
  return new Map(
    customerIds.map((customerId) => {
      const { version, ...row } = rows.get(customerId) ?? { ...unopenedAccount(customerId), version: 0 };
      const state = { ...row, holds: holdsOf.get(customerId) ?? {}, payments };
      return [customerId, log.open({ kind: 'credit', customerId }, { state, version }, evolveAccount)];
    }),
  );
}

/** Saves the events, changes and answers of a step in one statement. */
export function saveCredit(
  session: StepSession,
  step: string,
  log: PendingLog,
  streams: ReadonlyMap<string, AccountStream>,
  answers: ReadonlyMap<string, StepAnswer>,
): void {
  const touched = [...streams.values()].filter((stream) => stream.isTouched);
  const accounts = touched.map(({ state, version }) => {
    const { holds: _, payments: __, ...balance } = state;
    return { ...balance, version };
  });
  // An account's state contains only the holds of this batch.
  const holds = touched.flatMap(({ state: { customerId, holds: own } }) =>
    Object.values(own).map((hold) => ({ ...hold, customerId })),
  );
  session.save(sql`
    WITH logged AS (${log.insertion()}), answered AS (${insertAnswers(step, answers)}),
    accounts AS (
      INSERT INTO account (customer_id, currency, "limit", held, captured_unpaid, stream_version)
      SELECT "customerId", currency, "limit", held, "capturedUnpaid", version
      FROM jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb) AS a(
        "customerId" text, currency text, "limit" bigint, held bigint, "capturedUnpaid" bigint, version int)
      ON CONFLICT (customer_id) DO UPDATE SET currency = excluded.currency, "limit" = excluded."limit",
        held = excluded.held, captured_unpaid = excluded.captured_unpaid, stream_version = excluded.stream_version)
    INSERT INTO hold (order_id, customer_id, amount, state, captures, adjustments, refunds)
    SELECT "orderId", "customerId", amount, state, captures, adjustments, refunds
    FROM jsonb_to_recordset(${JSON.stringify(holds)}::jsonb) AS h(
      "orderId" text, "customerId" text, amount bigint, state text, captures jsonb, adjustments jsonb, refunds jsonb)
    ON CONFLICT (order_id) DO UPDATE SET amount = excluded.amount, state = excluded.state,
      captures = excluded.captures, adjustments = excluded.adjustments, refunds = excluded.refunds`);
}
