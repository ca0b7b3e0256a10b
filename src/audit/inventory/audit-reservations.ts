import { never } from '../../domain/decision';
import {
  evolveReservation,
  type Reservation,
  type ReservationEvent,
} from '../../domain/inventory/reservation/reservation';
import { bySkuAndNode } from '../../domain/order/line-units';
import { compositeName } from '../../names/composite-name';
import { streamOf } from '../../names/stream-key';
import { allocationRows } from '../../stores/inventory/inventory-save';
import { claimRows, turnRows } from '../../stores/inventory/limits-save';
import type { Findings } from '../audit-findings';
import type { RowRule } from '../audit-streams';
import type { Granted, LimitsHistory } from './audit-limits';

type Fold = Reservation | undefined;

/** Units, a share of a cap, or a backorder that a reservation has. */
interface Take {
  readonly parts: readonly (string | number)[];
  readonly quantity: number;
  readonly until: string | null;
}

interface StoredReservation {
  readonly key: string;
  readonly row: Reservation & { readonly version: number; readonly takes: readonly Take[] };
}

/**
 * Every reservation equals the fold of its log, covers its lines, has exactly the allocations, backorders and cap claims
 * that its state implies, and was granted within the caps and rules in force. `isQuiet`: no saga runs.
 */
export function reservationRule(findings: Findings, limits: LimitsHistory, isQuiet: boolean): RowRule<Fold> {
  return {
    kind: 'reservation',
    open: () => undefined,
    evolve(reservation, id, audited) {
      const event = { type: audited.type, data: audited.data } as ReservationEvent;
      const after = evolveReservation(reservation, id, event);
      const granted = after && grantedBy(event, after, audited.occurredAt);
      for (const fault of granted ? limits.faultsOf(granted) : [])
        findings.add(`${audited.stream}: event ${audited.version} ${fault}.`);
      return after;
    },
    rowOf(reservation) {
      if (!reservation) return undefined;
      const isBeingUndone =
        reservation.exclusions.length > 0 && (reservation.state === 'RELEASED' || !isQuiet);
      const uncovered = uncoveredBy(reservation);
      if (uncovered && !isBeingUndone) {
        const stream = streamOf({ kind: 'reservation', id: reservation.id });
        findings.add(`${stream}: ${uncovered}.`);
      }
      return { ...reservation, takes: takesOf(reservation) };
    },
    tables: {
      reservation: (reservation, streamVersion) => (reservation ? [{ ...reservation, streamVersion }] : []),
      allocation: (reservation) => (reservation ? allocationRows(reservation) : []),
      cap_claim: (reservation) => (reservation ? claimRows(reservation) : []),
      backorder: (reservation) => (reservation ? turnRows(reservation) : []),
    },
    async load(session, ids) {
      const stored = await session.$queryRaw<StoredReservation[]>`
      SELECT id AS key, json_build_object('id', id, 'caller', caller, 'orderId', order_id,
        'state', state, 'buyer', buyer, 'lines', lines, 'allocations', allocations, 'backordered', backordered,
        'caps', caps, 'exclusions', exclusions, 'partnerRequests', partner_requests, 'consumed', consumed,
        'filled', filled, 'extensions', extensions, 'shipComplete', ship_complete,
        'maxShipments', max_shipments, 'expiresAt', iso(expires_at), 'reason', reason,
        'version', stream_version,
        'takes', (SELECT coalesce(json_agg(json_build_object('parts', parts, 'quantity', quantity, 'until', iso(until))), '[]')
          FROM (SELECT json_build_array('stock', sku, node_id, state) AS parts, sum(quantity) AS quantity, expires_at AS until
              FROM allocation WHERE reservation_id = reservation.id GROUP BY sku, node_id, state, expires_at
            UNION ALL SELECT json_build_array('cap', cap_id), quantity, expires_at
              FROM cap_claim WHERE reservation_id = reservation.id
            UNION ALL SELECT json_build_array('backorder', sku, place), quantity, NULL
              FROM backorder WHERE reservation_id = reservation.id) t)) AS row
      FROM reservation WHERE id = ANY(${[...ids]})`;
      return stored.map(({ key, row }) => ({ key, row: { ...row, takes: byName(row.takes) } }));
    },
  };
}

/** Describes how the units of a reservation differ from its lines; undefined when it covers them. */
function uncoveredBy({ lines, allocations, backordered, consumed }: Reservation): string | undefined {
  const promised = sums([...allocations, ...backordered, ...consumed]);
  return sums(lines) === promised ? undefined : `it was asked for ${sums(lines)} and allocates ${promised}`;
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
    case 'inventory.exclusions-ended.v1':
    case 'inventory.hold-extended.v1':
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

/** Returns the allocations, cap claims and backorders that a reservation's state implies, as the rows describe them. */
function takesOf({ state, expiresAt: until, allocations, backordered, caps }: Reservation): object {
  if (state === 'RELEASED' || state === 'EXPIRED') return {};
  return byName([
    ...bySkuAndNode(allocations).map(({ sku, nodeId, quantity }) => ({
      parts: ['stock', sku, nodeId, state],
      quantity,
      until,
    })),
    ...caps.map(({ capId, quantity }) => ({ parts: ['cap', capId], quantity, until })),
    ...backordered.map(({ sku, place, quantity }) => ({
      parts: ['backorder', sku, place],
      quantity,
      until: null,
    })),
  ]);
}

function byName(takes: readonly Take[]): object {
  return Object.fromEntries(
    takes.map(({ parts, quantity, until }) => [
      compositeName(...parts),
      until === null ? `${quantity}` : `${quantity} until ${until}`,
    ]),
  );
}

/** Sums quantities by SKU and writes them as text. */
export function sums(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return JSON.stringify([...totals].sort(([a], [b]) => (a < b ? -1 : 1)));
}
