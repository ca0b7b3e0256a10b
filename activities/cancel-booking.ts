import { Context } from '@temporalio/activity';
import type { CancelOutcome, FoundOutcome, Unknown } from '../src/contracts/bookings';
import type { BookingParties } from '../src/providers/booking-parties';

/** A booking key at a third party, to be cancelled. */
export interface BookingToCancel {
  readonly party: string;
  readonly key: string;
  /** Chooses the reference to keep from those under the key; if absent, all are cancelled. */
  readonly kept?: (references: readonly string[]) => string | undefined;
}

/** Looks up a booking and cancels it, except for the reference to keep. */
export async function cancelBooking(
  parties: BookingParties,
  booking: BookingToCancel,
): Promise<CancelOutcome> {
  const found = await parties.lookUp(booking.party, booking.key);
  return found.kind === 'unknown' ? found : cancelFound(parties, booking, found);
}

/**
 * Cancels a booking that the caller has looked up, except for the reference to keep. A cancelled key is used up, so the
 * party refuses a booking that arrives later.
 */
export async function cancelFound(
  parties: BookingParties,
  { party, key, kept }: BookingToCancel,
  found: Exclude<FoundOutcome, Unknown>,
): Promise<CancelOutcome> {
  if (found.kind === 'refused' || found.kind === 'cancelled') return { kind: 'cancelled' };
  if (!kept) return parties.cancel(party, key);
  const references = found.kind === 'booked' ? found.references : [];
  const keep = kept(references);
  for (const reference of references.filter((one) => one !== keep)) {
    // A heartbeat per call lets Temporal notice a dead worker soon, however many references there are.
    Context.current().heartbeat();
    const outcome = await parties.cancelReference(party, key, reference);
    if (outcome.kind === 'unknown') return outcome;
  }
  return { kind: 'cancelled' };
}
