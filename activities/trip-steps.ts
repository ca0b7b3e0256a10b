import { ApplicationFailure } from '@temporalio/activity';
import type { BookingOutcome, FoundOutcome } from '../src/contracts/bookings';
import { PARTY_UNREACHABLE } from '../src/contracts/saga';
import { decideAgainstTrip, noteCancelled, noteReply, tripProgress } from '../src/domain/trip/decide-trip';
import {
  type BookingUndo,
  bookingKeyOf,
  type DecidedTrip,
  type Party,
  type PartyReply,
  type TripProgress,
  type Wish,
} from '../src/domain/trip/trip';
import { cancelBooking } from './cancel-booking';
import { unconfirmed } from './patience';
import type { StepDeps } from './step-deps';

interface OfTrip {
  readonly id: string;
}

/** A party's reply to the request of a trip. */
export interface PartySaid extends OfTrip {
  readonly party: Party;
  readonly reply: PartyReply;
}

/** A party that a trip asks, and for what. */
export interface TripAsking extends Pick<Wish, 'party' | 'what'> {
  readonly tripId: string;
}

/** A booking of a trip that a party has to take back. */
export interface TripUndo extends BookingUndo {
  readonly tripId: string;
}

/** The steps of a trip on its row, which says what comes next. */
export function tripSteps({ stores: { trips }, callers }: StepDeps) {
  const told = (id: string, trip: TripProgress) => {
    if (trip.kind === 'booked' || (trip.kind === 'rejected' && trip.undos.length === 0)) callers.tell([id]);
    return trip;
  };
  return {
    /** Says how far a trip is. */
    resumeTrip: ({ id }: OfTrip): Promise<TripProgress> =>
      trips.decide(id, (trip, { subject }) => tripProgress(trip, subject)),

    /** Notes a party's reply, and says which party is asked next or how the trip is decided. */
    noteReply: async ({ id, party, reply }: PartySaid): Promise<TripProgress> =>
      told(id, await trips.decide(id, (trip, command) => noteReply(trip, command, { party, reply }))),

    /** Rejects a trip whose own data keeps it from going on. */
    decideAgainstTrip: async ({ id }: OfTrip): Promise<DecidedTrip> =>
      decided(
        told(
          id,
          await trips.decide(id, (trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED')),
        ),
      ),

    /** Notes that a party has cancelled what the trip has no use for. */
    noteCancelled: async ({ id, party }: OfTrip & { readonly party: Party }): Promise<TripProgress> =>
      told(id, await trips.decide(id, (trip, command) => noteCancelled(trip, command, [party]))),
  };
}

function decided(trip: TripProgress): DecidedTrip {
  if (trip.kind === 'ask') throw new Error('a trip that was decided asks nobody');
  return trip;
}

/** The calls of trips to their parties. */
export function tripCalls({ parties, partnerPatienceMs }: StepDeps) {
  return {
    /** Asks a party. One call: without an answer the key has to be looked up before it is asked again. */
    bookAtParty({ tripId, party, what }: TripAsking): Promise<BookingOutcome> {
      return parties.book(party, bookingKeyOf(tripId, party), what);
    },

    /** Looks up what a party has under a trip's key. */
    async lookUpAtParty({ tripId, party }: TripAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(party, bookingKeyOf(tripId, party));
      if (found.kind === 'unknown')
        throw ApplicationFailure.retryable(`${party}: ${found.detail}`, PARTY_UNREACHABLE);
      return found;
    },

    /** Has a party cancel a booking, or the part of it that is too much. */
    async cancelAtParty({ tripId, party, keep }: TripUndo): Promise<void> {
      const key = bookingKeyOf(tripId, party);
      const kept = keep === null ? {} : { kept: () => keep };
      const outcome = await cancelBooking(parties, { party, key, ...kept });
      if (outcome.kind === 'unknown') throw unconfirmed(`${party}: ${outcome.detail}`, partnerPatienceMs);
    },
  };
}
