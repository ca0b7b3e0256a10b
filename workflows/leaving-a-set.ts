import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { HandedOverOrder } from '../src/contracts/bookings';
import type { FinishUndo } from '../src/contracts/claim-undos';
import type { OnOrder, OrderOutcome } from '../src/contracts/commands';
import type { OrderToUndo } from '../src/contracts/steps';
import { compensationId, confirmationId, finishUndoId, WORKFLOWS } from '../src/contracts/workflow-names';
import { WORKFLOW_TASK_TIMEOUT } from '../src/contracts/workflow-task-timeout';
import type { SurplusGiven } from '../src/domain/inventory/partner-booking';
import { finishCompensation } from './finish-compensation';
import { ofOrder, PENDING } from './milestones';
import type { Leaving, MemberEnd } from './saga-member';

/** By name and type only: that workflow in turn leaves with the undos it has left. */
type ConfirmWithPartners = (order: HandedOverOrder) => Promise<OrderOutcome>;
type FinishesUndo = (left: FinishUndo) => Promise<void>;

/** Goes on when whoever has begun it ends, and is as quick as any saga to leave a dead worker. */
const ON_ITS_OWN = {
  parentClosePolicy: ParentClosePolicy.ABANDON,
  workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
} as const;

/** Has a workflow of its own go on with the undos that an order has left, whoever would have this one stop. */
export async function leaveWithUndos({
  command,
  reason,
  undone,
  remaining,
}: Leaving<OrderToUndo>): Promise<void> {
  const start = () =>
    startChild(finishCompensation, {
      ...ON_ITS_OWN,
      workflowId: compensationId(command.commandId),
      staticSummary: `undo what is left of ${command.commandId}: ${remaining.join(', ')}`,
      typedSearchAttributes: ofOrder(command.commandId),
      args: [{ ...command, reason, undone, remaining }],
    });
  await CancellationScope.nonCancellable(() => unlessStarted(start()));
}

/** Has a workflow of its own go on with the undo of a claim that could not be heard here. */
export async function leaveWithClaim(left: Omit<FinishUndo, 'saga'>): Promise<void> {
  const { commandId, orderId } = left.member.command;
  const saga = workflowInfo().workflowType as FinishUndo['saga'];
  await unlessStarted(
    startChild<FinishesUndo>(WORKFLOWS.finishUndo, {
      ...ON_ITS_OWN,
      workflowId: finishUndoId(commandId),
      staticSummary: `${left.undo} ${commandId}`,
      typedSearchAttributes: ofOrder(orderId),
      args: [{ ...left, saga }],
    }),
  );
}

/** Has what partners have booked for changed orders, and these do not need any more, cancelled. */
export async function leaveSurplus(ends: readonly MemberEnd<OnOrder, SurplusGiven>[]): Promise<void> {
  const concerned = ends.filter((end) => end.kind === 'completed' && end.given.hasSurplus);
  await Promise.all(concerned.map(({ command }) => leave(command)));
}

function leave({ orderId: commandId, caller, correlation, traceparent, customerId }: OnOrder): Promise<void> {
  const traced = traceparent === undefined ? {} : { traceparent };
  return leaveWithUndos({
    // Its stock and its credit are settled: no line of it is looked at.
    command: { commandId, caller, correlation, ...traced, customerId, lines: [] },
    reason: 'RECLAIMED',
    undone: [],
    remaining: ['cancelAtPartners'],
  });
}

/** Has a workflow of its own ask the partners of an order, and answers its id once it has been started. */
export async function leaveForPartners(order: HandedOverOrder): Promise<string> {
  const { commandId } = order.command;
  const workflowId = confirmationId(commandId);
  await unlessStarted(
    startChild<ConfirmWithPartners>(WORKFLOWS.confirmWithPartners, {
      ...ON_ITS_OWN,
      workflowId,
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
