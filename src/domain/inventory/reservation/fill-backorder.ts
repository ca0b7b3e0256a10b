import { type Decision, done, type StepAnswer, unchangedForNow } from '../../decision';
import { refused } from '../../refusal';
import type { Allocation } from '../offer/sourcing';
import type { InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { committed, joined, onQueues, onReservation } from './reservation-changes';

/** The units that fill an entry; none when the order no longer waits for it. */
export interface FillGiven {
  readonly allocations: readonly Allocation[];
}

/**
 * Fills one backorder entry whole, with the units that it claims in the walk along its queue. An answer that fills
 * nothing is not stored: the entry is tried again when more stock arrives. `now` is the database's clock.
 */
export function decideFill(
  existing: Reservation | undefined,
  { sku, place }: { readonly sku: string; readonly place: number },
  room: Pick<InventoryRoom, 'walks'>,
  now: string,
): Decision<StepAnswer<FillGiven>, InventoryEvent> {
  const turn = existing?.backordered.find((waiting) => waiting.sku === sku && waiting.place === place);
  if (existing?.state !== 'COMMITTED' || !turn || existing.orderId === null)
    return unchangedForNow({ ...done, allocations: [] });
  const claim = room.walks.at(sku).claims.find(({ entry }) => entry.place === place);
  if (!claim?.isWhole) return unchangedForNow(refused('OUT_OF_STOCK', `${sku}: still waiting`));
  const { allocations } = claim;
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
      ...committed(gained, existing.id),
      ...onQueues('inventory.backorder-filled.v1', [turn], existing.id),
    ],
  };
}
