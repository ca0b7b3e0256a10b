import { never } from '../../decision';
import type { BackorderEvent, Backordered, BackorderQueue } from '../limits/backorder';
import type { Demand } from '../limits/demand';
import type { Buyer, EligibilityRule } from '../limits/eligibility';
import type { CapClaim, CapEvent, CapFacts } from '../limits/sales-cap';
import type { StockFacts } from '../offer/node-terms';
import type { Allocation } from '../offer/sourcing';
import type { Item } from '../setup/set-up';
import type { StockEvent } from '../supply/stock';
import { type PartnerAsk, type PartnerReply, type PartnerRequest, withReply } from './partner-request';

export const RESERVATION_STATES = ['HELD', 'COMMITTED', 'CONSUMED', 'RELEASED', 'EXPIRED'] as const;

/** Stock that a reservation has, since when. */
export interface GrantedAllocation extends Allocation {
  readonly grantedAt: string;
}

/** A node that could not deliver some lines of a reservation: it is not asked for them again. */
export interface BlockedNode {
  readonly nodeId: string;
  readonly skus: readonly string[];
  readonly reason: string;
  /** Of an order that was approved: nobody had to be asked any more. */
  readonly isApproved?: boolean;
}

/** Units that have left with a shipment. */
export interface ConsumedUnits extends Allocation {
  readonly shipmentId: string;
}

/** Units that a turn in an item's queue has brought. */
export interface FilledTurn extends Allocation {
  readonly place: number;
}

/** An entry of an item's backorder queue that was filled, and the order that waited for it. */
export interface FilledEntry {
  readonly reservationId: string;
  readonly orderId: string;
  readonly entry: {
    readonly sku: string;
    readonly place: number;
    readonly allocations: readonly Allocation[];
  };
}

/** What one command has got an order beside what it had; all of it empty where that was undone, or is never to be. */
export interface Extension {
  readonly commandId: string;
  readonly isUndone: boolean;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  readonly caps: readonly CapClaim[];
}

/**
 * A promise of stock. HELD (a stand-alone hold, with an expiry) -> COMMITTED | RELEASED | EXPIRED;
 * COMMITTED (an order's) -> CONSUMED (nothing is left of it, and some of it has shipped) | RELEASED. Final states never
 * reopen; RELEASED with no lines is a tombstone, or was given back bit by bit.
 */
export interface Reservation {
  readonly id: string;
  readonly caller: string;
  readonly orderId: string | null;
  readonly state: (typeof RESERVATION_STATES)[number];
  /** Null: made before buyers were written down. */
  readonly buyer: Buyer | null;
  /** By item: all that it is for, what has shipped included. */
  readonly lines: readonly Demand[];
  readonly allocations: readonly GrantedAllocation[];
  readonly backordered: readonly Backordered[];
  readonly consumed: readonly ConsumedUnits[];
  readonly filled: readonly FilledTurn[];
  readonly extensions: readonly Extension[];
  readonly caps: readonly CapClaim[];
  readonly blocked: readonly BlockedNode[];
  /** What partners were asked for, in the order of asking. None is ever forgotten: each has given out a booking key. */
  readonly partnerRequests: readonly PartnerRequest[];
  readonly expiresAt: string | null;
  readonly reason: string | null;
}

type Granted = Pick<
  Reservation,
  'caller' | 'orderId' | 'buyer' | 'lines' | 'allocations' | 'backordered' | 'caps' | 'expiresAt'
>;

/** What an order's reservation is for and has, after a change of it. */
export type ReservationContent = Pick<
  Reservation,
  'lines' | 'allocations' | 'backordered' | 'filled' | 'caps'
>;

