import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import type { Allocation } from '../inventory/sourcing';
import { type Refusal, refused } from '../refusal';
import { bySkuAndNode, shippedLines, worthOf } from './line-units';
import type { CreditChange, Order } from './order';
import type { OrderEvent } from './order-events';
import { closedToChanges, lockedByOther, refusedLate, reservationOf, takenBy } from './semantic-lock';
import { withSurplus } from './surplus';

interface CancelOrder {
  readonly commandId: string;
}

/** What an order that is cancelled gives back: everything, but for what has left its nodes. */
export interface CancelGiven extends CreditChange {
  readonly reservationId: string;
  /** What has shipped, consumed already or not: it is not to be released. */
  readonly keeps: readonly Allocation[];
}

/** Why an order cannot be cancelled; undefined where it can. */
export function refusalOfCancel(order: Order | undefined, { commandId }: CancelOrder): Refusal | undefined {
  if (!order) return refused('UNKNOWN_ORDER');
  return closedToChanges(order) ?? lockedByOther(order, commandId);
}

/** Takes the order for its cancellation: from here on nothing of it ships. There is no way back, so nothing fails. */
export function decideClaimCancel(
  order: Order | undefined,
  { commandId }: CancelOrder,
): Decision<StepAnswer<CancelGiven>, OrderEvent> {
  const refusal = refusalOfCancel(order, { commandId });
  if (refusal || !order) return refusedLate(order, 'cancel', commandId, refusal ?? refused('UNKNOWN_ORDER'));
  const answer = { ...done, ...cancelGiven(order) };
  if (order.pending) return unchanged(answer);
  return { answer, events: [{ type: 'orders.cancel-claimed.v1', data: { commandId } }] };
}

function cancelGiven(order: Order): CancelGiven {
  const shipped = shippedLines(order);
  return {
    reservationId: reservationOf(order),
    keeps: bySkuAndNode(shipped.map(({ sku, nodeId, quantity }) => ({ sku, nodeId, quantity }))),
    creditBy: worthOf(order, shipped) - order.total,
  };
}

/** All that was to be given back has been: what had not shipped is cancelled, and where nothing had, the order is. */
export function decideFinishCancel(
  order: Order | undefined,
  { commandId }: CancelOrder,
  hasSurplus = false,
): Decision<StepAnswer, OrderEvent> {
  if (!takenBy(order, 'cancel', commandId)) return unchanged(done);
  const cancelled: OrderEvent = { type: 'orders.order-cancelled.v1', data: { commandId } };
  return { answer: done, events: withSurplus([cancelled], hasSurplus) };
}
