import { compositeName } from '../../../names/composite-name';
import type { BackorderEntry, Backordered } from '../limits/backorder';
import type { Exclusion, ItemExclusion } from '../limits/exclusion';
import type { CapClaim } from '../limits/sales-cap';
import { emptyStock, type Stock, type StockEvent } from '../supply/stock';
import type {
  GrantedAllocation,
  InventoryEvent,
  InventoryRoom,
  Reservation,
  ReservationEvent,
} from './reservation';

/** The events of a reservation change, on every stream it touches. */

export function onReservation(reservationId: string, event: ReservationEvent): InventoryEvent {
  return { of: 'reservation', reservationId, event };
}

export function onStock<A extends { readonly sku: string; readonly nodeId: string }>(
  allocations: readonly A[],
  eventOf: (allocation: A) => StockEvent,
): readonly InventoryEvent[] {
  return allocations.map((allocation) => ({
    of: 'stock',
    sku: allocation.sku,
    nodeId: allocation.nodeId,
    event: eventOf(allocation),
  }));
}

export function onCaps(
  type: 'inventory.cap-claimed.v1' | 'inventory.cap-claim-kept.v1' | 'inventory.cap-claim-returned.v1',
  claims: readonly CapClaim[],
  { id: reservationId, expiresAt }: Pick<Reservation, 'id' | 'expiresAt'>,
): readonly InventoryEvent[] {
  return claims.map(({ capId, quantity }) => ({
    of: 'cap',
    capId,
    event: { type, data: { reservationId, quantity, expiresAt } },
  }));
}

export function onQueues(
  type: 'inventory.backorder-filled.v1' | 'inventory.backorder-withdrawn.v1',
  backordered: readonly Backordered[],
  reservationId: string,
): readonly InventoryEvent[] {
  return backordered.map(({ sku, quantity, place }) => ({
    of: 'backorder',
    sku,
    event: { type, data: { reservationId, quantity, place } },
  }));
}

/** Returns the events that place backorder entries of a reservation at the end of their queues. */
export function placed(backordered: readonly Backordered[], waiting: Waiting): readonly InventoryEvent[] {
  return backordered.map(({ sku, promiseDate, ...turn }) => ({
    of: 'backorder',
    sku,
    event: {
      type: 'inventory.backorder-placed.v1',
      data: { ...entryOf(waiting, { sku, ...turn }), promiseDate },
    },
  }));
}

type Waiting = Pick<Reservation, 'id' | 'buyer' | 'exclusions'>;

/** Returns a reservation's entry in the queue of an item, with the restrictions on the stock that it may use. */
export function entryOf(
  { id: reservationId, buyer, exclusions }: Waiting,
  { sku, place, quantity }: Omit<Backordered, 'promiseDate'>,
): BackorderEntry {
  if (!buyer) throw new Error(`reservation ${reservationId} is backordered, but has no buyer`);
  const { region, channel, shippingMethod } = buyer;
  return {
    reservationId,
    place,
    quantity,
    buyer: { region, channel, shippingMethod },
    exclusions: exclusionsOf(exclusions, sku),
  };
}

function exclusionsOf(exclusions: readonly ItemExclusion[], sku: string): readonly Exclusion[] {
  return exclusions.filter((one) => one.sku === sku).map(({ sku: _, ...exclusion }) => exclusion);
}

/** Returns the events that give the waiting entries of some items new exclusions. */
export function restricted(
  { backordered, ...waiting }: Waiting & Pick<Reservation, 'backordered'>,
  skus: readonly string[],
): readonly InventoryEvent[] {
  return backordered
    .filter(({ sku }) => skus.includes(sku))
    .map((turn) => {
      const { reservationId, place, quantity, exclusions } = entryOf(waiting, turn);
      const data = { reservationId, place, quantity, exclusions };
      return {
        of: 'backorder',
        sku: turn.sku,
        event: { type: 'inventory.backorder-restricted.v1', data },
      };
    });
}

/**
 * Gives back everything that a reservation has: stock, backorder entries, shares of caps (to the window they came
 * from).
 */
export function givenBack(existing: Reservation): readonly InventoryEvent[] {
  const { id: reservationId, allocations, backordered, caps, expiresAt } = existing;
  return [
    ...onStock(allocations, ({ quantity, grantedAt }) =>
      expiresAt === null
        ? { type: 'inventory.committed-stock-released.v1', data: { reservationId, quantity, grantedAt } }
        : {
            type: 'inventory.held-stock-released.v1',
            data: { reservationId, quantity, grantedAt, expiresAt },
          },
    ),
    ...onQueues('inventory.backorder-withdrawn.v1', backordered, reservationId),
    ...onCaps('inventory.cap-claim-returned.v1', caps, existing),
  ];
}

/** Gives back a part of what an order's reservation has. */
export function givenBackPartly(
  existing: Reservation,
  gone: {
    readonly released: readonly GrantedAllocation[];
    readonly withdrawn: readonly Backordered[];
    readonly capsReturned: readonly CapClaim[];
  },
): readonly InventoryEvent[] {
  return [
    ...onStock(gone.released, ({ quantity, grantedAt }) => ({
      type: 'inventory.committed-stock-released.v1',
      data: { reservationId: existing.id, quantity, grantedAt },
    })),
    ...onQueues('inventory.backorder-withdrawn.v1', gone.withdrawn, existing.id),
    ...onCaps('inventory.cap-claim-returned.v1', gone.capsReturned, existing),
  ];
}

/** Returns the stock of one item at one node. */
export function stockAt(
  { facts }: Pick<InventoryRoom, 'facts'>,
  { sku, nodeId }: { readonly sku: string; readonly nodeId: string },
): Stock {
  return facts.get(sku)?.find(({ node }) => node.id === nodeId)?.stock ?? emptyStock(sku, nodeId);
}

/** Returns true when units are at a partner, which has to be asked for them. */
export function isAtPartner(
  { sku, nodeId }: { readonly sku: string; readonly nodeId: string },
  { facts }: Pick<InventoryRoom, 'facts'>,
): boolean {
  return facts.get(sku)?.some(({ node }) => node.id === nodeId && node.kind === 'partner') ?? false;
}

/** Returns the events that commit stock to an order. */
export function committed(
  gained: readonly GrantedAllocation[],
  reservationId: string,
): readonly InventoryEvent[] {
  return onStock(gained, ({ quantity }) => ({
    type: 'inventory.stock-committed.v1',
    data: { reservationId, quantity },
  }));
}

/** Adds gained allocations. Units granted at one moment at one node join; later grants stay separate. */
export function joined(
  had: readonly GrantedAllocation[],
  gained: readonly GrantedAllocation[],
): readonly GrantedAllocation[] {
  const all = new Map<string, GrantedAllocation>();
  for (const allocation of [...had, ...gained]) {
    const key = compositeName(allocation.sku, allocation.nodeId, allocation.grantedAt);
    const quantity = allocation.quantity + (all.get(key)?.quantity ?? 0);
    all.set(key, { ...allocation, quantity });
  }
  return [...all.values()];
}
