import type { CancelDecision, CommandRow } from '../command/recorded-command';
import { done } from '../decision';
import { type Refusal, refused } from '../refusal';
import { rejected } from './create-order';
import { bySkuAndNode, shippedLines, worthOf } from './line-units';
import type { Order } from './order';
import { alreadyDecided, freed, type OrderDecision } from './order-decision';
import { closedToChanges, isLockedBy, locked, reservationOf } from './semantic-lock';

/**
 * Records a cancellation, which is also its decision: from then on nothing of the order ships, and the cancellation
 * cannot fail. Cancelling a PENDING order rejects it in place of its create command's own decision: the create saga
 * compensates, and the cancellation closes at once.
 */
export function recordCancel(
  order: Order | undefined,
  { id }: Pick<CommandRow<'cancel'>, 'id'>,
): OrderDecision<CancelDecision> | Refusal {
  if (!order) return refused('UNKNOWN_ORDER');
  if (order.status === 'PENDING') return cancelPending(order, id);
  const refusal = closedToChanges(order) ?? locked(order);
  if (refusal) return refusal;
  const shipped = shippedLines(order);
  const decision: CancelDecision = {
    kind: 'cancelled',
    reservationId: reservationOf(order),
    keeps: bySkuAndNode(shipped.map(({ sku, nodeId, quantity }) => ({ sku, nodeId, quantity }))),
    creditBy: worthOf(order, shipped) - order.total,
  };
  return {
    answer: decision,
    events: [{ type: 'orders.cancel-claimed.v1', data: { commandId: id } }],
    commands: [{ id, decision }],
  };
}

function cancelPending(order: Order, id: string): OrderDecision<CancelDecision> {
  const decision = { kind: 'rejected-order' } as const;
  const reason = 'CANCELLED';
  return {
    answer: decision,
    events: [rejected({ reason })],
    commands: [
      { id, decision, close: true },
      { id: order.id, decision: { kind: 'rejected', reason } },
    ],
  };
}

/**
 * Frees a cancelled order once everything is given back. Unshipped units are cancelled; when nothing has shipped, so is
 * the order.
 */
export function freeCancelled(
  order: Order | undefined,
  { id }: Pick<CommandRow<'cancel'>, 'id'>,
  hasSurplus: boolean,
): OrderDecision<typeof done> {
  if (!isLockedBy(order, 'cancel', id)) return alreadyDecided(done);
  return freed(id, hasSurplus, { type: 'orders.order-cancelled.v1', data: { commandId: id } });
}
