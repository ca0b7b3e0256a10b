import { never } from '../../decision';
import type { BackorderEntry, BackorderEvent, Backordered, BackorderQueue } from '../limits/backorder';
import type { Demand } from '../limits/demand';
import type { Buyer, EligibilityRule } from '../limits/eligibility';
import type { ItemExclusion } from '../limits/exclusion';
import type { CapClaim, CapEvent, CapFacts } from '../limits/sales-cap';
import type { QueueClaims } from '../offer/backorder-walk';
import type { StockFacts } from '../offer/node-terms';
import type { Allocation } from '../offer/sourcing';
import type { Item } from '../setup/set-up';
import type { RecentSupply } from '../supply/refusal';
import type { StockEvent } from '../supply/stock';
import { type PartnerAsk, type PartnerReply, type PartnerRequest, withReply } from './partner-request';

export const RESERVATION_STATES = ['HELD', 'COMMITTED', 'CONSUMED', 'RELEASED', 'EXPIRED'] as const;

/** Stock that a reservation has, with the moment of its grant. */
export interface GrantedAllocation extends Allocation {
  readonly grantedAt: string;
}

/** Units that have left with a shipment. */
export interface ConsumedUnits extends Allocation {
  readonly shipmentId: string;
}

/** Units that a backorder entry has brought. */
export interface FilledTurn extends Allocation {
  readonly place: number;
}

/** A filled backorder entry, and the order that waited for it. */
export interface FilledEntry {
  readonly reservationId: string;
  readonly orderId: string;
  readonly entry: {
    readonly sku: string;
    readonly place: number;
    readonly allocations: readonly Allocation[];
  };
}

/** The stock that one command added to an order; empty after its compensation, and in a tombstone. */
export interface Extension {
  readonly commandId: string;
  readonly isUndone: boolean;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  readonly caps: readonly CapClaim[];
}

/**
 * A promise of stock. HELD (a stand-alone hold, with an expiry) -> COMMITTED | RELEASED | EXPIRED; COMMITTED (an
 * order's) -> CONSUMED (nothing of it is left, and some has shipped) | RELEASED. Final states never reopen. RELEASED
 * without lines is a tombstone, or a reservation given back in parts.
 */
export interface Reservation {
  readonly id: string;
  readonly caller: string;
  readonly orderId: string | null;
  readonly state: (typeof RESERVATION_STATES)[number];
  /** Null in reservations from before buyers were recorded. */
  readonly buyer: Buyer | null;
  /** The units of the reservation by item, shipped units included. */
  readonly lines: readonly Demand[];
  readonly allocations: readonly GrantedAllocation[];
  readonly backordered: readonly Backordered[];
  readonly consumed: readonly ConsumedUnits[];
  readonly filled: readonly FilledTurn[];
  readonly extensions: readonly Extension[];
  readonly caps: readonly CapClaim[];
  /** The nodes that refused items of the reservation, by item and node; also nodes that may be asked again. */
  readonly exclusions: readonly ItemExclusion[];
  /** Requests to partners, in the order of asking. Each is kept for ever, because it has given out a booking key. */
  readonly partnerRequests: readonly PartnerRequest[];
  readonly expiresAt: string | null;
  /** True when the whole order leaves one node in one shipment, and waits until one node has all of it. */
  readonly shipComplete: boolean;
  /** The most shipments of its order; null for no limit. */
  readonly maxShipments: number | null;
  readonly reason: string | null;
}

type Granted = Pick<
  Reservation,
  | 'caller'
  | 'orderId'
  | 'buyer'
  | 'lines'
  | 'allocations'
  | 'backordered'
  | 'caps'
  | 'expiresAt'
  | 'shipComplete'
  | 'maxShipments'
>;

/** The lines and holdings of an order's reservation after a change. */
export type ReservationContent = Pick<
  Reservation,
  'lines' | 'allocations' | 'backordered' | 'filled' | 'caps'
>;

