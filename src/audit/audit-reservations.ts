import { never } from '../domain/decision';
import {
  evolveReservation,
  type Reservation,
  type ReservationEvent,
} from '../domain/inventory/reservation/reservation';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';
import type { Granted, LimitsHistory } from './audit-limits';
import { type AuditedEvent, type EndedStream, groupedBy, StreamAudit } from './audit-streams';

type Fold = Reservation | undefined;

/** An allocation, a cap claim or a backorder of a reservation. */
interface Having {
  /** The id of the reservation. */
  readonly id: string;
  readonly quantity: number;
  readonly of: string;
  readonly expiresAt: string | null;
}

/**
 * Checks that every reservation equals the fold of its log, covers its lines, has exactly the allocations, backorders
 * and cap claims that its state implies, and was granted within the caps and rules in force.
 */
export class ReservationAudit extends StreamAudit<Fold> {
  readonly kind = 'reservation';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
    private readonly limits: LimitsHistory,
    private readonly isQuiet: boolean,
  ) {
    super(findings);
  }

  protected open(): Fold {
    return undefined;
  }

  protected evolve(reservation: Fold, id: string, audited: AuditedEvent): Fold {
    const event = { type: audited.type, data: audited.data } as ReservationEvent;
    const after = evolveReservation(reservation, id, event);
    const granted = after && grantedBy(event, after, audited.occurredAt);
    for (const fault of granted ? this.limits.faultsOf(granted) : [])
      this.findings.add(`${audited.stream}: event ${audited.version} ${fault}.`);
    return after;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const { rows, having } = await this.#load(ended.map(({ key }) => key));
    for (const { key, version, fold } of ended) {
      this.match(`reservation/${key}`, rows.get(key), fold && { ...fold, version });
      if (!fold) continue;
      this.#matchHaving(fold, having.get(key) ?? []);
      this.#matchLines(fold);
    }
  }

  #matchHaving(reservation: Reservation, stored: readonly Having[]): void {
    const { id, state } = reservation;
    const should = listed(havingOf(reservation));
    const is = listed(stored);
    if (is !== should)
      this.findings.add(
        `reservation/${id}: it is ${state} with ${should || 'nothing'}, and takes ${is || 'nothing'}.`,
      );
  }

  /** Checks that a reservation covers its lines. One that lost a node and found no other is later released whole. */
  #matchLines({ id, state, lines, allocations, backordered, consumed, blocked }: Reservation): void {
    const isBeingUndone = blocked.length > 0 && (state === 'RELEASED' || !this.isQuiet);
    const promised = sums([...allocations, ...backordered, ...consumed]);
    if (sums(lines) !== promised && !isBeingUndone)
      this.findings.add(`reservation/${id}: it was asked for ${sums(lines)} and allocates ${promised}.`);
  }

  async #load(ids: readonly string[]) {
    const [stored] = await this.session.$queryRaw<{ reservations: Reservation[]; having: Having[] }[]>`
      SELECT (SELECT coalesce(json_agg(json_build_object('id', id, 'caller', caller, 'orderId', order_id,
          'state', state, 'buyer', buyer, 'lines', lines, 'allocations', allocations, 'backordered', backordered,
          'caps', caps, 'blocked', blocked, 'partnerRequests', partner_requests, 'consumed', consumed, 'filled', filled, 'extensions', extensions,
          'expiresAt', iso(expires_at), 'reason', reason,
          'version', stream_version)), '[]')
         FROM reservation WHERE id = ANY(${[...ids]})) AS reservations,
        (SELECT coalesce(json_agg(json_build_object('id', id, 'quantity', quantity, 'of', what,
          'expiresAt', iso(expires_at))), '[]')
         FROM (SELECT reservation_id AS id, quantity, sku || ' at ' || node_id || ' ' || state AS what, expires_at
             FROM allocation WHERE reservation_id = ANY(${[...ids]})
           UNION ALL SELECT reservation_id, quantity, 'cap/' || cap_id, expires_at
             FROM cap_claim WHERE reservation_id = ANY(${[...ids]})
           UNION ALL SELECT reservation_id, quantity, sku || ' in turn ' || place, NULL
             FROM backorder WHERE reservation_id = ANY(${[...ids]})) h) AS having`;
    return {
      rows: new Map(stored?.reservations.map((row) => [row.id, row])),
      having: groupedBy(stored?.having ?? [], ({ id }) => id),
    };
  }
}

/** Returns the units that one event granted; undefined when it granted none. */
function grantedBy({ type }: ReservationEvent, after: Reservation, at: string): Granted | undefined {
  const { buyer, lines, allocations, caps } = after;
  if (!buyer) return undefined;
  switch (type) {
    case 'inventory.reservation-held.v1':
    case 'inventory.reservation-committed.v1':
    case 'inventory.hold-adopted.v1':
      return { buyer, lines, places: allocations, caps, at };
    case 'inventory.reservation-resourced.v1':
    case 'inventory.reservation-filled.v1':
    case 'inventory.reservation-replaced.v1':
      return { buyer, lines: [], places: allocations.filter(({ grantedAt }) => grantedAt === at), caps, at };
    case 'inventory.reservation-extended.v1': {
      const extension = after.extensions.at(-1);
      const added = [...(extension?.allocations ?? []), ...(extension?.backordered ?? [])];
      return { buyer, lines: added, places: extension?.allocations ?? [], caps, at };
    }
    case 'inventory.partner-asked.v1':
    case 'inventory.partner-replied.v1':
    case 'inventory.reservation-consumed.v1':
    case 'inventory.reservation-shrunk.v1':
    case 'inventory.extension-undone.v1':
    case 'inventory.reservation-released.v1':
    case 'inventory.reservation-expired.v1':
    case 'inventory.reservation-forestalled.v1':
      return undefined;
    default:
      return never(type);
  }
}

function havingOf({ id, state, expiresAt, allocations, backordered, caps }: Reservation): readonly Having[] {
  if (state === 'RELEASED' || state === 'EXPIRED') return [];
  return [
    ...allocations.map(({ sku, nodeId, quantity }) => ({
      id,
      quantity,
      of: `${sku} at ${nodeId} ${state}`,
      expiresAt,
    })),
    ...caps.map(({ capId, quantity }) => ({ id, quantity, of: `cap/${capId}`, expiresAt })),
    ...backordered.map(({ sku, place, quantity }) => ({
      id,
      quantity,
      of: `${sku} in turn ${place}`,
      expiresAt: null,
    })),
  ];
}

function listed(having: readonly Having[]): string {
  return having
    .map(
      ({ quantity, of, expiresAt }) => `${quantity} ${of}${expiresAt === null ? '' : ` until ${expiresAt}`}`,
    )
    .sort()
    .join(', ');
}

/** Sums quantities by SKU and writes them as text. */
export function sums(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return JSON.stringify([...totals].sort(([a], [b]) => (a < b ? -1 : 1)));
}
