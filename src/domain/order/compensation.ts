import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import type { RefusalReason } from '../refusal';
import { isUndoing } from './evolve-attention';
import type { Attention, Order } from './order';
import type { OrderEvent } from './order-events';
import { endedByHand } from './stop-command';

/** An order that was changed while what it had too much of was cancelled: it may have too much again. */
export interface ChangedMeanwhile {
  readonly kind: 'changed-meanwhile';
  readonly updatedAt: string;
}

/**
 * Says how the undos that were left to run outside the set ended: all done, or for an operator to look at. Where they
 * looked at an order that could still change, `lookedAt` is when it had changed last: what has ended since is not done.
 */
export function decideSettle(
  order: Order | undefined,
  attention: Attention | null,
  lookedAt?: string,
): Decision<StepAnswer | ChangedMeanwhile, OrderEvent> {
  if (!order || !isUndoing(order) || isListed(order, attention)) return unchanged(done);
  const { updatedAt } = order;
  if (!attention && lookedAt !== undefined && lookedAt !== updatedAt)
    return unchanged<ChangedMeanwhile>({ kind: 'changed-meanwhile', updatedAt });
  return attention
    ? { answer: done, events: [{ type: 'orders.attention-needed.v1', data: attention }] }
    : { answer: done, events: [{ type: 'orders.compensation-finished.v1', data: {} }] };
}

/** Whether an operator is told of this trouble already. */
function isListed({ compensation, attention: listed }: Order, attention: Attention | null): boolean {
  if (compensation === 'running' || !listed || listed.failure !== attention?.failure) return false;
  return attention.remaining.every((name) => listed.remaining.includes(name));
}

export interface NotStuck {
  readonly kind: 'not-stuck';
  readonly compensation: Order['compensation'];
}

/** What an operator is told: what there was to finish, and why the order was refused if it was; or that nothing was. */
export type OperatorAnswer =
  | { readonly kind: 'done'; readonly attention: Attention; readonly reason: RefusalReason | null }
  | NotStuck;

/** What is left for an operator to finish. */
export function attentionOf({ compensation, attention, reason }: Order): OperatorAnswer {
  return compensation === 'needs_attention' && attention
    ? { kind: 'done', attention, reason }
    : { kind: 'not-stuck', compensation };
}

/** An operator has the undos that are left run again. */
export function decideRetry(order: Order | undefined, by: string): Decision<StepAnswer, OrderEvent> {
  if (order?.compensation !== 'needs_attention') return unchanged(done);
  return { answer: done, events: [{ type: 'orders.compensation-retried.v1', data: { by } }] };
}

/** What an operator says of what was left, and whether partners may have been asked for the order. */
export interface Resolution {
  readonly by: string;
  readonly note: string;
  readonly mayLeaveSurplus: boolean;
}

/** An operator says that what was left has been put right by hand, and how. Whatever had stopped ends with that. */
export function decideResolve(
  order: Order,
  { by, note, mayLeaveSurplus }: Resolution,
): Decision<OperatorAnswer, OrderEvent> {
  const answer = attentionOf(order);
  if (answer.kind === 'not-stuck') return unchanged(answer);
  const resolved: OrderEvent = { type: 'orders.attention-resolved.v1', data: { by, note } };
  return { answer, events: [resolved, ...endedByHand(order, mayLeaveSurplus)] };
}
