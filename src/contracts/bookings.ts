import type { Demand } from '../domain/inventory/limits/demand';
import type { PartnerAsk } from '../domain/inventory/reservation/partner-request';

/** A third party's booking under a key; more than one reference when it has booked more than once. */
export interface Booked {
  readonly kind: 'booked';
  readonly references: readonly string[];
}

/** A third party's refusal, with the reason in its own words. */
export interface SaidNo {
  readonly kind: 'refused';
  readonly reason: string;
}

/** A call whose effect is unknown: no answer in time, a broken connection or an unusable answer. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly detail: string;
  /** True when the party does not accept the credentials of Holdfast, which an operator has to mend. */
  readonly isDenied?: true;
}

export type BookingOutcome = Booked | SaidNo | Unknown;

/** The items and quantities of a booking. */
export type BookedLines = readonly Demand[];

/**
 * A booking found by a look-up. `lines`: the quantities that the party holds now; absent when the booking is not of
 * items or the party does not report them.
 */
export interface FoundBooking extends Booked {
  readonly lines?: BookedLines;
}

/** The outcome of a look-up. `absent`: the party does not know the key. `cancelled`: the key is used up. */
export type FoundOutcome =
  | FoundBooking
  | Exclude<BookingOutcome, Booked>
  | { readonly kind: 'absent' }
  | { readonly kind: 'cancelled' };

export type CancelOutcome = { readonly kind: 'cancelled' } | Unknown;

/** A request to a partner for delivery. Each failure of a partner starts another round with its own booking keys. */
export interface PartnerAsking extends PartnerAsk {
  readonly orderId: string;
  readonly reservationId: string;
}
