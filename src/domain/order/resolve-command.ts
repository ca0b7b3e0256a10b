import type { CommandChange, CommandRow, ResolveDecision } from '../command/recorded-command';
import { done, never } from '../decision';
import { type Refusal, refused } from '../refusal';
import { freeCancelled } from './cancel-order';
import { rejected } from './create-order';
import { waitsByLine, withEarlyFills } from './fill-order';
import type { Order, Terms } from './order';
import { alreadyDecided, type OrderDecision } from './order-decision';
import type { OrderEvent } from './order-events';
import { freeRejected } from './reject-shipment';
import { shipmentOf } from './report-shipment';
import { freeRevised, turnedBack } from './revise-order';
import { isLockedBy } from './semantic-lock';

/**
 * Decides how an operator's word ends another command. A target that is undecided is decided against here, and the
 * resolution is over: the target's own saga runs its compensations. (A trip is decided against in its own row, after
 * this.) A decided target is ended step by step.
 */
export function decideResolution(
  order: Order | undefined,
  command: CommandRow<'resolve'>,
  target: CommandRow | undefined,
): OrderDecision<ResolveDecision> {
  if (command.decision) return alreadyDecided(command.decision);
  const { id } = command;
  const isUndecided = target && !target.isClosed && !target.decision;
  const decision: ResolveDecision = { kind: isUndecided ? 'decided-against' : 'by-hand' };
  if (!isUndecided || target.kind === 'trip')
    return { answer: decision, events: [], commands: [{ id, decision }] };
  const against = decidedAgainst(order, target);
  return {
    answer: decision,
    events: against.events,
    commands: [...against.commands, { id, decision, close: true }],
  };
}

interface Against {
  readonly events: readonly OrderEvent[];
  readonly commands: readonly CommandChange[];
}

function decidedAgainst(order: Order | undefined, target: CommandRow): Against {
  const reason = 'PROCESSING_FAILED';
  // A resolution has nothing to give back.
  if (target.kind === 'resolve')
    return { events: [], commands: [{ id: target.id, decision: { kind: 'decided-against' }, close: true }] };
  if (target.kind === 'revise' && isLockedBy(order, 'revise', target.id))
    return turnedBack(target, { reason });
  if (target.kind === 'create' && order?.status === 'PENDING')
    return {
      events: [rejected({ reason })],
      commands: [{ id: target.id, decision: { kind: 'rejected', reason } }],
    };
  throw new Error(`${target.kind} ${target.id} is undecided and its order is not waiting for it`);
}

/** A command as an operator found it, and the steps that had answered by themselves before his word came. */
interface ByHand {
  readonly target: CommandRow | undefined;
  readonly answeredMeanwhile: readonly string[];
}

/**
 * Ends a decided command on its order once an operator has done by hand what was left of it, and closes it with the
 * resolution. What it was to bring about counts as done: units that were not found elsewhere are cancelled.
 */
export function endedByHand(
  order: Order | undefined,
  command: CommandRow<'resolve'>,
  { target, answeredMeanwhile }: ByHand,
  terms: Terms,
): OrderDecision<typeof done> {
  const decision: ResolveDecision = { kind: 'by-hand', answeredMeanwhile };
  const close: readonly CommandChange[] = [{ id: command.id, decision, close: true }];
  if (!target || target.isClosed) return { answer: done, events: [], commands: close };
  const ended = endOf(order, target, terms);
  return { answer: done, events: ended, commands: [...close, { id: target.id, close: true }] };
}

function endOf(order: Order | undefined, target: CommandRow, terms: Terms): readonly OrderEvent[] {
  switch (target.kind) {
    case 'cancel':
      return freeCancelled(order, target, false).events;
    case 'revise':
      return freeRevised(order, target as CommandRow<'revise'>, false).events;
    case 'reject':
      return rejectionEnd(order, target as CommandRow<'reject'>, terms);
    case 'ship':
      return shippingEnd(order, target as CommandRow<'ship'>);
    case 'create':
    case 'accept':
    case 'deliver':
    case 'trip':
    case 'resolve':
      return [];
    default:
      return never(target.kind);
  }
}

/** Units that nobody has settled are cancelled. */
function rejectionEnd(
  order: Order | undefined,
  target: CommandRow<'reject'>,
  terms: Terms,
): readonly OrderEvent[] {
  if (!isLockedBy(order, 'reject', target.id) || !target.decision) return [];
  const free = freeRejected(order, target, false).events;
  const lines = target.decision.lines.map(({ lineId, quantity }) => ({ lineId, quantity }));
  const isSettled = !lines.some(({ lineId, quantity }) => nowhere(order, lineId) >= quantity);
  if (isSettled) return free;
  const data = { commandId: target.id, sources: [], backordered: waitsByLine([], []), cancelled: lines };
  return [...withEarlyFills(order, { type: 'orders.rejection-settled.v1', data }, terms), ...free];
}

/** Units of a line that are neither at a node, nor waited for, nor cancelled. */
function nowhere({ lines, shipments }: Order, lineId: string): number {
  const line = lines.find((one) => one.lineId === lineId);
  if (!line) return 0;
  const sum = (parts: readonly { readonly quantity: number }[]) =>
    parts.reduce((total, { quantity }) => total + quantity, 0);
  const carried = shipments
    .filter(({ state }) => state !== 'REJECTED' && state !== 'CANCELLED')
    .flatMap((shipment) => shipment.lines.filter((one) => one.lineId === lineId));
  return line.quantity - line.cancelled - sum(line.committed) - sum(line.waits) - sum(carried);
}

/** What was dealt with by hand counts as captured with nothing. */
function shippingEnd(order: Order | undefined, { wanted }: CommandRow<'ship'>): readonly OrderEvent[] {
  const shipment = order && shipmentOf(order, wanted.shipmentId);
  if (!shipment || shipment.captured !== undefined) return [];
  return [{ type: 'orders.payment-captured.v1', data: { shipmentId: shipment.id, amount: 0 } }];
}

/** Records an operator's word on a command that needs attention. */
export function recordResolution(
  target: CommandRow | undefined,
): OrderDecision<{ readonly kind: 'recorded' }> | Refusal {
  if (!target?.attention) return refused('NOT_STUCK', 'the command needs no attention');
  return alreadyDecided({ kind: 'recorded' });
}
