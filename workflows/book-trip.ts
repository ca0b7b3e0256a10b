import {
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { BookTrip, TripAsking, TripOutcome } from '../src/contracts/trips';
import type { DecidedTrip, PartyWord } from '../src/domain/trip/trip';
import { askParty } from './asking-a-party';
import { milestoneOf } from './milestones';
import { faultOf } from './set-splitting';
import { FORWARD, LOOK_UP, ONCE } from './step-options';
import { type TripLedger, tripLedger } from './trip-ledger';
import { undoBookings } from './undoing-a-trip';

const { recordTrip, noteAnswer, sealTrip } = proxyLocalActivities<Activities>(FORWARD);
const { bookAtParty } = proxyActivities<Activities>(ONCE);
const { lookUpAtParty } = proxyActivities<Activities>(LOOK_UP);

/**
 * Books hotel, flight and car at companies that know nothing of each other: all of them, or none. Each is asked
 * once the one before it has agreed, and that it is asked is recorded before the call, so that whoever ends this
 * trip knows what to undo. Cancelling this workflow before the trip is booked has everything undone.
 */
export async function bookTrip(command: BookTrip): Promise<TripOutcome> {
  const ledger = tripLedger();
  const trip = await decided(command, ledger);
  ledger.show(trip);
  const outcome = outcomeOf(command.commandId, trip);
  upsertSearchAttributes(milestoneOf([outcome]));
  ledger.show(await CancellationScope.nonCancellable(() => undoBookings(command, trip)));
  return outcome;
}

async function decided(command: BookTrip, ledger: TripLedger): Promise<DecidedTrip> {
  const { workflowId: sagaId } = workflowInfo();
  const tripId = command.commandId;
  try {
    let trip = await recordTrip.executeWithOptions({ summary: tripId }, [{ sagaId, command }]);
    while (trip.kind === 'ask') {
      ledger.show(trip);
      const { party } = trip.asking;
      const word = await ask({ tripId, ...trip.asking });
      const summary = `${party}: ${word.kind}`;
      trip = await noteAnswer.executeWithOptions({ summary }, [{ command, party, word }]);
    }
    return trip;
  } catch (error) {
    const isCancelled = isCancellation(error);
    if (!isCancelled && faultOf(error) === undefined) throw error;
    // It may have been booked all the same: sealing finds out, and then nothing of it is undone.
    const reason = isCancelled ? 'CANCELLED' : 'PROCESSING_FAILED';
    const seal = () => sealTrip.executeWithOptions({ summary: reason }, [{ command, reason, sagaId }]);
    return CancellationScope.nonCancellable(seal);
  }
}

function ask(asking: TripAsking): Promise<PartyWord> {
  const labelled = { summary: `${asking.party}: ${Object.values(asking.what).join(', ')}` };
  return askParty({
    book: () => bookAtParty.executeWithOptions(labelled, [asking]),
    lookUp: () => lookUpAtParty.executeWithOptions(labelled, [asking]),
  });
}

function outcomeOf(tripId: string, trip: DecidedTrip): TripOutcome {
  return trip.kind === 'booked'
    ? { kind: 'booked', tripId }
    : { kind: 'rejected', tripId, reason: trip.reason };
}
