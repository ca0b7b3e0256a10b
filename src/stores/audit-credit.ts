import {
  type Account,
  type AccountEvent,
  evolveAccount,
  type Hold,
  unopenedAccount,
} from '../domain/credit/account';
import { difference, type Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, groupedBy, StreamAudit } from './audit-streams';
import type { StoreSession } from './store-session';

/** Holds stand apart from their account: evolving copies an account's holds, which 20,000 of them make slow. */
interface Fold {
  readonly account: Account;
  readonly holds: Map<string, Hold>;
}

type StoredHold = Hold & { readonly customerId: string };

/** Every account and every one of its holds is what its log gives, and what is held is the sum of the holds. */
export class AccountAudit extends StreamAudit<Fold> {
  readonly kind = 'credit';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(key: string): Fold {
    return { account: unopenedAccount(key), holds: new Map() };
  }

  protected evolve({ account, holds }: Fold, _key: string, { type, data }: AuditedEvent): Fold {
    const event = { type, data } as AccountEvent;
    const orderId = 'orderId' in event.data ? event.data.orderId : '';
    const hold = holds.get(orderId);
    const evolved = evolveAccount({ ...account, holds: hold ? { [orderId]: hold } : {} }, event);
    for (const changed of Object.values(evolved.holds)) holds.set(changed.orderId, changed);
    return { account: { ...evolved, holds: {} }, holds };
  }

  protected override weigh({ holds }: Fold): number {
    return 1 + holds.size;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const customers = ended.map(({ key }) => key);
    const [stored] = await this.session.$queryRaw<
      { accounts: (Account & { version: number })[]; holds: StoredHold[] }[]
    >`
      SELECT (SELECT coalesce(json_agg(json_build_object('customerId', customer_id, 'currency', currency,
          'limit', "limit", 'held', held, 'capturedUnpaid', captured_unpaid, 'version', stream_version)), '[]')
         FROM account WHERE customer_id = ANY(${customers})) AS accounts,
        (SELECT coalesce(json_agg(json_build_object('customerId', customer_id, 'orderId', order_id,
          'amount', amount, 'state', state)), '[]')
         FROM hold WHERE customer_id = ANY(${customers})) AS holds`;
    const accounts = new Map(stored?.accounts.map((row) => [row.customerId, row]));
    const holdsOf = groupedBy(stored?.holds ?? [], ({ customerId }) => customerId);
    for (const { key, version, fold } of ended) {
      const { holds: _, ...account } = fold.account;
      this.match(`credit/${key}`, accounts.get(key), { ...account, version });
      this.#matchHolds(key, holdsOf.get(key) ?? [], fold);
    }
  }

  #matchHolds(customerId: string, stored: readonly StoredHold[], { account, holds }: Fold): void {
    const stream = `credit/${customerId}`;
    for (const { customerId: _, ...row } of stored) {
      const found = difference(row, holds.get(row.orderId) ?? {});
      if (found) this.findings.add(`${stream}: the hold of ${row.orderId}: ${found}.`);
    }
    const known = new Set(stored.map(({ orderId }) => orderId));
    for (const orderId of holds.keys()) {
      if (!known.has(orderId))
        this.findings.add(`${stream}: the hold of ${orderId} is logged and has no row.`);
    }
    const held = stored.reduce((sum, { state, amount }) => sum + (state === 'HELD' ? amount : 0), 0);
    if (held !== account.held)
      this.findings.add(`${stream}: its holds sum up to ${held}, its log says ${account.held}.`);
  }
}

/** Accounts without a single event, and holds without an account. */
export async function auditUnloggedCredit(session: StoreSession, findings: Findings): Promise<void> {
  const accounts = await session.$queryRaw<{ id: string }[]>`
    SELECT customer_id AS id FROM account a
    WHERE NOT EXISTS (SELECT 1 FROM event WHERE stream = 'credit/' || a.customer_id AND version = 1) LIMIT 100`;
  for (const { id } of accounts) findings.add(`credit/${id}: there is a row, and no log from version 1 on.`);
  const holds = await session.$queryRaw<{ id: string }[]>`
    SELECT order_id AS id FROM hold h
    WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.customer_id = h.customer_id) LIMIT 100`;
  for (const { id } of holds) findings.add(`The hold of ${id} is on an account that does not exist.`);
}
