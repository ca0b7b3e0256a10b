import { ApplicationFailure } from '@temporalio/activity';
import type { BookingOutcome, FoundOutcome } from '../src/contracts/bookings';
import { PARTNER_UNREACHABLE } from '../src/contracts/failures';
import type {
  BookTrip,
  FinishTrip,
  RecordTripInput,
  SealTripInput,
  SettleTripInput,
  TripAnswerInput,
  TripAsking,
  TripUndo,
} from '../src/contracts/trips';
import {
  decideAnswer,
  decideRecordTrip,
  decideSealTrip,
  decideSettleTrip,
} from '../src/domain/trip/decide-trip';
import {
  bookingKeyOf,
  type DecidedTrip,
  type RecordedTrip,
  type TripProgress,
} from '../src/domain/trip/trip';
import type { BookingParties } from '../src/providers/booking-parties';
import type { TripsStore } from '../src/stores/trips-store';
import { cancelBooking } from './cancelling-a-booking';

/** The steps of a trip: on its row, which says what comes next, and at the parties. */
export function tripSteps(trips: TripsStore, parties: BookingParties) {
  return {
    /** Records a trip as PENDING, claims its idempotency key, and says who is asked first. */
    recordTrip({ sagaId, command }: RecordTripInput): Promise<TripProgress> {
      const { commandId: tripId, idempotencyKey: key, fingerprint } = command;
      const claiming = { ...command, tripId, claim: { key, fingerprint } };
      return trips.step(claiming, ({ trip, claimedByOther, isEndedByHand }) =>
        decideRecordTrip(trip, tripId, toRecord(command, sagaId), claimedByOther, isEndedByHand),
      );
    },

    /** Takes note of what a party has said, and says who is asked next or how the trip is decided. */
    noteAnswer({ command, ...answer }: TripAnswerInput): Promise<TripProgress> {
      const { commandId: tripId } = command;
      return trips.step({ ...command, tripId }, ({ trip }) => decideAnswer(trip, tripId, answer));
    },

    /** Ends a trip that does not go on, unless it has been decided meanwhile, and says what has to be undone. */
    sealTrip({ command, reason, sagaId }: SealTripInput): Promise<DecidedTrip> {
      const { commandId: tripId } = command;
      const sealing = {
        reason,
        ...(sagaId !== undefined && isWhole(command) ? { unrecorded: toRecord(command, sagaId) } : {}),
        ...('retriedBy' in command ? { retriedBy: command.retriedBy } : {}),
      };
      return trips.step({ ...command, tripId }, ({ trip }) => decideSealTrip(trip, tripId, sealing));
    },

    /** Says how the undos of a trip have ended. */
    settleTrip({ command, undone }: SettleTripInput): Promise<DecidedTrip> {
      const { commandId: tripId } = command;
      return trips.step({ ...command, tripId }, ({ trip }) => decideSettleTrip(trip, tripId, undone));
    },

    /** Asks a party. One call: whoever hears nothing has to look before asking again. */
    bookAtParty({ tripId, party, what }: TripAsking): Promise<BookingOutcome> {
      return parties.book(party, bookingKeyOf(tripId, party), what);
    },

    /** What a party has under a trip's key. Looking changes nothing: it is tried again, for a while. */
    async lookUpAtParty({ tripId, party }: TripAsking): Promise<FoundOutcome> {
      const found = await parties.lookUp(party, bookingKeyOf(tripId, party));
      if (found.kind === 'unknown') throw outOfReach(party, found.detail);
      return found;
    },

    /** The undo of bookAtParty, or of the part of it that was too much. */
    async cancelAtParty({ tripId, party, keep }: TripUndo): Promise<void> {
      const key = bookingKeyOf(tripId, party);
      const outcome = await cancelBooking(parties, {
        party,
        key,
        ...(keep === null ? {} : { kept: () => keep }),
      });
      if (outcome.kind === 'unknown') throw outOfReach(party, outcome.detail);
    },
  };
}

function outOfReach(party: string, detail: string): ApplicationFailure {
  return ApplicationFailure.retryable(`${party}: ${detail}`, PARTNER_UNREACHABLE);
}

function isWhole(command: BookTrip | FinishTrip): command is BookTrip {
  return 'idempotencyKey' in command;
}

function toRecord({ caller, traveller, wishes }: BookTrip, sagaId: string): RecordedTrip {
  return { caller, traveller, wishes, sagaId };
}
