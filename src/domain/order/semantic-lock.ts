import { type Decision, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import type { CommandKind, Order, Pending } from './order';
import type { OrderEvent } from './order-events';
import { isOver } from './order-status';

/** Why a saga cannot have an order for itself now: another one has it. Its own claim is none. */
export function lockedByOther({ pending }: Order, commandId: string): Refusal | undefined {
  if (!pending || pending.commandId === commandId) return undefined;
  return refused('CONFLICT', `the order is taken by its ${pending.kind} ${pending.commandId}`);
}

/** How an order is taken by a command of some kind; undefined where it is not. */
export function takenBy<Kind extends Pending['kind']>(
  order: Order | undefined,
  kind: Kind,
  commandId: string,
): Extract<Pending, { kind: Kind }> | undefined {
  const pending = order?.pending;
  const isTaken = pending?.kind === kind && pending.commandId === commandId;
  return isTaken ? (pending as Extract<Pending, { kind: Kind }>) : undefined;
}

/** Why an order that is only being created, or is over, cannot be changed. */
export function closedToChanges(order: Order): Refusal | undefined {
  if (order.status === 'PENDING') return refused('CONFLICT', 'the order is not approved yet');
  return isOver(order) ? refused('ALREADY_FINAL', `the order is ${order.status}`) : undefined;
}

/** Refuses a command, and says so in the order: its caller was told 202 and hears of it there. */
export function refusedLate(
  order: Order | undefined,
  kind: CommandKind,
  commandId: string,
  refusal: Refusal,
): Decision<Refusal, OrderEvent> {
  if (!order || order.lastCommand?.id === commandId || order.pending?.commandId === commandId)
    return unchanged(refusal);
  const data = { commandId, kind, reason: refusal.reason };
  return { answer: refusal, events: [{ type: 'orders.command-refused.v1', data }] };
}

/** The reservation that an approved order has its stock from. */
export function reservationOf({ id, reservationId }: Order): string {
  if (reservationId === null) throw new Error(`order ${id} has no reservation`);
  return reservationId;
}