/** Every event of a reservation's stream, `reservation/{id}`. */
export type ReservationEvent =
  /** A stand-alone hold is granted. */
  | { readonly type: 'inventory.reservation-held.v1'; readonly data: Granted }
  /** Stock is committed to an order. */
  | { readonly type: 'inventory.reservation-committed.v1'; readonly data: Granted }
  | {
      /** An order converts a hold: its stock no longer expires. */
      readonly type: 'inventory.hold-adopted.v1';
      readonly data: Pick<Reservation, 'buyer' | 'caps' | 'shipComplete' | 'maxShipments'> & {
        readonly orderId: string;
      };
    }
  /** A hold is extended: it now expires at `expiresAt`. */
  | { readonly type: 'inventory.hold-extended.v1'; readonly data: { readonly expiresAt: string } }
  | {
      /** A partner is about to be asked for units. */
      readonly type: 'inventory.partner-asked.v1';
      readonly data: PartnerAsk;
    }
  | {
      /** A partner has replied, or could not be reached. The events of the consequences follow. */
      readonly type: 'inventory.partner-replied.v1';
      readonly data: PartnerAsk & { readonly word: PartnerReply };
    }
  | {
      /** A node could not deliver: the new allocations of the reservation, and its exclusions. */
      readonly type: 'inventory.reservation-resourced.v1';
      readonly data: Pick<Reservation, 'allocations' | 'backordered' | 'exclusions'>;
    }
  | {
      /** A backorder entry of the reservation got its units. */
      readonly type: 'inventory.reservation-filled.v1';
      readonly data: Pick<Reservation, 'allocations' | 'backordered' | 'filled'> & FilledEntry;
    }
  | {
      /** Units have left with a shipment. */
      readonly type: 'inventory.reservation-consumed.v1';
      readonly data: Pick<Reservation, 'allocations' | 'consumed'>;
    }
  | {
      /** A node gave back units of an approved order. Lines shrink by units that cannot be replaced. */
      readonly type: 'inventory.reservation-replaced.v1';
      readonly data: ReservationContent & Pick<Reservation, 'exclusions'>;
    }
  | {
      /** The time of some exclusions has passed. */
      readonly type: 'inventory.exclusions-ended.v1';
      readonly data: Pick<Reservation, 'exclusions'>;
    }
  | {
      /** Stock is added to the order for a revision. */
      readonly type: 'inventory.reservation-extended.v1';
      readonly data: ReservationContent & Pick<Reservation, 'extensions'>;
    }
  | {
      /** The stock that a revision added is given back. If none was added, this is a tombstone. */
      readonly type: 'inventory.extension-undone.v1';
      readonly data: ReservationContent & Pick<Reservation, 'extensions'>;
    }
  /** A revision or a cancel gave part of the stock back. */
  | { readonly type: 'inventory.reservation-shrunk.v1'; readonly data: ReservationContent }
  /** Everything that the reservation still had is given back. */
  | { readonly type: 'inventory.reservation-released.v1'; readonly data: { readonly reason: string } }
  /** The hold ran out, and its stock is free. */
  | { readonly type: 'inventory.reservation-expired.v1'; readonly data: Record<string, never> }
  | {
      /** A tombstone: the release ran before the reservation. A reservation that runs later is refused. */
      readonly type: 'inventory.reservation-forestalled.v1';
      readonly data: { readonly caller: string; readonly orderId: string | null; readonly reason: string };
    };

/** An event of one of the streams a reservation touches: its own, and those of everything it takes from. */
export type InventoryEvent =
  | { readonly of: 'reservation'; readonly reservationId: string; readonly event: ReservationEvent }
  | { readonly of: 'stock'; readonly sku: string; readonly nodeId: string; readonly event: StockEvent }
  | { readonly of: 'cap'; readonly capId: string; readonly event: CapEvent }
  | { readonly of: 'backorder'; readonly sku: string; readonly event: BackorderEvent };

/** Everything that a decision about some items reads, as earlier decisions of the same batch left it. */
export interface InventoryRoom {
  readonly items: Pick<ReadonlyMap<string, Item>, 'get'>;
  readonly facts: { get(sku: string): readonly StockFacts[] | undefined };
  readonly queues: { get(sku: string): BackorderQueue | undefined };
  /** The entries of the items' backorder queues: at least those that can claim a unit. */
  readonly entries: { get(sku: string): readonly BackorderEntry[] | undefined };
  /** The walks along these entries, at the moment of the batch. */
  readonly walks: { at(sku: string): QueueClaims };
  /** The caps that may concern the items. */
  readonly caps: readonly CapFacts[];
  readonly rules: readonly EligibilityRule[];
  /** Returns what happened to an item at a node since the refusals that the transaction decides. */
  recent(sku: string, nodeId: string): RecentSupply;
}

