import type { BookedLines, BookingOutcome, CancelOutcome, FoundOutcome } from '../contracts/bookings';

/**
 * The third parties that take bookings, each identified by its name. A key stands for one booking, so a repeated call
 * is safe. This port never retries: the caller looks up the key before it repeats a call.
 */
export interface BookingParties {
  book(party: string, key: string, what: object): Promise<BookingOutcome>;
  lookUp(party: string, key: string): Promise<FoundOutcome>;
  /** Cancels a key, even one unknown to the party. A cancelled key is used up: the party refuses a late booking. */
  cancel(party: string, key: string): Promise<CancelOutcome>;
  /** Cancels one of several bookings under a key. */
  cancelReference(party: string, key: string, reference: string): Promise<CancelOutcome>;
  /**
   * Reduces a booking to at most these lines. It never increases a line, so a late or repeated call is safe.
   * @returns the booking after the call
   */
  reduce(party: string, key: string, lines: BookedLines): Promise<FoundOutcome>;
}
