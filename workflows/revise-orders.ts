import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ReviseOrder } from '../src/contracts/commands';
import type { RevisionSteps } from '../src/contracts/fulfilment-steps';
import { commandOutcomesOf } from './command-outcome';
import { leaveSurplus } from './leaving-a-set';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD, UNDO } from './step-options';
import { untilHeard } from './until-heard';

const steps = proxyLocalActivities<Activities>(FORWARD);
const undos = proxyLocalActivities<Activities>(UNDO);

const GOING_BACK = {
  name: 'turnRevisionBack',
  undos: ['undoExtend', 'revokeIncrease', 'failRevision'],
} as const;

/**
 * Revises orders by what differs: what they need more of is had first, then the new content stands, and only then is
 * given back what they need less of. One that cannot have what it needs is as it was; that it goes back is decided on its
 * order first, so that nobody who runs the same command applies what is being undone.
 */
export async function reviseOrders(commands: readonly ReviseOrder[]): Promise<CommandOutcome[]> {
  const { claimRevision, increaseCredit, extendStock, applyRevision } = steps;
  const { shrinkStock, decreaseCredit, finishRevision, turnRevisionBack } = steps;
  const { revokeIncrease, undoExtend } = undos;
  const saga = sagaOver(commands, fromTheStart<RevisionSteps>({}), {
    steps: {
      claimRevision,
      increaseCredit,
      extendStock,
      applyRevision,
      shrinkStock,
      decreaseCredit,
      finishRevision,
    },
    undos: {
      turnRevisionBack,
      failRevision: untilHeard('failRevision'),
      revokeIncrease,
      undoExtend,
      stopRevision: untilHeard('stopRevision'),
    },
  });
  await saga.step('claimRevision', { undo: 'failRevision', seal: GOING_BACK });
  await saga.step('increaseCredit', { undo: 'revokeIncrease' });
  await saga.step('extendStock', { undo: 'undoExtend' });
  await saga.step('applyRevision', { isPivot: true, orElse: 'stopRevision' });
  await saga.step('shrinkStock');
  await saga.step('decreaseCredit');
  await saga.step('finishRevision');
  const ends = await saga.ends();
  await leaveSurplus(ends);
  return commandOutcomesOf(ends);
}
