import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import type { Allocation } from '../offer/sourcing';
import { sectionsFor } from '../supply/departure';
import type { Consumption } from '../supply/stock';
import type { GrantedAllocation, InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { onReservation, onStock, stockAt } from './reservation-changes';
import { takeAt } from './reservation-units';

/** The units that leave with one shipment. */
export interface ConsumeRequest {
  readonly shipmentId: string;
  readonly takes: readonly Allocation[];
}

/**
 * Consumes the units of a shipment: they are no longer committed and no longer there. A repeat for the same shipment
 * changes nothing, whatever happened to the order since. `now` is the database's clock.
 */
export function decideConsume(
  existing: Reservation | undefined,
  { shipmentId, takes }: ConsumeRequest,
  room: Pick<InventoryRoom, 'facts'>,
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  if (!existing) return refusedForNow(refused('RESERVATION_MISMATCH', 'the reservation does not exist'));
  const isRepeated = existing.consumed.some((units) => units.shipmentId === shipmentId);
  if (isRepeated || takes.length === 0) return unchanged(done);
  if (existing.state !== 'COMMITTED') return refusedForNow(notThere(existing, shipmentId));
  let left = existing.allocations;
  const taken: GrantedAllocation[] = [];
  for (const take of takes) {
    const found = takeAt(left, take, 'oldest');
    if (!found) return refusedForNow(notThere(existing, shipmentId));
    left = found.left;
    taken.push(...found.taken);
  }
  const consumed = [
    ...existing.consumed,
    ...takes.map(({ sku, nodeId, quantity }) => ({ shipmentId, sku, nodeId, quantity })),
  ];
  const event = {
    type: 'inventory.reservation-consumed.v1',
    data: { allocations: left, consumed },
  } as const;
  const events = onStock(taken, (units) => ({
    type: 'inventory.stock-consumed.v1',
    data: consumptionOf(units, { reservationId: existing.id, shipmentId, consumedAt: now }, room),
  }));
  return { answer: done, events: [onReservation(existing.id, event), ...events] };
}

function consumptionOf(
  { sku, nodeId, quantity, grantedAt }: GrantedAllocation,
  by: Pick<Consumption, 'reservationId' | 'shipmentId' | 'consumedAt'>,
  room: Pick<InventoryRoom, 'facts'>,
): Consumption {
  const sections = sectionsFor(stockAt(room, { sku, nodeId }), {
    quantity,
    grantedAt,
    leftAt: by.consumedAt,
  });
  return { ...by, quantity, grantedAt, sections };
}

function notThere({ state }: Reservation, shipmentId: string): Refusal {
  return refused(
    'RESERVATION_MISMATCH',
    `the reservation is ${state} and does not contain the units of ${shipmentId}`,
  );
}
