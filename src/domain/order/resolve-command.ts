import type { CommandChange, CommandRow, ResolveDecision } from '../command/recorded-command';
import { done, never } from '../decision';
import type { FoundStock } from '../inventory/reservation/extend';
import { type Refusal, refused } from '../refusal';
import { freeCancelled } from './cancel-order';
import { rejected } from './create-order';
import { evolveOrder } from './evolve-order';
import type { Order, Terms } from './order';
import { alreadyDecided, type OrderDecision } from './order-decision';
import type { OrderEvent } from './order-events';
import { isMovingUnits } from './order-status';
import { freeRejected, settleRejection } from './reject-shipment';
import { shipmentOf } from './report-shipment';
import { isRefunded, returnOf } from './return-units';
import { freeRevised, turnedBack } from './revise-order';
import { isLockedBy } from './semantic-lock';

/**
 * Decides how an operator's resolution ends another command. An undecided target is decided against, and its own saga
 * compensates. A decided target is ended step by step. A target that no longer needs attention stays with its saga, and
 * the resolution closes.
 * @throws Error when the target is undecided and its order does not wait for it
 */
export function decideResolution(
  order: Order | undefined,
  command: CommandRow<'resolve'>,
  target: CommandRow | undefined,
): OrderDecision<ResolveDecision> {
  if (command.decision) return alreadyDecided(command.decision);
  if (!target?.attention) return leftAlone(command);
  const isUndecided = !target.decision;
  const decision: ResolveDecision = { kind: isUndecided ? 'decided-against' : 'by-hand' };
  const { events, commands } = isUndecided ? decidedAgainst(order, target) : NOTHING;
  return { answer: decision, events, commands: [...commands, { id: command.id, decision }] };
}

function leftAlone({ id }: CommandRow<'resolve'>): OrderDecision<ResolveDecision> {
  const decision: ResolveDecision = { kind: 'left-alone' };
  return { answer: decision, events: [], commands: [{ id, decision, close: true }] };
}

interface Against {
  readonly events: readonly OrderEvent[];
  readonly commands: readonly CommandChange[];
}

const NOTHING: Against = { events: [], commands: [] };

function decidedAgainst(order: Order | undefined, target: CommandRow): Against {
  const reason = 'PROCESSING_FAILED';
  switch (target.kind) {
    case 'create':
      if (order?.status !== 'PENDING') break;
      return {
        events: [rejected({ reason })],
        commands: [{ id: target.id, decision: { kind: 'rejected', reason } }],
      };
    case 'revise':
      if (!isLockedBy(order, 'revise', target.id)) break;
      return turnedBack(target, { reason });
    case 'trip':
      // The trip's own row decides, in the next step.
      return NOTHING;
    case 'resolve':
      return { events: [], commands: [{ id: target.id, decision: { kind: 'by-hand' }, close: true }] };
    default:
      break;
  }
  throw new Error(`${target.kind} ${target.id} is undecided, but has not locked its order`);
}

/** The input for ending a command by hand. */
export interface ByHand {
  readonly terms: Terms;
  /** The units that a rejection had found before the operator ended it. */
  readonly found?: FoundStock | undefined;
  /** The steps that stored answers of their own before the operator's resolution. */
  readonly answeredMeanwhile?: readonly string[];
}

/**
 * Ends a decided command on its order after an operator finished it by hand, and closes it together with the
 * resolution. Its effects count as done: units not found elsewhere are cancelled.
 */
export function endedByHand(
  order: Order | undefined,
  command: CommandRow<'resolve'>,
  target: CommandRow | undefined,
  byHand: ByHand,
): OrderDecision<typeof done> {
  const { answeredMeanwhile = [] } = byHand;
  const decision: ResolveDecision = { kind: 'by-hand', answeredMeanwhile };
  const close: readonly CommandChange[] = [{ id: command.id, decision, close: true }];
  if (!target || target.isClosed) return { answer: done, events: [], commands: close };
  const events = endOf(order, target, byHand);
  return { answer: done, events, commands: [...close, { id: target.id, close: true }] };
}

function endOf(order: Order | undefined, target: CommandRow, byHand: ByHand): readonly OrderEvent[] {
  switch (target.kind) {
    case 'cancel':
      return freeCancelled(order, target, false).events;
    case 'revise':
      return freeRevised(order, target as CommandRow<'revise'>, false).events;
    case 'reject':
      return rejectionEnd(order, target as CommandRow<'reject'>, byHand);
    case 'ship':
      return shippingEnd(order, target as CommandRow<'ship'>);
    case 'return':
      return returnEnd(order, target.id);
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

const NOWHERE: FoundStock = { allocations: [], backordered: [] };

/** Ends a rejection: unsettled units go where they were found, and units not found are cancelled. */
function rejectionEnd(
  order: Order | undefined,
  target: CommandRow<'reject'>,
  { found = NOWHERE, terms }: ByHand,
): readonly OrderEvent[] {
  if (!isLockedBy(order, 'reject', target.id)) return [];
  const settling = isMovingUnits(order)
    ? settleRejection(order, target, { found, hasSurplus: false }, terms).events
    : [];
  const settled = settling.reduce<Order | undefined>(
    (state, event) => evolveOrder(state, order.id, event, terms.now),
    order,
  );
  return [...settling, ...freeRejected(settled, target, false).events];
}

/** Ends a ship command: a payment settled by hand counts as captured with amount 0. */
function shippingEnd(order: Order | undefined, { wanted }: CommandRow<'ship'>): readonly OrderEvent[] {
  const shipment = order && shipmentOf(order, wanted.shipmentId);
  if (!shipment || shipment.captured !== undefined) return [];
  return [{ type: 'orders.payment-captured.v1', data: { shipmentId: shipment.id, amount: 0 } }];
}

/** Ends a return: a refund settled by hand counts as refunded with amount 0. */
function returnEnd(order: Order | undefined, commandId: string): readonly OrderEvent[] {
  const own = order && returnOf(order, commandId);
  if (!own || isRefunded(own)) return [];
  return [{ type: 'orders.payment-refunded.v1', data: { commandId, amount: 0 } }];
}

/** Records an operator's resolution of a command that needs attention. */
export function recordResolution(
  target: CommandRow | undefined,
): OrderDecision<{ readonly kind: 'recorded' }> | Refusal {
  if (!target?.attention) return refused('NOT_STUCK', 'the command needs no attention');
  return alreadyDecided({ kind: 'recorded' });
}
