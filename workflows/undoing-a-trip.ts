import { ActivityFailure, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { BookTrip, FinishTrip } from '../src/contracts/trips';
import type { DecidedTrip, Party } from '../src/domain/trip/trip';
import { CANCEL_LATER, FORWARD } from './step-options';

const { settleTrip } = proxyLocalActivities<Activities>(FORWARD);
const { cancelAtParty } = proxyActivities<Activities>(CANCEL_LATER);

/**
 * Takes back what a decided trip has no use for, the last thing asked for first. A trip has this workflow to itself,
 * so it keeps trying where an order would have left its set; what cannot be undone stops none of the others and is
 * put before an operator.
 */
export async function undoBookings(command: BookTrip | FinishTrip, trip: DecidedTrip): Promise<DecidedTrip> {
  if (trip.undos.length === 0) return trip;
  const undone: Party[] = [];
  const failed: Party[] = [];
  let failure = '';
  for (const undo of trip.undos) {
    const summary = undo.keep === null ? undo.party : `${undo.party}: all but ${undo.keep}`;
    try {
      await cancelAtParty.executeWithOptions({ summary }, [{ tripId: command.commandId, ...undo }]);
      undone.push(undo.party);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      failed.push(undo.party);
      // An activity's failure says only that it failed; its cause says why.
      failure ||= error.cause?.message ?? error.message;
    }
  }
  return settleTrip({ command, undone: { undone, failed, failure } });
}
