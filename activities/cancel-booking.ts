import { Context } from '@temporalio/activity';
import type { CancelOutcome, FoundOutcome, Unknown } from '../src/contracts/bookings';
import type { BookingParties } from '../src/providers/booking-parties';

/** One booking of ours at a third party. */
export interface BookingToCancel {
  readonly party: string;
  readonly key: string;
  /** Of the references there are under the key, the one that is kept; without it all of them go. */
  readonly kept?: (references: readonly string[]) => string | undefined;
}

/** Cancels a booking, or what there is of it beside the part that is kept: what is there says what has to go. */
export async function cancelBooking(
  parties: BookingParties,
  booking: BookingToCancel,
): Promise<CancelOutcome> {
  const found = await parties.lookUp(booking.party, booking.key);
  return found.kind === 'unknown' ? found : cancelFound(parties, booking, found);
}

/** Cancels what somebody has found under a key. A booking that has not arrived yet is refused when it does. */
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
    // How soon the death of this worker is noticed, however much there is to cancel.
    Context.current().heartbeat();
    const outcome = await parties.cancelReference(party, key, reference);
    if (outcome.kind === 'unknown') return outcome;
  }
  return { kind: 'cancelled' };
}
