import { type Decision, never, type StepAnswer, unchanged } from '../decision';
import { refused } from '../refusal';
import { isStopped, stepsLeft } from './evolve-attention';
import type { Attention, CommandKind, Order, Pending } from './order';
import type { OrderEvent } from './order-events';
import { shipmentOf } from './report-shipment';
import { refusedLate } from './semantic-lock';
import { withSurplus } from './surplus';

/** What a command names of an order; those on shipments name one. */
interface Named {
  readonly commandId: string;
  readonly shipmentId?: string;
}

/**
 * A command as it was cut short. What a shipment takes with it is the business of that shipment; every other command
 * that goes on has the order for itself.
 */
export function cutShortOf<C extends Named>(
  kind: CommandKind,
  command: C,
  stop: Attention | null,
): C & CutShort {
  const { shipmentId = null } = command;
  return { ...command, kind, shipmentId: kind === 'ship' ? shipmentId : null, stop };
}

/** A command whose saga did not get to its end. */
export interface CutShort {
  readonly commandId: string;
  readonly kind: CommandKind;
  /** The shipment it lets leave, where it is of one; every other command that goes on has the order for itself. */
  readonly shipmentId: string | null;
  /** The steps left, and what has to be mended before they can be taken; null: nothing, whoever finds it lost goes on. */
  readonly stop: Attention | null;
}

/** It is not over with a command: the order says how it stands, and whoever finds it lost, or an operator, goes on. */
export interface Unfinished {
  readonly kind: 'unfinished';
}

export const unfinished: Unfinished = { kind: 'unfinished' };

/**
 * The undo of a claim, which has no way back once it was taken: then the command is not over, and where it cannot go on
 * an operator is told. One that was not taken is refused for good, and says so in the order; `claimed` is what the claim
 * has answered, if anything: where it is still to come, this refusal stands in the place of its answer.
 */
export function decideCutShort(
  order: Order | undefined,
  claimed: StepAnswer | undefined,
  command: CutShort,
): Decision<StepAnswer | Unfinished, OrderEvent> {
  if (claimed?.kind === 'refused') return unchanged(claimed);
  if (claimed || isTakenBy(order, command)) return decideStop(order, command);
  return refusedLate(order, command.kind, command.commandId, refused('PROCESSING_FAILED'));
}

/** Tells an operator of a command that cannot get to its end; what somebody else has ended meanwhile needs nobody. */
export function decideStop(order: Order | undefined, command: CutShort): Decision<Unfinished, OrderEvent> {
  const { commandId, shipmentId, stop } = command;
  if (!stop || !isTakenBy(order, command)) return unchanged(unfinished);
  const data = { commandId, shipmentId, ...stop };
  return { answer: unfinished, events: [{ type: 'orders.command-stopped.v1', data }] };
}

/** Whether a command still has something to do with an order, and may be doing it. */
function isTakenBy(
  order: Order | undefined,
  { commandId, shipmentId }: Pick<CutShort, 'commandId' | 'shipmentId'>,
): boolean {
  if (!order) return false;
  if (shipmentId === null) return order.pending?.commandId === commandId && !order.pending.isStopped;
  const shipment = shipmentOf(order, shipmentId);
  return shipment?.shippedBy === commandId && shipment.captured === undefined && !isStopped(shipment);
}

/** An operator has what commands have left done: shipments are due at once, and who has the order goes on. */
export function decideRetryCommands(
  order: Order | undefined,
  by: string,
  now: string,
): Decision<{ readonly kind: 'done' }, OrderEvent> {
  const isLeft = order?.compensation === 'needs_attention' && stepsLeft(order).length > 0;
  const answer = { kind: 'done' } as const;
  return isLeft
    ? { answer, events: [{ type: 'orders.commands-retried.v1', data: { by, dueAt: now } }] }
    : unchanged(answer);
}

/**
 * Ends the command that has an order and has stopped, once an operator has done by hand what was left of it. What it was
 * to bring about counts as done: units that were given back and not found elsewhere are cancelled, and so is what a
 * cancellation was to cancel; a revision stands if it was applied, and has failed if it was not. Only the inventory could
 * tell whether that leaves partners with too much: where any were asked, they are to cancel what they have too much of.
 */
export function endedByHand(
  { pending }: Pick<Order, 'pending'>,
  mayLeaveSurplus: boolean,
): readonly OrderEvent[] {
  return pending?.isStopped ? endOf(pending, mayLeaveSurplus) : [];
}

function endOf(pending: Pending, mayLeaveSurplus: boolean): readonly OrderEvent[] {
  const { commandId } = pending;
  switch (pending.kind) {
    case 'cancel':
      return withSurplus([{ type: 'orders.order-cancelled.v1', data: { commandId } }], mayLeaveSurplus);
    case 'revise': {
      const { applied, turnedBack: reason = 'PROCESSING_FAILED' } = pending;
      return applied
        ? withSurplus([{ type: 'orders.revision-finished.v1', data: { commandId } }], mayLeaveSurplus)
        : [{ type: 'orders.revision-failed.v1', data: { commandId, reason } }];
    }
    case 'reject': {
      const finished: OrderEvent = { type: 'orders.rejection-finished.v1', data: { commandId } };
      if (pending.settled) return [finished];
      const cancelled = pending.lines.map(({ lineId, quantity }) => ({ lineId, quantity }));
      const data = { commandId, sources: [], backordered: [], cancelled };
      return withSurplus([{ type: 'orders.rejection-settled.v1', data }, finished], mayLeaveSurplus);
    }
    default:
      return never(pending);
  }
}
