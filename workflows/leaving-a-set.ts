import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { HandedOverOrder } from '../src/contracts/bookings';
import type { CreateOrder, OrderOutcome } from '../src/contracts/commands';
import { compensationId, confirmationId, WORKFLOWS } from '../src/contracts/workflow-names';
import { finishCompensation } from './finish-compensation';
import { ofOrder, PENDING } from './milestones';
import type { Leaving } from './saga-over-a-set';

/** By name and type only: that workflow in turn leaves with the undos it has left. */
type ConfirmWithPartners = (order: HandedOverOrder) => Promise<OrderOutcome>;

/** As for every saga: how soon a dead worker's task goes to another. */
const WORKFLOW_TASK_TIMEOUT = '2 seconds';

/** Has a workflow of its own go on with the undos that an order has left. */
export async function leaveWithUndos({
  command,
  reason,
  undone,
  remaining,
}: Leaving<CreateOrder>): Promise<void> {
  await unlessStarted(
    startChild(finishCompensation, {
      workflowId: compensationId(command.commandId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `undo what is left of ${command.commandId}: ${remaining.join(', ')}`,
      typedSearchAttributes: ofOrder(command.commandId),
      args: [{ ...command, reason, undone, remaining }],
    }),
  );
}

/** Has a workflow of its own ask the partners of an order, and answers its id once it has been started. */
export async function leaveForPartners(order: HandedOverOrder): Promise<string> {
  const { commandId } = order.command;
  const workflowId = confirmationId(commandId);
  await unlessStarted(
    startChild<ConfirmWithPartners>(WORKFLOWS.confirmWithPartners, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      staticSummary: `${commandId}: ask ${order.given.partners?.join(', ')}`,
      typedSearchAttributes: [...ofOrder(commandId), PENDING],
      args: [order],
    }),
  );
  return workflowId;
}

/** Somebody is at it already: whoever took this saga for dead, or this saga itself before it was reset. */
async function unlessStarted(start: Promise<unknown>): Promise<void> {
  try {
    await start;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
