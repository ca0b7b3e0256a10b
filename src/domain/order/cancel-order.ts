import type { CancelDecision, CommandRow } from '../command/recorded-command';
import { done } from '../decision';
import { type Refusal, refused } from '../refusal';
import { rejected } from './create-order';
import { bySkuAndNode, shippedLines, worthOf } from './line-units';
import type { Order } from './order';
import { alreadyDecided, freed, type OrderDecision } from './order-decision';
import { closedToChanges, isLockedBy, locked, reservationOf } from './semantic-lock';

/**
 * Records a cancellation, which decides it: from here on nothing of the order ships, and nothing can fail. One of an
 * order that is still PENDING rejects it, in the place of the decision of its own command: that one's saga gives back
 * what it has got, and the cancellation is over.
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

/** Frees a cancelled order once all was given back: what had not shipped is cancelled, and where nothing had, the order is. */
export function freeCancelled(
  order: Order | undefined,
  { id }: Pick<CommandRow<'cancel'>, 'id'>,
  hasSurplus: boolean,
): OrderDecision<typeof done> {
  if (!isLockedBy(order, 'cancel', id)) return alreadyDecided(done);
  return freed(id, hasSurplus, { type: 'orders.order-cancelled.v1', data: { commandId: id } });
}
