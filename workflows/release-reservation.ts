import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { ReleaseOutcome, ReleaseReservation } from '../src/contracts/commands';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { releaseHold } = proxyLocalActivities<Activities>(FORWARD);

/** Gives stand-alone holds back because their callers want no more of them. */
export async function releaseReservation(commands: readonly ReleaseReservation[]): Promise<ReleaseOutcome[]> {
  const saga = sagaOver(commands, fromTheStart({}), {
    steps: { releaseHold },
    undos: {},
  });
  await saga.step('releaseHold');
  return (await saga.ends()).map((end) => {
    const { reservationId } = end.command;
    if (end.kind === 'completed') return { kind: 'released', reservationId };
    const reason = end.kind === 'refused' ? end.reason : 'PROCESSING_FAILED';
    return { kind: 'refused', reservationId, reason };
  });
}
