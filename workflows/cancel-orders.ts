import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CancelOrder, CommandOutcome } from '../src/contracts/commands';
import type { CancelSteps } from '../src/contracts/fulfilment-steps';
import { commandOutcomesOf } from './command-outcome';
import { leaveSurplus } from './leaving-a-set';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';
import { untilHeard } from './until-heard';

const { claimCancel, releaseRest, decreaseCredit, finishCancel } = proxyLocalActivities<Activities>(FORWARD);

/**
 * Cancels what has not shipped. Once an order is claimed there is no way back: its undo refuses a claim that is still to
 * come, and tells an operator of one that cannot go on.
 */
export async function cancelOrders(commands: readonly CancelOrder[]): Promise<CommandOutcome[]> {
  const saga = sagaOver(commands, fromTheStart<CancelSteps>({}), {
    steps: { claimCancel, releaseRest, decreaseCredit, finishCancel },
    undos: { cutCancelShort: untilHeard('cutCancelShort') },
  });
  await saga.step('claimCancel', { undo: 'cutCancelShort' });
  await saga.step('releaseRest');
  await saga.step('decreaseCredit');
  await saga.step('finishCancel');
  const ends = await saga.ends();
  await leaveSurplus(ends);
  return commandOutcomesOf(ends);
}
