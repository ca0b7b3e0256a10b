import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  proxyLocalActivities,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import type { OrderGiven } from '../src/contracts/steps';
import { compensationId } from '../src/contracts/workflow-names';
import { finishCompensation } from './finish-compensation';
import { milestoneOf, ofOrder } from './milestones';
import { type Leaving, type MemberEnd, sagaOver } from './saga-over-a-set';
import { FORWARD, UNDO } from './step-options';

const { recordOrder, holdCredit, commitStock, approveOrder } = proxyLocalActivities<Activities>(FORWARD);
const { rejectOrder, releaseCredit, releaseStock } = proxyLocalActivities<Activities>(UNDO);

const definition = {
  steps: { recordOrder, holdCredit, commitStock, approveOrder },
  undos: { rejectOrder, releaseCredit, releaseStock },
  leave,
};

/** Takes orders to APPROVED, or to REJECTED with everything undone. */
export async function createOrder(commands: readonly CreateOrder[]): Promise<OrderOutcome[]> {
  const saga = sagaOver(commands, {} as OrderGiven, definition);
  await saga.step('recordOrder', { undo: 'rejectOrder' });
  await saga.step('holdCredit', { undo: 'releaseCredit' });
  await saga.step('commitStock', { undo: 'releaseStock' });
  await saga.step('approveOrder', { isPivot: true });
  const outcomes = (await saga.ends()).map(outcomeOf);
  upsertSearchAttributes(milestoneOf(outcomes));
  return outcomes;
}

function outcomeOf(end: MemberEnd<CreateOrder, OrderGiven>): OrderOutcome {
  const orderId = end.command.commandId;
  if (end.kind === 'completed') return { kind: 'approved', orderId };
  if (end.kind === 'refused') return { kind: 'rejected', orderId, reason: end.reason };
  return { kind: 'owned-elsewhere', orderId, sagaId: end.sagaId };
}

async function leave({ command, reason, undone, remaining }: Leaving<CreateOrder>): Promise<void> {
  try {
    await startChild(finishCompensation, {
      workflowId: compensationId(command.commandId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `undo what is left of ${command.commandId}: ${remaining.join(', ')}`,
      typedSearchAttributes: ofOrder(command.commandId),
      args: [{ ...command, reason, undone, remaining }],
    });
  } catch (error) {
    // Somebody is at it already: whoever took this saga for dead.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
