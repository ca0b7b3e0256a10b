import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ExpireShipment, RejectUnits } from '../src/contracts/commands';
import type { RejectionSteps } from '../src/contracts/fulfilment-steps';
import { commandOutcomesOf } from './command-outcome';
import { leaveSurplus } from './leaving-a-set';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD, UNDO } from './step-options';
import { untilHeard } from './until-heard';

const { claimRejection, claimOverdue, replaceUnits, settleRejection, decreaseCredit, finishRejection } =
  proxyLocalActivities<Activities>(FORWARD);
const { stopRejection } = proxyLocalActivities<Activities>(UNDO);

const afterwards = { replaceUnits, settleRejection, decreaseCredit, finishRejection };

/**
 * Nodes give units back: they are looked for elsewhere, wait, or are cancelled and their credit given back. A node that
 * cannot deliver cannot be made to, so the saga only goes forward; whoever finds it lost runs it again from its claim.
 */
export async function rejectUnits(commands: readonly RejectUnits[]): Promise<CommandOutcome[]> {
  const steps = { claimRejection, ...afterwards };
  const undos = { cutRejectShort: untilHeard('cutRejectShort') };
  const saga = sagaOver(commands, fromTheStart<RejectionSteps>({}), { steps, undos });
  await saga.step('claimRejection', { undo: 'cutRejectShort' });
  await saga.step('replaceUnits');
  await saga.step('settleRejection');
  await saga.step('decreaseCredit');
  await saga.step('finishRejection');
  const ends = await saga.ends();
  await leaveSurplus(ends);
  return commandOutcomesOf(ends);
}

/** Nodes that have let their deadline pass lose their shipments in the same way. */
export async function expireShipments(commands: readonly ExpireShipment[]): Promise<CommandOutcome[]> {
  const steps = { claimOverdue, ...afterwards };
  const undos = { stopRejection };
  const saga = sagaOver(commands, fromTheStart<RejectionSteps>({}), { steps, undos });
  await saga.step('claimOverdue', { undo: 'stopRejection' });
  await saga.step('replaceUnits');
  await saga.step('settleRejection');
  await saga.step('decreaseCredit');
  await saga.step('finishRejection');
  const ends = await saga.ends();
  await leaveSurplus(ends);
  return commandOutcomesOf(ends);
}
