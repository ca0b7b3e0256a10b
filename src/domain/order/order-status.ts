import { dueTotalOf, isLive, unitsOf } from './line-units';
import type { Order, OrderLine } from './order';

/** Whether an order has passed its pivot: it was approved, whatever became of it afterwards. */
export function isApproved({ status }: Pick<Order, 'status'>): boolean {
  return status !== 'PENDING' && status !== 'REJECTED';
}

/** Whether nothing of an order can change any more but how far its shipments are. */
export function isOver({ status }: Pick<Order, 'status'>): boolean {
  return ['REJECTED', 'SHIPPED', 'DELIVERED', 'CANCELLED'].includes(status);
}

/**
 * Whether a node has given units back and it is not settled yet where they come from instead: then some units of a line
 * are nowhere.
 */
export function isMovingUnits(order: Pick<Order, 'lines' | 'shipments' | 'status'>): boolean {
  return isApproved(order) && order.lines.some((line) => placedUnits(order, line) < line.quantity);
}

function placedUnits({ shipments }: Pick<Order, 'shipments'>, line: OrderLine): number {
  const carried = shipments.filter(isLive).flatMap(({ lines }) => lines);
  const inShipments = unitsOf(carried.filter(({ lineId }) => lineId === line.lineId));
  return line.cancelled + unitsOf(line.committed) + unitsOf(line.waits) + inShipments;
}

/** Whether some units of an order were promised without stock and have not come yet. */
export function isWaiting({ lines }: Pick<Order, 'lines'>): boolean {
  return lines.some(({ waits }) => waits.length > 0);
}

/** An approved order with what follows from its shipments, its lines and its lock. */
export function settledIn(order: Order): Order {
  const status = statusOf(order);
  const settled = { ...order, total: dueTotalOf(order.lines), status };
  return { ...settled, payment: paymentOf(settled) };
}

/**
 * Where an approved order is. Once a node has accepted its part, the order is FULFILLING, also while other units
 * wait: BACKORDERED says that nothing is happening yet. It is final only when no saga owns it.
 */
function statusOf(order: Pick<Order, 'lines' | 'shipments' | 'pending'>): Order['status'] {
  const { lines, shipments, pending } = order;
  if (pending?.kind === 'cancel') return 'CANCEL_PENDING';
  if (pending?.kind === 'revise') return 'REVISION_PENDING';
  const states = shipments.filter(isLive).map(({ state }) => state);
  const isIdle = lines.some(({ committed }) => committed.length > 0);
  const isOnItsWay = states.includes('RELEASED') || states.includes('ACCEPTED');
  if (!pending && !isIdle && !isOnItsWay && !isWaiting(order)) {
    if (states.length === 0) return 'CANCELLED';
    return states.every((state) => state === 'DELIVERED') ? 'DELIVERED' : 'SHIPPED';
  }
  if (states.some((state) => state !== 'RELEASED')) return 'FULFILLING';
  return isWaiting(order) ? 'BACKORDERED' : 'APPROVED';
}

function paymentOf(order: Order): Order['payment'] {
  const captured = capturedOf(order);
  if (order.status === 'CANCELLED') return captured === 0 ? 'unpaid' : 'refunded';
  if (captured === 0) return 'authorized';
  return captured < order.total ? 'partly_captured' : 'captured';
}

/** What has been captured for an order's shipments, in minor units. */
export function capturedOf({ shipments }: Pick<Order, 'shipments'>): number {
  return shipments.reduce((sum, { captured = 0 }) => sum + captured, 0);
}