/** The holdings of a reservation, as output for later steps. */
export interface ReservationGiven {
  readonly reservationId: string;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  /** The nodes among the allocations that must be asked: partners. */
  readonly partners: readonly string[];
  readonly expiresAt: string | null;
}

export function evolveReservation(
  reservation: Reservation | undefined,
  id: string,
  event: ReservationEvent,
): Reservation | undefined {
  switch (event.type) {
    case 'inventory.reservation-held.v1':
      return granted(id, 'HELD', event.data);
    case 'inventory.reservation-committed.v1':
      return granted(id, 'COMMITTED', event.data);
    case 'inventory.hold-adopted.v1':
      return reservation && { ...reservation, ...event.data, state: 'COMMITTED', expiresAt: null };
    case 'inventory.partner-asked.v1': {
      const request = { ...event.data, word: null };
      return reservation && { ...reservation, partnerRequests: [...reservation.partnerRequests, request] };
    }
    case 'inventory.partner-replied.v1':
      return (
        reservation && {
          ...reservation,
          partnerRequests: withReply(reservation.partnerRequests, event.data),
        }
      );
    case 'inventory.hold-extended.v1':
    case 'inventory.reservation-resourced.v1':
    case 'inventory.reservation-extended.v1':
    case 'inventory.exclusions-ended.v1':
      return reservation && { ...reservation, ...event.data };
    case 'inventory.reservation-filled.v1': {
      const { allocations, backordered, filled } = event.data;
      return reservation && { ...reservation, allocations, backordered, filled };
    }
    case 'inventory.reservation-consumed.v1':
    case 'inventory.reservation-replaced.v1':
    case 'inventory.extension-undone.v1':
    case 'inventory.reservation-shrunk.v1':
      return reservation && overIfEmpty({ ...reservation, ...event.data });
    case 'inventory.reservation-released.v1':
      return reservation && { ...reservation, ...event.data, state: 'RELEASED' };
    case 'inventory.reservation-expired.v1':
      return reservation && { ...reservation, state: 'EXPIRED' };
    case 'inventory.reservation-forestalled.v1':
      return { ...nothing, id, ...event.data, state: 'RELEASED' };
    default:
      return never(event);
  }
}

/** Ends a reservation with nothing left: CONSUMED when some of it has shipped, else RELEASED. */
function overIfEmpty(reservation: Reservation): Reservation {
  const { allocations, backordered, consumed } = reservation;
  if (allocations.length > 0 || backordered.length > 0) return reservation;
  return { ...reservation, state: consumed.length > 0 ? 'CONSUMED' : 'RELEASED' };
}

/** The content of a tombstone, and the defaults for events from before caps and backorders. */
const nothing = {
  buyer: null,
  lines: [],
  allocations: [],
  backordered: [],
  consumed: [],
  filled: [],
  extensions: [],
  caps: [],
  exclusions: [],
  partnerRequests: [],
  expiresAt: null,
  shipComplete: false,
  maxShipments: null,
  reason: null,
} as const;

/** The assumed moment of a grant in an event from before grants carried their moment. */
export const BEFORE_GRANTS = '2000-01-01T00:00:00.000Z';

function granted(id: string, state: 'HELD' | 'COMMITTED', data: Granted): Reservation {
  const allocations = data.allocations.map((allocation) => ({
    ...allocation,
    grantedAt: grantOf(allocation),
  }));
  return { ...nothing, id, ...data, allocations, state };
}

function grantOf({ grantedAt }: { readonly grantedAt?: string }): string {
  return grantedAt ?? BEFORE_GRANTS;
}

/** Returns the id of an order's own reservation. */
export function reservationIdOf(orderId: string): string {
  return orderId.replace(/^ord_/, 'rsv_');
}
