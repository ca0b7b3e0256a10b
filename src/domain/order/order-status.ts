import { dueTotalOf, isLive, unitsOf } from './line-units';
import type { Order, OrderLine } from './order';

/** Returns true when an order has passed its pivot, the approval, whatever happened afterwards. */
export function isApproved({ status }: Pick<Order, 'status'>): boolean {
  return status !== 'PENDING' && status !== 'REJECTED';
}

/** Returns true when only the progress of an order's shipments can still change. */
export function isOver({ status }: Pick<Order, 'status'>): boolean {
  return ['REJECTED', 'SHIPPED', 'DELIVERED', 'CANCELLED'].includes(status);
}

/**
 * Returns true while units of an approved order have no place: a node gave them back, and the rejection is not settled.
 */
export function isMovingUnits(order: Pick<Order, 'lines' | 'shipments' | 'status'>): boolean {
  return isApproved(order) && order.lines.some((line) => placedUnits(order, line) < line.quantity);
}

function placedUnits({ shipments }: Pick<Order, 'shipments'>, line: OrderLine): number {
  const carried = shipments.filter(isLive).flatMap(({ lines }) => lines);
  const inShipments = unitsOf(carried.filter(({ lineId }) => lineId === line.lineId));
  return line.cancelled + unitsOf(line.committed) + unitsOf(line.waits) + inShipments;
}

/** Returns true while units of an order are backordered. */
export function isWaiting({ lines }: Pick<Order, 'lines'>): boolean {
  return lines.some(({ waits }) => waits.length > 0);
}

/** Derives an approved order's total, status and payment from its shipments, lines and lock. */
export function settledIn(order: Order): Order {
  const status = statusOf(order);
  const settled = { ...order, total: dueTotalOf(order.lines), status };
  return { ...settled, payment: paymentOf(settled) };
}

/**
 * Returns the status of an approved order. Once a node has accepted its part the order is FULFILLING, even while other
 * units are backordered: BACKORDERED means that no node has started. The status is final only while no saga has the
 * lock.
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
  // An order that costs nothing counts as captured once the capture of a shipment is noted, although its amount is 0.
  const isNoted = order.shipments.some((shipment) => shipment.captured !== undefined);
  if (captured === 0 && (order.total > 0 || !isNoted)) return 'authorized';
  const refunded = refundedOf(order);
  if (refunded > 0) return refunded < Math.max(captured, order.total) ? 'partly_refunded' : 'refunded';
  return captured < order.total ? 'partly_captured' : 'captured';
}

/** Returns the amount captured for an order's shipments, in minor units. */
export function capturedOf({ shipments }: Pick<Order, 'shipments'>): number {
  return shipments.reduce((sum, { captured = 0 }) => sum + captured, 0);
}

/** Returns the amount refunded for an order's returns, in minor units. */
export function refundedOf({ returns }: Pick<Order, 'returns'>): number {
  return returns.reduce((sum, { refunded = 0 }) => sum + refunded, 0);
}
