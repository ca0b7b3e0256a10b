import { type Decision, done, type StepAnswer, unchanged, unchangedForNow } from '../../decision';
import { type RefusalReason, refused } from '../../refusal';
import { type SurplusGiven, wereAsked } from './partner-booking';
import type { InventoryEvent, Reservation } from './reservation';
import { givenBack, onReservation } from './reservation-changes';

/**
 * Gives back everything that a reservation has. `hasSurplus`: partners were asked, and have to cancel. For a
 * reservation that does not exist it leaves a tombstone under its id, so that a reserve that arrives after this release
 * is refused.
 */
export function decideRelease(
  existing: Reservation | undefined,
  release: {
    readonly reservationId: string;
    readonly caller: string;
    readonly orderId: string | null;
    readonly reason: RefusalReason | 'CALLER' | 'CANCELLED' | 'RECONCILED';
  },
): Decision<StepAnswer<SurplusGiven>, InventoryEvent> {
  const { reservationId, caller, orderId, reason } = release;
  if (existing) {
    const answer = wereAsked([existing]) ? { ...done, hasSurplus: true } : done;
    if (isOver(existing)) return unchanged(answer);
    const event = { type: 'inventory.reservation-released.v1', data: { reason } } as const;
    return { answer, events: [onReservation(existing.id, event), ...givenBack(existing)] };
  }
  const event = { type: 'inventory.reservation-forestalled.v1', data: { caller, orderId, reason } } as const;
  return { answer: done, events: [onReservation(reservationId, event)] };
}

/** Releases a stand-alone hold for the caller that made it. Only its order releases committed units. */
export function decideReleaseByCaller(
  existing: Reservation | undefined,
  caller: string,
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.caller !== caller) return unchanged(refused('RESERVATION_MISMATCH'));
  if (existing.state === 'COMMITTED' || existing.state === 'CONSUMED')
    return unchanged(refused('RESERVATION_MISMATCH', 'the reservation belongs to an order'));
  return decideRelease(existing, { reservationId: existing.id, caller, orderId: null, reason: 'CALLER' });
}

/** Expires a hold whose time has run out. Its stock already counts as free from that moment; the expiry records it. */
export function decideExpire(
  existing: Reservation | undefined,
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  // Not stored: a hold that was extended is due at another time.
  if (existing?.state !== 'HELD' || !isDue(existing, now)) return unchangedForNow(done);
  const event = { type: 'inventory.reservation-expired.v1', data: {} } as const;
  return { answer: done, events: [onReservation(existing.id, event), ...givenBack(existing)] };
}

/** Returns true when a reservation has nothing left to give back. Shipped units do not come back. */
export function isOver({ state }: Reservation): boolean {
  return state === 'RELEASED' || state === 'EXPIRED' || state === 'CONSUMED';
}

export function isDue({ expiresAt }: Reservation, now: string): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.parse(now);
}
