import { never } from '../decision';

export const TRIP_STATUSES = ['PENDING', 'BOOKED', 'REJECTED'] as const;
export const BOOKING_STATES = ['WANTED', 'ASKED', 'BOOKED', 'REFUSED', 'UNKNOWN', 'CANCELLED'] as const;
/** Why a trip was not booked; which of its bookings it was, and that party's own word, stand with the booking. */
export const TRIP_REASONS = ['BOOKING_REFUSED', 'PARTY_UNREACHABLE', 'PROCESSING_FAILED'] as const;
/** In the order they are asked: what is scarce and hard to replace comes first, what may be left out comes last. */
export const PARTIES = ['hotel', 'flight', 'car'] as const;

export type TripReason = (typeof TRIP_REASONS)[number];
export type Party = (typeof PARTIES)[number];

/** What a traveller wants of one party. */
export interface Wish {
  readonly party: Party;
  /** In the party's own terms: city and nights, from and to, days. */
  readonly what: Readonly<Record<string, string | number>>;
  /** The trip is booked without it where it cannot be had. */
  readonly isOptional: boolean;
}

export interface Booking extends Wish {
  /** ASKED and UNKNOWN: the party may have booked it, or may do so yet. */
  readonly state: (typeof BOOKING_STATES)[number];
  /** The party's own name for it. */
  readonly reference: string | null;
  /** The party's own word for a refusal. */
  readonly reason: string | null;
  /** The party has booked it more than once. */
  readonly hasSurplus: boolean;
  /** The party was told to cancel all that it may have under the trip's key. */
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

/** A party's reply. Unreachable: it may have booked all the same, or book later. */
export type PartyReply =
  | { readonly kind: 'booked'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable' };

/** A trip that is booked keeps what was booked for it. */
export function isNeeded({ status }: Pick<Trip, 'status'>, { state }: Booking): boolean {
  return status === 'BOOKED' && state === 'BOOKED';
}

/**
 * Whether a party has to be told to cancel: every party that was asked and is no part of the trip as decided, whatever
 * its reply was, and one that has booked more than the trip needs.
 */
export function mustGo(trip: Pick<Trip, 'status'>, booking: Booking): boolean {
  if (isNeeded(trip, booking)) return booking.hasSurplus;
  return booking.state !== 'WANTED' && !booking.isUndone;
}

/** A booking to take back; of one that is kept, only what there is beside `keep`. */
export interface BookingUndo {
  readonly party: Party;
  readonly keep: string | null;
}

/** What a decided trip has to give back: the last thing asked for goes first. */
export function undosOf(trip: Pick<Trip, 'status' | 'bookings'>): readonly BookingUndo[] {
  if (trip.status === 'PENDING') return [];
  return trip.bookings
    .filter((booking) => mustGo(trip, booking))
    .map((booking) => ({ party: booking.party, keep: isNeeded(trip, booking) ? booking.reference : null }))
    .reverse();
}

/** The name that a booking stands for at its party: one a trip, whoever asks and however often. */
export function bookingKeyOf(tripId: string, party: Party): string {
  return `${tripId}/${party}`;
}

interface Shown {
  readonly bookings: readonly Pick<Booking, 'party' | 'state' | 'reference' | 'reason'>[];
}

interface Asking extends Shown {
  readonly kind: 'ask';
  readonly asking: Pick<Wish, 'party' | 'what'>;
}

/** A trip that has been decided, and what of it is still to be undone. */
export type DecidedTrip = Shown & { readonly undos: readonly BookingUndo[] } & (
    | { readonly kind: 'booked' }
    | { readonly kind: 'rejected'; readonly reason: TripReason }
  );

/** How far a trip is, and what is to be done next. */
export type TripProgress = Asking | DecidedTrip;

/** What a saga has to do next for a trip, told from nothing but how the trip stands. */
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
      if (!asked) throw new Error(`trip ${trip.id} is pending and asks nobody`);
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
 * A row gives an object's fields back in an order of its own; whoever asks a second time must say the same, or a party
 * may take it for another wish under the same key.
 */
function inOrder(what: Wish['what']): Wish['what'] {
  return Object.fromEntries(Object.entries(what).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What an undo is called before an operator. */
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
