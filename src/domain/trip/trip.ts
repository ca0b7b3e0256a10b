import { compositeName } from '../../names/composite-name';
import { never } from '../decision';

export const TRIP_STATUSES = ['PENDING', 'BOOKED', 'REJECTED'] as const;
export const BOOKING_STATES = ['WANTED', 'ASKED', 'BOOKED', 'REFUSED', 'UNKNOWN', 'CANCELLED'] as const;
/** The reasons why a trip was not booked. The booking that failed carries the party's own reason. */
export const TRIP_REFUSALS = {
  BOOKING_REFUSED: 'A party refused a booking that is not optional. The booking has its reason.',
  PARTY_UNREACHABLE: 'A party did not reply in time to a booking that is not optional.',
  PROCESSING_FAILED:
    'A step failed on the data of the trip, or an operator resolved the trip before its decision.',
} as const;
/** In the order of asking: scarce and hard to replace first, dispensable last. */
export const PARTIES = ['hotel', 'flight', 'car'] as const;

export type TripReason = keyof typeof TRIP_REFUSALS;

export const TRIP_REASONS = Object.keys(TRIP_REFUSALS) as TripReason[];

export type Party = (typeof PARTIES)[number];

/** A booking that a traveller wants from one party. */
export interface Wish {
  readonly party: Party;
  /** In the party's own terms: city and nights, from and to, days. */
  readonly what: Readonly<Record<string, string | number>>;
  /** True when the trip may be booked without it. */
  readonly isOptional: boolean;
}

export interface Booking extends Wish {
  /** ASKED and UNKNOWN: the party may have booked it, or may still do so. */
  readonly state: (typeof BOOKING_STATES)[number];
  /** The party's reference for the booking. */
  readonly reference: string | null;
  /** The party's own reason for a refusal. */
  readonly reason: string | null;
  /** True while the party has surplus bookings of it. */
  readonly hasSurplus: boolean;
  /** True once every booking under the trip's key is cancelled at the party. */
  readonly isUndone: boolean;
}

export interface Trip {
  readonly id: string;
  readonly caller: string;
  readonly traveller: string;
  readonly status: (typeof TRIP_STATUSES)[number];
  readonly reason: TripReason | null;
  readonly bookings: readonly Booking[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type RecordedTrip = Pick<Trip, 'caller' | 'traveller'> & {
  readonly wishes: readonly Wish[];
};

/** A party's reply. `unreachable`: the party may have booked all the same, or may book later. */
export type PartyReply =
  | { readonly kind: 'booked'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable' };

/** Returns true when a booked trip keeps this booking. */
export function isNeeded({ status }: Pick<Trip, 'status'>, { state }: Booking): boolean {
  return status === 'BOOKED' && state === 'BOOKED';
}

/**
 * Returns true when a party must be told to cancel: it was asked and is not part of the decided trip, whatever its
 * reply, or it has booked more than the trip needs.
 */
export function mustGo(trip: Pick<Trip, 'status'>, booking: Booking): boolean {
  if (isNeeded(trip, booking)) return booking.hasSurplus;
  return booking.state !== 'WANTED' && !booking.isUndone;
}

/**
 * A booking to cancel. `keep` is the reference that the trip needs, if any; only the surplus beside it is cancelled.
 */
export interface BookingUndo {
  readonly party: Party;
  readonly keep: string | null;
}

/** Returns the cancellations that a decided trip still needs, the last booking first. */
export function undosOf(trip: Pick<Trip, 'status' | 'bookings'>): readonly BookingUndo[] {
  if (trip.status === 'PENDING') return [];
  return trip.bookings
    .filter((booking) => mustGo(trip, booking))
    .map((booking) => ({ party: booking.party, keep: isNeeded(trip, booking) ? booking.reference : null }))
    .reverse();
}

/** Returns the key of a trip's booking at a party: the same for every run and every retry. */
export function bookingKeyOf(tripId: string, party: Party): string {
  return compositeName(tripId, party);
}

interface Shown {
  readonly bookings: readonly Pick<Booking, 'party' | 'state' | 'reference' | 'reason'>[];
}

interface Asking extends Shown {
  readonly kind: 'ask';
  readonly asking: Pick<Wish, 'party' | 'what'>;
}

/** A decided trip and its remaining cancellations. */
export type DecidedTrip = Shown & { readonly undos: readonly BookingUndo[] } & (
    | { readonly kind: 'booked' }
    | { readonly kind: 'rejected'; readonly reason: TripReason }
  );

/** A trip's progress and its next action. */
export type TripProgress = Asking | DecidedTrip;

/**
 * Returns a saga's next action for a trip, from the trip's state alone.
 * @throws Error when a pending trip asks no party
 */
export function progressOf(trip: Trip): TripProgress {
  const bookings = trip.bookings.map(({ party, state, reference, reason }) => ({
    party,
    state,
    reference,
    reason,
  }));
  const undos = undosOf(trip);
  switch (trip.status) {
    case 'PENDING': {
      const asked = trip.bookings.find(({ state }) => state === 'ASKED');
      if (!asked) throw new Error(`trip ${trip.id} is PENDING and has no party to ask`);
      const { party, what } = asked;
      return {
        kind: 'ask',
        asking: { party, what: inOrder({ traveller: trip.traveller, ...what }) },
        bookings,
      };
    }
    case 'BOOKED':
      return { kind: 'booked', undos, bookings };
    case 'REJECTED':
      return { kind: 'rejected', reason: trip.reason ?? 'PROCESSING_FAILED', undos, bookings };
    default:
      return never(trip.status);
  }
}

/**
 * Sorts the fields by name. The store returns them in another order, and a retry must send the same request: otherwise
 * the party may take it for a different request under the same key.
 */
function inOrder(what: Wish['what']): Wish['what'] {
  return Object.fromEntries(Object.entries(what).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the name of a cancellation, as an operator sees it. */
export function undoNameOf(party: Party): string {
  switch (party) {
    case 'hotel':
      return 'cancelHotel';
    case 'flight':
      return 'cancelFlight';
    case 'car':
      return 'cancelCar';
    default:
      return never(party);
  }
}
