import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import { refused } from '../../refusal';
import { type Allocation, source } from '../offer/sourcing';
import type { InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { joined, onQueues, onReservation, onStock } from './reservation-changes';
import { offersFor, shelfOf } from './reserve';

/** One entry of an item's backorder queue, in queue order. */
export interface Turn {
  readonly place: number;
  readonly quantity: number;
}

/** The units that fill an entry; none when the order no longer waits for it. */
export interface FillGiven {
  readonly allocations: readonly Allocation[];
}

/**
 * Fills one backorder entry whole, once its units are there. Units owed to earlier entries do not count. Partner stock
 * fills no entry, because a partner may refuse units that the order counts on. An answer that fills nothing is not
 * stored: the entry is tried again when more stock arrives.
 */
export function decideFill(
  existing: Reservation | undefined,
  { sku, place }: { readonly sku: string; readonly place: number },
  turns: readonly Turn[],
  room: InventoryRoom,
  now: string,
): Decision<StepAnswer<FillGiven>, InventoryEvent> {
  const turn = existing?.backordered.find((waiting) => waiting.sku === sku && waiting.place === place);
  if (existing?.state !== 'COMMITTED' || !turn || !existing.buyer || existing.orderId === null)
    return notFilled({ ...done, allocations: [] });
  const demands = [{ sku, quantity: turn.quantity }];
  const offers = offersFor({ demands, buyer: existing.buyer }, room, now);
  if ('kind' in offers) return notFilled(offers);
  const own = offers.flatMap(({ nodes }) => nodes.filter(({ kind }) => kind !== 'partner'));
  const ahead = sumOf(turns.filter((other) => other.place < place).map(({ quantity }) => quantity));
  // Entries are read from the head of the queue: the entries ahead of an unread one are unknown.
  const isSeen = turns.some((other) => other.place === place);
  const isThere = isSeen && sumOf(own.map(({ atp }) => atp)) - ahead >= turn.quantity;
  const partners = offers.flatMap(({ nodes }) => nodes.filter(({ kind }) => kind === 'partner'));
  const blocked = existing.blocked.filter(({ skus }) => skus.includes(sku));
  const request = {
    demands,
    region: existing.buyer.region,
    // The units are promised: many shipments cost less than waiting for ever.
    maxSplits: Number.POSITIVE_INFINITY,
    excludedNodes: [...partners, ...blocked].map(({ nodeId }) => nodeId),
  };
  const allocations = isThere ? source(request, shelfOf(offers)) : undefined;
  if (!allocations) return notFilled(refused('OUT_OF_STOCK', `${sku}: still waiting`));
  const gained = allocations.map((allocation) => ({ ...allocation, grantedAt: now }));
  const data = {
    allocations: joined(existing.allocations, gained),
    backordered: existing.backordered.filter((waiting) => waiting !== turn),
    filled: [...existing.filled, ...allocations.map((allocation) => ({ ...allocation, place }))],
    reservationId: existing.id,
    orderId: existing.orderId,
    entry: { sku, place, allocations },
  };
  return {
    answer: { ...done, allocations },
    events: [
      onReservation(existing.id, { type: 'inventory.reservation-filled.v1', data }),
      ...onStock(gained, ({ quantity }) => ({
        type: 'inventory.stock-committed.v1',
        data: { reservationId: existing.id, quantity },
      })),
      ...onQueues('inventory.backorder-filled.v1', [turn], existing.id),
    ],
  };
}

function notFilled(answer: StepAnswer<FillGiven>): Decision<StepAnswer<FillGiven>, never> {
  return { ...unchanged(answer), isForNow: true };
}

function sumOf(quantities: readonly number[]): number {
  return quantities.reduce((sum, quantity) => sum + quantity, 0);
}
