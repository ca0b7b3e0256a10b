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

/** A party's reply to a request of a trip. */
export interface PartySaid extends OfTrip {
  readonly party: Party;
  readonly reply: PartyReply;
}

/** A request of a trip to a party. */
export interface TripAsking extends Pick<Wish, 'party' | 'what'> {
  readonly tripId: string;
}

/** A booking of a trip to compensate at its party. */
export interface TripUndo extends BookingUndo {
  readonly tripId: string;
}

/** Creates the steps of a trip on its row. The row determines the saga's next action. */
export function tripSteps({ stores: { trips }, callers }: StepDeps) {
  const told = (id: string, trip: TripProgress) => {
    if (trip.kind === 'booked' || (trip.kind === 'rejected' && trip.undos.length === 0)) callers.tell([id]);
    return trip;
  };
  return {
    /** Returns the progress of a trip. */
    resumeTrip: ({ id }: OfTrip): Promise<TripProgress> =>
      trips.decide(id, (trip, { subject }) => tripProgress(trip, subject)),

    /** Notes a party's reply. @returns the next request, or the decision of the trip */
    noteReply: async ({ id, party, reply }: PartySaid): Promise<TripProgress> =>
      told(id, await trips.decide(id, (trip, command) => noteReply(trip, command, { party, reply }))),

    /** Rejects a trip that fails on its own data. */
    decideAgainstTrip: async ({ id }: OfTrip): Promise<DecidedTrip> =>
      decided(
        told(
          id,
          await trips.decide(id, (trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED')),
        ),
      ),

    /** Notes that a party has cancelled a booking that the trip does not need. */
    noteCancelled: async ({ id, party }: OfTrip & { readonly party: Party }): Promise<TripProgress> =>
      told(id, await trips.decide(id, (trip, command) => noteCancelled(trip, command, [party]))),
  };
}

function decided(trip: TripProgress): DecidedTrip {
  if (trip.kind === 'ask') throw new Error('the trip is decided, but has a party to ask');
  return trip;
}

/** Creates the calls of trips to their parties. */
export function tripCalls({ parties, partnerPatienceMs }: StepDeps) {
  return {
    /** Asks a party to book, once. After an unknown outcome the caller looks up the key before it asks again. */
    bookAtParty({ tripId, party, what }: TripAsking): Promise<BookingOutcome> {
      return parties.book(party, bookingKeyOf(tripId, party), what);
    },

    /** Looks up the booking under a trip's key. @throws a retryable failure when the outcome is unknown */
    async lookUpAtParty({ tripId, party }: TripAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(party, bookingKeyOf(tripId, party));
      if (found.kind === 'unknown')
        throw ApplicationFailure.retryable(`${party}: ${found.detail}`, PARTY_UNREACHABLE);
      return found;
    },

    /** Cancels a booking at a party, except for the reference `keep`. @throws when the party has not confirmed */
    async cancelAtParty({ tripId, party, keep }: TripUndo): Promise<void> {
      const key = bookingKeyOf(tripId, party);
      const kept = keep === null ? {} : { kept: () => keep };
      const outcome = await cancelBooking(parties, { party, key, ...kept });
      if (outcome.kind === 'unknown') throw unconfirmed(`${party}: ${outcome.detail}`, partnerPatienceMs);
    },
  };
}
