import { sqltag as sql } from '@prisma/client/runtime/client';
import {
  type Account,
  type AccountBalance,
  type AccountEvent,
  evolveAccount,
  unopenedAccount,
} from '../domain/credit/account';
import { capturedOf, type Hold, heldOf } from '../domain/credit/hold';
import type { StoreSession } from '../stores/postgres/store-session';
import { difference, type Findings } from './audit-findings';
import { type AuditedEvent, auditUnlogged, type EndedStream, groupedBy, StreamAudit } from './audit-streams';

/**
 * An account's fold. Holds and payments are kept apart: evolving copies those in an account, slow for 20,000 of them.
 */
interface Fold {
  readonly account: Account;
  readonly holds: Map<string, Hold>;
  readonly payments: Map<string, number>;
}

interface StoredPayment {
  readonly customerId: string;
  readonly id: string;
  readonly amount: number;
}

interface StoredCredit {
  readonly accounts: readonly (AccountBalance & { readonly version: number })[];
  readonly holds: readonly (Hold & { readonly customerId: string })[];
  readonly payments: readonly StoredPayment[];
}

/**
 * Checks that every account, its holds and its payments equal the fold of its log. Held credit must be the sum of the
 * holds; unpaid credit must be the captured amounts less the payments.
 */
export class AccountAudit extends StreamAudit<Fold> {
  readonly kind = 'credit';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(key: string): Fold {
    return { account: unopenedAccount(key), holds: new Map(), payments: new Map() };
  }

  protected evolve({ account, holds, payments }: Fold, _key: string, { type, data }: AuditedEvent): Fold {
    const event = { type, data } as AccountEvent;
    const orderId = 'orderId' in event.data ? event.data.orderId : '';
    const hold = holds.get(orderId);
    const evolved = evolveAccount({ ...account, holds: hold ? { [orderId]: hold } : {} }, event);
    for (const changed of Object.values(evolved.holds)) holds.set(changed.orderId, changed);
    for (const [id, amount] of Object.entries(evolved.payments)) payments.set(id, amount);
    return { account: { ...evolved, holds: {}, payments: {} }, holds, payments };
  }

  protected override weigh({ holds, payments }: Fold): number {
    return 1 + holds.size + payments.size;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const stored = await storedCredit(
      this.session,
      ended.map(({ key }) => key),
    );
    const accounts = new Map(stored.accounts.map((row) => [row.customerId, row]));
    const holdsOf = groupedBy(stored.holds, ({ customerId }) => customerId);
    const paymentsOf = groupedBy(stored.payments, ({ customerId }) => customerId);
    for (const { key, version, fold } of ended) {
      const { holds: _, payments: __, ...balance } = fold.account;
      this.match(`credit/${key}`, accounts.get(key), { ...balance, version });
      const holds = (holdsOf.get(key) ?? []).map(({ customerId: _owner, ...hold }) => hold);
      const payments = paymentsOf.get(key) ?? [];
      this.#matchHolds(`credit/${key}`, holds, fold);
      this.#matchPayments(`credit/${key}`, payments, fold);
      this.#matchSums(`credit/${key}`, holds, payments, fold);
    }
  }

  #matchHolds(stream: string, stored: readonly Hold[], { holds }: Fold): void {
    for (const row of stored) {
      const found = difference(row, holds.get(row.orderId) ?? {});
      if (found) this.findings.add(`${stream}: the hold of ${row.orderId}: ${found}.`);
    }
    const known = new Set(stored.map(({ orderId }) => orderId));
    for (const orderId of holds.keys()) {
      if (!known.has(orderId))
        this.findings.add(`${stream}: the hold of ${orderId} is logged and has no row.`);
    }
  }

  #matchPayments(stream: string, stored: readonly StoredPayment[], { payments }: Fold): void {
    for (const { id, amount } of stored) {
      const logged = payments.get(id);
      if (logged !== amount)
        this.findings.add(
          `${stream}: the payment ${id} is of ${amount}, by the log of ${logged ?? 'nothing'}.`,
        );
    }
    const known = new Set(stored.map(({ id }) => id));
    for (const id of payments.keys()) {
      if (!known.has(id)) this.findings.add(`${stream}: the payment ${id} is logged and has no row.`);
    }
  }

  #matchSums(
    stream: string,
    holds: readonly Hold[],
    payments: readonly StoredPayment[],
    { account }: Fold,
  ): void {
    const held = holds.reduce((sum, hold) => sum + heldOf(hold), 0);
    if (held !== account.held)
      this.findings.add(`${stream}: its holds sum up to ${held}, its log says ${account.held}.`);
    const captured = holds.reduce((sum, hold) => sum + capturedOf(hold), 0);
    const unpaid = payments.reduce((left, { amount }) => left - amount, captured);
    if (unpaid !== account.capturedUnpaid)
      this.findings.add(`${stream}: ${unpaid} are unpaid, its log says ${account.capturedUnpaid}.`);
    for (const hold of holds) {
      if (capturedOf(hold) > hold.amount)
        this.findings.add(`${stream}: ${hold.orderId} captured ${capturedOf(hold)} of ${hold.amount}.`);
    }
  }
}

async function storedCredit(session: StoreSession, customers: readonly string[]): Promise<StoredCredit> {
  const [stored] = await session.$queryRaw<StoredCredit[]>`
    SELECT (SELECT coalesce(json_agg(json_build_object('customerId', customer_id, 'currency', currency,
        'limit', "limit", 'held', held, 'capturedUnpaid', captured_unpaid, 'version', stream_version)), '[]')
       FROM account WHERE customer_id = ANY(${[...customers]})) AS accounts,
      (SELECT coalesce(json_agg(json_build_object('customerId', customer_id, 'orderId', order_id,
        'amount', amount, 'state', state, 'captures', captures, 'adjustments', adjustments)), '[]')
       FROM hold WHERE customer_id = ANY(${[...customers]})) AS holds,
      (SELECT coalesce(json_agg(json_build_object('customerId', customer_id, 'id', id, 'amount', amount)), '[]')
       FROM payment WHERE customer_id = ANY(${[...customers]})) AS payments`;
  if (!stored) throw new Error('a read of credit gave no row');
  return stored;
}

/** Reports accounts without an event, and holds and payments without an account. */
export async function auditCreditRows(session: StoreSession, findings: Findings): Promise<void> {
  await auditUnlogged(
    session,
    { table: sql`account`, stream: sql`'credit/' || account.customer_id` },
    findings,
  );
  const holds = await session.$queryRaw<{ id: string }[]>`
    SELECT order_id AS id FROM hold h
    WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.customer_id = h.customer_id) LIMIT 100`;
  for (const { id } of holds) findings.add(`The hold of ${id} is on an account that does not exist.`);
  const payments = await session.$queryRaw<{ id: string }[]>`
    SELECT id FROM payment p
    WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.customer_id = p.customer_id) LIMIT 100`;
  for (const { id } of payments) findings.add(`The payment ${id} is on an account that does not exist.`);
}
