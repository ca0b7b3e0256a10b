import { type Refusal, refused } from '../refusal';
import type { Order, Pending } from './order';
import { isOver } from './order-status';

/** Refuses a command while another one has the order's lock. */
export function locked({ pending }: Order): Refusal | undefined {
  if (!pending) return undefined;
  return refused('CONFLICT', `the order is locked by its ${pending.kind} ${pending.commandId}`);
}

/** Returns true when a command has the order's lock. */
export function isLockedBy(
  order: Order | undefined,
  kind: Pending['kind'],
  commandId: string,
): order is Order & { readonly pending: Pending } {
  return order?.pending?.kind === kind && order.pending.commandId === commandId;
}

/** Refuses to change an order that is not approved yet or is over. */
export function closedToChanges(order: Order): Refusal | undefined {
  if (order.status === 'PENDING') return refused('CONFLICT', 'the order is not approved yet');
  return isOver(order) ? refused('ALREADY_FINAL', `the order is ${order.status}`) : undefined;
}

/**
 * Returns the reservation that has an approved order's stock.
 * @throws Error when the order has no reservation
 */
export function reservationOf({ id, reservationId }: Order): string {
  if (reservationId === null) throw new Error(`order ${id} has no reservation`);
  return reservationId;
}
