import type { Demand } from '../domain/inventory/limits/demand';
import type { PartnerAsk } from '../domain/inventory/reservation/partner-request';

/** A third party has what was asked for under the key; more than one reference: it did it more than once. */
export interface Booked {
  readonly kind: 'booked';
  readonly references: readonly string[];
}

/** A third party said no; the reason is its own word. */
export interface SaidNo {
  readonly kind: 'refused';
  readonly reason: string;
}

/** Nobody knows whether a call took effect: no answer in time, a broken connection, or one that makes no sense. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly detail: string;
}

export type BookingOutcome = Booked | SaidNo | Unknown;

/** How many of which items a booking is for. */
export type BookedLines = readonly Demand[];

/** `lines`: what of it there is now, where it is of that kind and the party says so. */
export interface FoundBooking extends Booked {
  readonly lines?: BookedLines;
}

/** `absent`: the party has never heard of the key. `cancelled`: the key is used up. */
export type FoundOutcome =
  | FoundBooking
  | Exclude<BookingOutcome, Booked>
  | { readonly kind: 'absent' }
  | { readonly kind: 'cancelled' };

export type CancelOutcome = { readonly kind: 'cancelled' } | Unknown;

/** What a partner is asked to deliver. Each failure of a partner begins another round, with keys of its own. */
export interface PartnerAsking extends PartnerAsk {
  readonly orderId: string;
  readonly reservationId: string;
}
