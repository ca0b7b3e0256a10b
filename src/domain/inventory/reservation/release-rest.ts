import { compositeName } from '../../../names/composite-name';
import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import type { Allocation } from '../offer/sourcing';
import { type SurplusGiven, surplusIn } from './partner-booking';
import { decideRelease, isOver } from './release';
import type { InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { givenBackPartly, onReservation } from './reservation-changes';
import { contentLess, lessClaims, type Release, takeBack } from './reservation-units';

/** A cancelled order. `keeps`: its shipped units, consumed or not yet. */
export interface ReleaseRest {
  readonly reservationId: string;
  readonly caller: string;
  readonly orderId: string;
  readonly keeps: readonly Allocation[];
}

/** Gives back everything of an order's reservation except shipped units. A repeat changes nothing. */
export function decideReleaseRest(
  existing: Reservation | undefined,
  { keeps, ...release }: ReleaseRest,
  room: Pick<InventoryRoom, 'caps' | 'facts'>,
): Decision<StepAnswer<SurplusGiven>, InventoryEvent> {
  if (!existing || (keeps.length === 0 && existing.consumed.length === 0))
    return releaseAll(existing, release, room);
  if (isOver(existing)) return unchanged(done);
  const releases = [...unshipped(existing, keeps), ...turnsOf(existing)];
  const parted = takeBack(existing, releases);
  if (!parted || releases.length === 0) return unchanged(done);
  const data = contentLess(existing, parted, room.caps);
  const gone = { ...parted, capsReturned: lessClaims(existing.caps, data.caps) };
  const event = { type: 'inventory.reservation-shrunk.v1', data } as const;
  return {
    answer: { ...done, ...surplusIn(parted.released, room) },
    events: [onReservation(existing.id, event), ...givenBackPartly(existing, gone)],
  };
}

function releaseAll(
  existing: Reservation | undefined,
  release: Omit<ReleaseRest, 'keeps'>,
  room: Pick<InventoryRoom, 'facts'>,
): Decision<StepAnswer<SurplusGiven>, InventoryEvent> {
  const { answer, events } = decideRelease(existing, { ...release, reason: 'CANCELLED' });
  if (!existing || events.length === 0) return { answer, events };
  return { answer: { ...answer, ...surplusIn(existing.allocations, room) }, events };
}

/** Returns the allocated units, by item and node, beyond those shipped and not yet consumed. */
function unshipped(
  { allocations, consumed }: Pick<Reservation, 'allocations' | 'consumed'>,
  keeps: readonly Allocation[],
): readonly Release[] {
  const places = new Map(allocations.map(({ sku, nodeId }) => [compositeName(sku, nodeId), { sku, nodeId }]));
  return [...places.values()].flatMap((place) => {
    const kept = Math.max(0, unitsAt(keeps, place) - unitsAt(consumed, place));
    const quantity = unitsAt(allocations, place) - kept;
    return quantity > 0 ? [{ ...place, quantity, place: null }] : [];
  });
}

function turnsOf({ backordered }: Pick<Reservation, 'backordered'>): readonly Release[] {
  return backordered.map(({ sku, quantity, place }) => ({ sku, quantity, nodeId: null, place }));
}

function unitsAt(units: readonly Allocation[], place: Pick<Allocation, 'sku' | 'nodeId'>): number {
  return units
    .filter(({ sku, nodeId }) => sku === place.sku && nodeId === place.nodeId)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}
