import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import { type SurplusGiven, surplusIn } from './partner-booking';
import type { InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { givenBackPartly, onReservation } from './reservation-changes';
import { contentLess, lessClaims, type Release, takeBack } from './reservation-units';

/** Gives back exactly these units of an order's reservation, and their shares of caps. */
export function decideShrink(
  existing: Reservation | undefined,
  releases: readonly Release[],
  room: Pick<InventoryRoom, 'caps' | 'facts'>,
): Decision<StepAnswer<SurplusGiven>, InventoryEvent> {
  if (releases.length === 0) return unchanged(done);
  const parted = existing?.state === 'COMMITTED' ? takeBack(existing, releases) : undefined;
  if (!existing || !parted) return refusedForNow(hasNotThat(existing));
  const data = contentLess(existing, parted, room.caps);
  const gone = { ...parted, capsReturned: lessClaims(existing.caps, data.caps) };
  const event = { type: 'inventory.reservation-shrunk.v1', data } as const;
  return {
    answer: { ...done, ...surplusIn(parted.released, room) },
    events: [onReservation(existing.id, event), ...givenBackPartly(existing, gone)],
  };
}

/** Returns the refusal to give back units that a reservation does not have. */
export function hasNotThat(existing: Reservation | undefined): Refusal {
  const detail = existing
    ? `the reservation is ${existing.state} and does not contain all of these units`
    : 'the reservation does not exist';
  return refused('RESERVATION_MISMATCH', detail);
}
