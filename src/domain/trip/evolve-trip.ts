import { never } from '../decision';
import {
  type Booking,
  isNeeded,
  type Party,
  type PartyReply,
  type RecordedTrip,
  type Trip,
  type TripReason,
} from './trip';

/** Every event of a trip's stream, `trip/{id}`. */
export type TripEvent =
  /** The trip is recorded, PENDING. */
  | { readonly type: 'orders.trip-recorded.v1'; readonly data: RecordedTrip }
  /** A party is about to be asked. From now on it may have a booking to cancel. */
  | { readonly type: 'orders.trip-booking-asked.v1'; readonly data: { readonly party: Party } }
  | {
      /** A party's reply is stored. */
      readonly type: 'orders.trip-booking-answered.v1';
      readonly data: { readonly party: Party; readonly reply: PartyReply };
    }
  /** The trip is booked. */
  | { readonly type: 'orders.trip-booked.v1'; readonly data: Record<string, never> }
  /** The trip is rejected. */
  | { readonly type: 'orders.trip-rejected.v1'; readonly data: { readonly reason: TripReason } }
  /** The party has cancelled a booking that is not needed, or its surplus bookings. */
  | { readonly type: 'orders.trip-booking-undone.v1'; readonly data: { readonly party: Party } };

/** Applies an event that happened at `at` (RFC 3339) to a trip; undefined before the trip is recorded. */
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
      isUndone: false,
    })),
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
      return withBooking(trip, event.data.party, (booking) => answered(booking, event.data.reply));
    case 'orders.trip-booked.v1':
      return { status: 'BOOKED' };
    case 'orders.trip-rejected.v1':
      return { status: 'REJECTED', ...event.data };
    case 'orders.trip-booking-undone.v1':
      return withBooking(trip, event.data.party, (booking) => undone(trip, booking));
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

function answered(booking: Booking, reply: PartyReply): Booking {
  switch (reply.kind) {
    case 'booked': {
      const [reference = null, ...surplus] = reply.references;
      return { ...booking, state: 'BOOKED', reference, hasSurplus: surplus.length > 0 };
    }
    case 'refused':
      return { ...booking, state: 'REFUSED', reason: reply.reason };
    case 'unreachable':
      return { ...booking, state: 'UNKNOWN' };
    default:
      return never(reply);
  }
}

/**
 * Marks a booking's cancellation as done. A refusal stays REFUSED, although the party was told to cancel everything
 * under the key.
 */
function undone(trip: Trip, booking: Booking): Booking {
  if (isNeeded(trip, booking)) return { ...booking, hasSurplus: false };
  const state = booking.state === 'REFUSED' ? booking.state : 'CANCELLED';
  return { ...booking, state, hasSurplus: false, isUndone: true };
}
