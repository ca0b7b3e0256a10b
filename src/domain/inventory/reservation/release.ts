import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import { type RefusalReason, refused } from '../../refusal';
import { type SurplusGiven, wereAsked } from './partner-booking';
import type { InventoryEvent, Reservation } from './reservation';
import { givenBack, onReservation } from './reservation-changes';

/**
 * Gives back everything a reservation has; of what partners were asked for they have to be told. One that never was
 * leaves a tombstone under its id, so that the reserve this release has overtaken is refused when it arrives.
 */
export function decideRelease(
  existing: Reservation | undefined,
  release: {
    readonly reservationId: string;
    readonly caller: string;
    readonly orderId: string | null;
    readonly reason: RefusalReason | 'CALLER' | 'CANCELLED';
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

/** Gives a stand-alone hold back for the caller who made it. What an order has committed is the order's to release. */
export function decideReleaseByCaller(
  existing: Reservation | undefined,
  caller: string,
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.caller !== caller) return unchanged(refused('RESERVATION_MISMATCH'));
  if (existing.state === 'COMMITTED' || existing.state === 'CONSUMED')
    return unchanged(refused('RESERVATION_MISMATCH', 'it belongs to an order'));
  return decideRelease(existing, { reservationId: existing.id, caller, orderId: null, reason: 'CALLER' });
}

/** Tidies a hold whose time has run out. Its stock counted as free from that moment on, swept or not. */
export function decideExpire(
  existing: Reservation | undefined,
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  // Not kept: a hold that lives longer now is due at another time.
  if (existing?.state !== 'HELD' || !isDue(existing, now)) return { ...unchanged(done), isForNow: true };
  const event = { type: 'inventory.reservation-expired.v1', data: {} } as const;
  return { answer: done, events: [onReservation(existing.id, event), ...givenBack(existing)] };
}

/** Whether nothing is left of a reservation to give back: what has shipped does not come back. */
export function isOver({ state }: Reservation): boolean {
  return state === 'RELEASED' || state === 'EXPIRED' || state === 'CONSUMED';
}

export function isDue({ expiresAt }: Reservation, now: string): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.parse(now);
}
