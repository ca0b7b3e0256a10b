import { CancellationScope, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { FinishTrip } from '../src/contracts/trips';
import type { DecidedTrip } from '../src/domain/trip/trip';
import { FORWARD } from './step-options';
import { tripLedger } from './trip-ledger';
import { undoBookings } from './undoing-a-trip';

const { sealTrip } = proxyLocalActivities<Activities>(FORWARD);

/**
 * Takes back what a trip has no use for where its own saga does not: it was lost, or an operator has what it left
 * run again. The trip is ended first, so that a saga that was alive after all books nothing more; one that turns out
 * to be booked keeps its bookings.
 */
export async function finishTrip(command: FinishTrip): Promise<DecidedTrip> {
  const ledger = tripLedger();
  return CancellationScope.nonCancellable(async () => {
    const { commandId, reason } = command;
    const trip = await sealTrip.executeWithOptions({ summary: commandId }, [{ command, reason }]);
    ledger.show(trip);
    const left = await undoBookings(command, trip);
    ledger.show(left);
    return left;
  });
}
