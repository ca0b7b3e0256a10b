import { never } from '../../domain/decision';
import {
  type CapEvent,
  type CapState,
  evolveCap,
  type SalesCap,
} from '../../domain/inventory/limits/sales-cap';
import { streamOf } from '../../names/stream-key';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { Findings } from '../audit-findings';
import type { RowRule } from '../audit-streams';
import type { AuditedEvent } from '../fold-streams';

interface Share {
  readonly quantity: number;
  readonly expiresAt: string | null;
}

type StoredShare = Share & { readonly capId: string; readonly reservationId: string };

interface FrozenCap {
  readonly state: CapState | undefined;
  readonly shares: Readonly<Record<string, Share>>;
}

/**
 * The replay of one cap's log. It checks every claim against the terms in force at its moment, which the same log
 * gives. It does its own arithmetic, so that it shares no mistake with the code it audits.
 */
class CapReplay {
  state: CapState | undefined;
  readonly shares: Map<string, Share>;

  constructor(
    private readonly report: (sentence: string) => void,
    { state, shares }: Partial<FrozenCap> = {},
  ) {
    this.state = state;
    this.shares = new Map(Object.entries(shares ?? {}));
  }

  /** Returns what is known of the cap as JSON, from which another replay goes on. */
  freeze(): FrozenCap {
    return { state: this.state, shares: Object.fromEntries(this.shares) };
  }

  take(audited: AuditedEvent): void {
    const event = { type: audited.type, data: audited.data } as CapEvent;
    this.state = evolveCap(this.state, event);
    switch (event.type) {
      case 'inventory.cap-set.v1':
      case 'inventory.cap-removed.v1':
        break;
      case 'inventory.cap-claimed.v1':
        this.#claim(audited, event.data);
        break;
      case 'inventory.cap-claim-kept.v1':
        this.#keep(audited, event.data);
        break;
      case 'inventory.cap-claim-extended.v1':
        this.#keep(audited, event.data, event.data.until);
        break;
      case 'inventory.cap-claim-returned.v1':
        this.#giveBack(audited, event.data);
        break;
      default:
        never(event);
    }
  }

  #claim(event: AuditedEvent, { reservationId, quantity, expiresAt }: Omit<StoredShare, 'capId'>): void {
    const had = this.shares.get(reservationId);
    // An extended order claims more of a cap; a hold claims once.
    if (had && expiresAt !== null) this.#say(event, `gives ${reservationId} a second share`);
    this.shares.set(reservationId, { quantity: quantity + (had?.quantity ?? 0), expiresAt });
    if (!this.state) return;
    const { cap, isActive } = this.state;
    if (!isActive || !isOpen(cap, event.occurredAt))
      this.#say(event, `gives ${reservationId} a share of a cap that is not in force`);
    const beyond = this.#claimedNow(event.occurredAt) - cap.limit;
    if (beyond > 0)
      this.#say(event, `passes the cap: it gives ${quantity} to ${reservationId}, ${beyond} too many`);
  }

  /**
   * Sums the unexpired claims. Nearly every claim fits beside all claims in `used`, so the exact sum is rarely
   * needed.
   */
  #claimedNow(moment: string): number {
    const { used = 0, cap } = this.state ?? {};
    if (cap && used <= cap.limit) return used;
    let claimed = 0;
    for (const { quantity, expiresAt } of this.shares.values())
      if (expiresAt === null || expiresAt > moment) claimed += quantity;
    return claimed;
  }

  /** Keeps the share of a hold, for ever or until another moment. */
  #keep(
    event: AuditedEvent,
    { reservationId, quantity }: Omit<StoredShare, 'capId'>,
    until: string | null = null,
  ): void {
    const share = this.shares.get(reservationId);
    if (share?.quantity !== quantity || share.expiresAt === null) {
      this.#say(event, `keeps ${quantity} for ${reservationId}, which is not what it holds`);
      return;
    }
    if (share.expiresAt <= event.occurredAt)
      this.#say(event, `keeps the share of ${reservationId} after its time`);
    this.shares.set(reservationId, { quantity, expiresAt: until });
  }

  #giveBack(event: AuditedEvent, { reservationId, quantity }: Omit<StoredShare, 'capId'>): void {
    const share = this.shares.get(reservationId);
    const left = (share?.quantity ?? 0) - quantity;
    if (left < 0 || (share?.expiresAt !== null && left > 0))
      this.#say(event, `takes ${quantity} back from ${reservationId}, which is not what it has`);
    if (share && left > 0) this.shares.set(reservationId, { ...share, quantity: left });
    else this.shares.delete(reservationId);
  }

  #say({ stream, version }: AuditedEvent, what: string): void {
    this.report(`${stream}: event ${version} ${what}.`);
  }
}

function isOpen({ start, end }: SalesCap, moment: string): boolean {
  return start <= moment && moment < end;
}

/** Every cap and its claims equal the fold of its log, and no claim exceeded the cap's limit. */
export function capRule(findings: Findings): RowRule<CapReplay> {
  const report = (sentence: string) => findings.add(sentence);
  return {
    kind: 'cap',
    open: () => new CapReplay(report),
    freeze: (replay) => replay.freeze(),
    thaw: (_id, state) => new CapReplay(report, state as FrozenCap),
    evolve(replay, _key, event) {
      replay.take(event);
      return replay;
    },
    weigh: ({ shares }) => 1 + shares.size,
    rowOf: ({ state, shares }) => state && { ...state, shares: Object.fromEntries(shares) },
    // The claims on it are parts of reservations.
    tables: { sales_cap: ({ state }, streamVersion) => (state ? [capRow(state, streamVersion)] : []) },
    load: (session, ids) => session.$queryRaw`
      SELECT id AS key, json_build_object('isActive', is_active, 'used', used,
        'version', stream_version, 'cap', json_build_object('id', id, 'skus', skus, 'channel', channel,
          'customerId', customer_id, 'start', iso(starts_at), 'end', iso(ends_at), 'limit', most),
        'shares', coalesce(shares, '{}')) AS row
      FROM sales_cap LEFT JOIN (
        SELECT cap_id, json_object_agg(reservation_id,
          json_build_object('quantity', quantity, 'expiresAt', iso(expires_at))) AS shares
        FROM cap_claim WHERE cap_id = ANY(${[...ids]}) GROUP BY cap_id) AS claims ON cap_id = id
      WHERE id = ANY(${[...ids]})`,
  };
}

function capRow({ cap, isActive, used }: CapState, streamVersion: number): object {
  const { start: startsAt, end: endsAt, limit: most, ...named } = cap;
  return { ...named, startsAt, endsAt, most, isActive, used, streamVersion };
}

/** Reports caps whose usage is not the sum of their claims. */
export async function auditCapSums(session: StoreSession, findings: Findings): Promise<void> {
  const wrong = await session.$queryRaw<{ id: string; used: number; sum: number }[]>`
    SELECT id, used::float8 AS used, coalesce(sum, 0)::float8 AS sum FROM sales_cap
      LEFT JOIN (SELECT cap_id, sum(quantity) AS sum FROM cap_claim GROUP BY cap_id) AS claims ON cap_id = id
    WHERE used <> coalesce(sum, 0) LIMIT 100`;
  for (const { id, used, sum } of wrong)
    findings.add(
      `${streamOf({ kind: 'cap', id })}: it says ${used} are used, and its claims sum up to ${sum}.`,
    );
}
