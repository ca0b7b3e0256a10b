import type { BookedLines, BookingOutcome, CancelOutcome, FoundOutcome } from '../contracts/bookings';

/**
 * Third parties that book things for us, each known by its name only. A key stands for one booking, so that doing a
 * call again is safe; yet none of them is done again here, because whoever calls has to look before it does.
 */
export interface BookingParties {
  book(party: string, key: string, what: object): Promise<BookingOutcome>;
  lookUp(party: string, key: string): Promise<FoundOutcome>;
  /** Also where the party never heard of the key, which is then used up: a booking that arrives late is refused. */
  cancel(party: string, key: string): Promise<CancelOutcome>;
  /** Cancels one of several bookings under a key. */
  cancelReference(party: string, key: string, reference: string): Promise<CancelOutcome>;
  /**
   * Leaves no more than these lines of a booking, and what there is less of as it is: so it does no harm late or again.
   * Answers what there is then.
   */
  reduce(party: string, key: string, lines: BookedLines): Promise<FoundOutcome>;
}
