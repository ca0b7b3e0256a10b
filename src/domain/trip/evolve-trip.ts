import { never } from '../decision';
import type { Attention } from '../order/order';
import {
  type Booking,
  isNeeded,
  mustGo,
  type Party,
  type PartyWord,
  type RecordedTrip,
  type Trip,
  type TripReason,
} from './trip';

/** How far the undos are at the moment a trip is decided. */
export type Begun = 'none' | 'running';

export type TripEvent =
  | { readonly type: 'orders.trip-recorded.v1'; readonly data: RecordedTrip }
  /** Logged before the call: from here on there may be something to undo. */
  | { readonly type: 'orders.trip-booking-asked.v1'; readonly data: { readonly party: Party } }
  | {
      readonly type: 'orders.trip-booking-answered.v1';
      readonly data: { readonly party: Party; readonly word: PartyWord };
    }
  | { readonly type: 'orders.trip-booked.v1'; readonly data: { readonly compensation: Begun } }
  | {
      readonly type: 'orders.trip-rejected.v1';
      readonly data: { readonly reason: TripReason; readonly compensation: Begun };
    }
  /** A booking that is not needed is cancelled, or what a party had booked more than once. */
  | { readonly type: 'orders.trip-booking-undone.v1'; readonly data: { readonly party: Party } }
  | { readonly type: 'orders.trip-compensation-finished.v1'; readonly data: Record<string, never> }
  | { readonly type: 'orders.trip-attention-needed.v1'; readonly data: Attention }
  | { readonly type: 'orders.trip-compensation-retried.v1'; readonly data: { readonly by: string } }
  | {
      readonly type: 'orders.trip-attention-resolved.v1';
      readonly data: { readonly by: string; readonly note: string };
    };

/** A trip after an event that happened at `at` (RFC 3339); undefined before it was recorded. */
export function evolveTrip(
  trip: Trip | undefined,
  id: string,
  event: TripEvent,
  at: string,
): Trip | undefined {
  if (event.type === 'orders.trip-recorded.v1') return recorded(id, event.data, at);
  return trip && { ...trip, ...changesOf(trip, event), updatedAt: at };
}

function recorded(id: string, { wishes, ...data }: RecordedTrip, at: string): Trip {
  return {
    id,
    ...data,
    status: 'PENDING',
    reason: null,
    bookings: wishes.map((wish) => ({
      ...wish,
      state: 'WANTED',
      reference: null,
      reason: null,
      hasSurplus: false,
    })),
    compensation: 'none',
    attention: null,
    createdAt: at,
    updatedAt: at,
  };
}

function changesOf(
  trip: Trip,
  event: Exclude<TripEvent, { type: 'orders.trip-recorded.v1' }>,
): Partial<Trip> {
  switch (event.type) {
    case 'orders.trip-booking-asked.v1':
      return withBooking(trip, event.data.party, (booking) => ({ ...booking, state: 'ASKED' }));
    case 'orders.trip-booking-answered.v1':
      return withBooking(trip, event.data.party, (booking) => answered(booking, event.data.word));
    case 'orders.trip-booked.v1':
      return { status: 'BOOKED', ...event.data };
    case 'orders.trip-rejected.v1':
      return { status: 'REJECTED', ...event.data };
    case 'orders.trip-booking-undone.v1':
      return withBooking(trip, event.data.party, (booking) => undone(trip, booking));
    case 'orders.trip-compensation-finished.v1':
      return { compensation: 'done', attention: null };
    case 'orders.trip-attention-needed.v1':
      return { compensation: 'needs_attention', attention: event.data };
    case 'orders.trip-compensation-retried.v1':
      return { compensation: 'running' };
    case 'orders.trip-attention-resolved.v1':
      return {
        compensation: 'done',
        attention: null,
        bookings: trip.bookings.map((booking) => (mustGo(trip, booking) ? undone(trip, booking) : booking)),
      };
    default:
      return never(event);
  }
}

function withBooking(
  { bookings }: Trip,
  party: Party,
  change: (booking: Booking) => Booking,
): Pick<Trip, 'bookings'> {
  return { bookings: bookings.map((booking) => (booking.party === party ? change(booking) : booking)) };
}

function answered(booking: Booking, word: PartyWord): Booking {
  switch (word.kind) {
    case 'booked': {
      const [reference = null, ...surplus] = word.references;
      return { ...booking, state: 'BOOKED', reference, hasSurplus: surplus.length > 0 };
    }
    case 'refused':
      return { ...booking, state: 'REFUSED', reason: word.reason };
    case 'out-of-reach':
      return { ...booking, state: 'UNKNOWN' };
    default:
      return never(word);
  }
}

function undone(trip: Trip, booking: Booking): Booking {
  return { ...booking, hasSurplus: false, state: isNeeded(trip, booking) ? 'BOOKED' : 'CANCELLED' };
}