export type ReservationEvent =
  | { readonly type: 'inventory.reservation-held.v1'; readonly data: Granted }
  | { readonly type: 'inventory.reservation-committed.v1'; readonly data: Granted }
  | {
      readonly type: 'inventory.hold-adopted.v1';
      readonly data: Pick<Reservation, 'buyer' | 'caps'> & { readonly orderId: string };
    }
  | {
      /** Logged before the partner is called. */
      readonly type: 'inventory.partner-asked.v1';
      readonly data: PartnerAsk;
    }
  | {
      /** Logged before anything follows from the reply. */
      readonly type: 'inventory.partner-replied.v1';
      readonly data: PartnerAsk & { readonly word: PartnerReply };
    }
  | {
      /** A node could not deliver: what the reservation has now, and where it may not look again. */
      readonly type: 'inventory.reservation-resourced.v1';
      readonly data: Pick<Reservation, 'allocations' | 'backordered' | 'blocked'>;
    }
  | {
      readonly type: 'inventory.reservation-filled.v1';
      readonly data: Pick<Reservation, 'allocations' | 'backordered' | 'filled'> & FilledEntry;
    }
  | {
      /** Units have left with a shipment. */
      readonly type: 'inventory.reservation-consumed.v1';
      readonly data: Pick<Reservation, 'allocations' | 'consumed'>;
    }
  | {
      /** A node gave units of an approved order back: what it has now, and is for, as some may not be had elsewhere. */
      readonly type: 'inventory.reservation-replaced.v1';
      readonly data: ReservationContent & Pick<Reservation, 'blocked'>;
    }
  | {
      readonly type: 'inventory.reservation-extended.v1';
      readonly data: ReservationContent & Pick<Reservation, 'extensions'>;
    }
  | {
      /** What a command had got is given back; it may not have come yet. */
      readonly type: 'inventory.extension-undone.v1';
      readonly data: ReservationContent & Pick<Reservation, 'extensions'>;
    }
  | { readonly type: 'inventory.reservation-shrunk.v1'; readonly data: ReservationContent }
  | { readonly type: 'inventory.reservation-released.v1'; readonly data: { readonly reason: string } }
  | { readonly type: 'inventory.reservation-expired.v1'; readonly data: Record<string, never> }
  | {
      readonly type: 'inventory.reservation-forestalled.v1';
      readonly data: { readonly caller: string; readonly orderId: string | null; readonly reason: string };
    };

/** An event of one of the streams a reservation touches: its own, and one for everything that it takes from. */
export type InventoryEvent =
  | { readonly of: 'reservation'; readonly reservationId: string; readonly event: ReservationEvent }
  | { readonly of: 'stock'; readonly sku: string; readonly nodeId: string; readonly event: StockEvent }
  | { readonly of: 'cap'; readonly capId: string; readonly event: CapEvent }
  | { readonly of: 'backorder'; readonly sku: string; readonly event: BackorderEvent };

/** Everything a decision about some items looks at, as the decisions before it in the same set have left it. */
export interface InventoryRoom {
  readonly items: Pick<ReadonlyMap<string, Item>, 'get'>;
  readonly facts: { get(sku: string): readonly StockFacts[] | undefined };
  readonly queues: { get(sku: string): BackorderQueue | undefined };
  /** Those that may matter to the items. */
  readonly caps: readonly CapFacts[];
  readonly rules: readonly EligibilityRule[];
}

/** What a reservation has, for the steps after it. */
export interface ReservationGiven {
  readonly reservationId: string;
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
  /** The nodes among them that have to be asked: partners. */
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
    case 'inventory.reservation-resourced.v1':
    case 'inventory.reservation-extended.v1':
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

/** One of which nothing is left has ended: CONSUMED where any of it has shipped. */
function overIfEmpty(reservation: Reservation): Reservation {
  const { allocations, backordered, consumed } = reservation;
  if (allocations.length > 0 || backordered.length > 0) return reservation;
  return { ...reservation, state: consumed.length > 0 ? 'CONSUMED' : 'RELEASED' };
}

/** A tombstone has no more than this; and events of before caps and backorders say no more. */
const nothing = {
  buyer: null,
  lines: [],
  allocations: [],
  backordered: [],
  consumed: [],
  filled: [],
  extensions: [],
  caps: [],
  blocked: [],
  partnerRequests: [],
  expiresAt: null,
  reason: null,
} as const;

/** Stands for the moment of a grant that was logged before its moment was. */
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

/** The key an order's own reservation is made under. */
export function reservationIdOf(orderId: string): string {
  return orderId.replace(/^ord_/, 'rsv_');
}
