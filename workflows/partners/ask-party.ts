import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { Booked, BookingOutcome, FoundOutcome, SaidNo, Unknown } from '../../src/contracts/bookings';

/** A third party's reply. An unreachable party may have booked, or may still book later. */
export type PartyReply = Booked | SaidNo | { readonly kind: 'unreachable' };

/** The two calls of one request, both under the same idempotency key. */
export interface PartyCalls {
  book(): Promise<BookingOutcome>;
  lookUp(): Promise<FoundOutcome>;
}

const MOST_ATTEMPTS = 3;
const PAUSE_MS = 500;

/** Asks a third party. After an unknown outcome it looks up the key before it asks again. */
export async function askParty({ book, lookUp }: PartyCalls): Promise<PartyReply> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(PAUSE_MS);
    const asked = await orUnknown(book());
    if (asked.kind !== 'unknown') return asked;
    const found = await orUnknown(lookUp());
    if (found.kind === 'unknown') break;
    if (found.kind === 'cancelled') return { kind: 'refused', reason: 'CANCELLED' };
    if (found.kind !== 'absent') return found;
  }
  return { kind: 'unreachable' };
}

/** Maps a failed activity to `unknown`: after an error, a timeout or a dead worker the call may have had its effect. */
async function orUnknown<Outcome>(call: Promise<Outcome>): Promise<Outcome | Unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ActivityFailure && !isCancellation(error))
      return { kind: 'unknown', detail: error.message };
    throw error;
  }
}
