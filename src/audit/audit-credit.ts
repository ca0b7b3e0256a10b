import { sqltag as sql } from '@prisma/client/runtime/client';
import type { AccountEvent } from '../domain/credit/account';
import { type AccountFold, emptyAccountFold, evolveAccountFold } from '../domain/credit/account-fold';
import type { Hold } from '../domain/credit/hold';
import { streamOf } from '../names/stream-key';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';
import { auditUnlogged, type RowRule } from './audit-streams';

/** An account as the state of its last archived event keeps it. */
export interface FrozenAccount extends Pick<AccountFold, 'balance'> {
  readonly holds: Readonly<Record<string, Hold>>;
  readonly payments: Readonly<Record<string, number>>;
}

/** Every account, its holds and its payments equal the fold of its log. */
export const accountRule: RowRule<AccountFold> = {
  kind: 'credit',
  open: emptyAccountFold,
  evolve: (fold, _key, { type, data }) => evolveAccountFold(fold, { type, data } as AccountEvent),
  freeze: ({ balance, holds, payments }) => ({
    balance,
    holds: Object.fromEntries(holds),
    payments: Object.fromEntries(payments),
  }),
  thaw(_id, state) {
    const { balance, holds, payments } = state as FrozenAccount;
    return { balance, holds: new Map(Object.entries(holds)), payments: new Map(Object.entries(payments)) };
  },
  weigh: ({ holds, payments }) => 1 + holds.size + payments.size,
  rowOf: ({ balance, holds, payments }) => ({
    ...balance,
    holds: Object.fromEntries(holds),
    payments: Object.fromEntries(payments),
  }),
  tables: {
    account: ({ balance }, streamVersion) => [{ ...balance, streamVersion }],
    hold: ({ balance: { customerId }, holds }) =>
      [...holds.values()].map((hold) => ({ ...hold, customerId })),
    payment: ({ balance: { customerId }, payments }) =>
      [...payments].map(([id, amount]) => ({ id, customerId, amount })),
  },
  load: (session, customers) => session.$queryRaw`
    SELECT customer_id AS key, json_build_object('customerId', customer_id, 'currency', currency,
        'limit', "limit", 'held', held, 'capturedUnpaid', captured_unpaid, 'version', stream_version,
        'holds', (SELECT coalesce(json_object_agg(order_id, json_build_object('orderId', order_id,
            'amount', amount, 'state', state, 'captures', captures, 'adjustments', adjustments, 'refunds', refunds)), '{}')
          FROM hold h WHERE h.customer_id = account.customer_id),
        'payments', (SELECT coalesce(json_object_agg(id, amount), '{}')
          FROM payment p WHERE p.customer_id = account.customer_id)) AS row
    FROM account WHERE customer_id = ANY(${[...customers]})`,
};

/**
 * Audits the rows of credit by sums that do not use the code that wrote them: held credit is the sum of the holds,
 * unpaid credit is the captured amounts less refunds and payments, and no hold captured more than its amount or refunded
 * more than it captured. Reports accounts without an event, and holds and payments without an account.
 */
export async function auditCreditRows(session: StoreSession, findings: Findings): Promise<void> {
  const key = sql`json_build_object('kind', 'credit', 'customerId', customer_id)`;
  await auditUnlogged(session, { table: sql`account`, columns: [sql`customer_id`], key }, findings);
  const wrong = await session.$queryRaw<{ customerId: string; what: string }[]>`
    WITH sums AS (
      SELECT h.*, (SELECT coalesce(sum((c.value->>'amount')::bigint), 0) FROM jsonb_each(captures) c
        WHERE c.value->>'state' = 'CAPTURED') AS captured,
        (SELECT coalesce(sum(r.value::bigint), 0) FROM jsonb_each(refunds) r) AS refunded
      FROM hold h),
    totals AS (
      SELECT a.*, coalesce(of_holds.open, 0) AS open, coalesce(captured, 0) - coalesce(paid, 0) AS unpaid
      FROM account a
      LEFT JOIN (
        SELECT customer_id, sum(captured - refunded) AS captured, sum(amount - captured) FILTER (WHERE state <> 'RELEASED') AS open
        FROM sums GROUP BY customer_id) AS of_holds USING (customer_id)
      LEFT JOIN (SELECT customer_id, sum(amount) AS paid FROM payment GROUP BY customer_id) AS of_payments
        USING (customer_id))
    SELECT customer_id AS "customerId", 'its holds sum up to ' || open || ', and it holds ' || held AS what
      FROM totals WHERE open <> held
    UNION ALL SELECT customer_id, unpaid || ' are unpaid, and it says ' || captured_unpaid
      FROM totals WHERE unpaid <> captured_unpaid
    UNION ALL SELECT customer_id, order_id || ' captured ' || captured || ' of ' || amount
      FROM sums WHERE captured > amount
    UNION ALL SELECT customer_id, order_id || ' refunded ' || refunded || ' of ' || captured
      FROM sums WHERE refunded > captured
    UNION ALL SELECT customer_id, 'the hold of ' || order_id || ' is on an account that does not exist'
      FROM hold h WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.customer_id = h.customer_id)
    UNION ALL SELECT customer_id, 'the payment ' || id || ' is on an account that does not exist'
      FROM payment p WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.customer_id = p.customer_id)
    LIMIT 500`;
  for (const { customerId, what } of wrong)
    findings.add(`${streamOf({ kind: 'credit', customerId })}: ${what}.`);
}
