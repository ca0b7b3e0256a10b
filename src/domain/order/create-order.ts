import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import type { ReservationGiven } from '../inventory/reservation';
import { type RefusalReason, refused } from '../refusal';
import { waitsByLine, withEarlyFills } from './fill-order';
import { sourcesByLine, without } from './line-units';
import type { Order, Terms } from './order';
import type { Approval, OrderEvent, RecordedOrder } from './order-events';
import { isApproved } from './order-status';
import { withSurplus } from './surplus';

export interface OwnedElsewhere {
  readonly kind: 'owned-elsewhere';
  readonly sagaId: string;
}

/**
 * Records an order and whose saga it is. A saga that finds it recorded by another leaves it alone. An order whose
 * idempotency key was claimed meanwhile for another body is recorded as refused, so that its 202 has an outcome; so is
 * one that could not be recorded before, and that an operator has ended by hand: whoever asked was told so. Its own
 * saga goes on, wherever the order has got to meanwhile: each step answers for itself that it is done.
 */
export function decideRecord(
  existing: Order | undefined,
  wanted: RecordedOrder,
  claimedByOther: boolean,
  isEndedByHand = false,
): Decision<StepAnswer | OwnedElsewhere, OrderEvent> {
  if (existing && existing.sagaId !== wanted.sagaId) {
    return unchanged<OwnedElsewhere>({ kind: 'owned-elsewhere', sagaId: existing.sagaId });
  }
  if (existing?.status === 'REJECTED') return unchanged(refused(existing.reason ?? 'PROCESSING_FAILED'));
  if (existing?.status === 'CANCELLED') return unchanged(refused('ALREADY_FINAL'));
  if (existing) return unchanged(done);
  const recordedNow: OrderEvent = { type: 'orders.order-recorded.v1', data: wanted };
  if (!claimedByOther && !isEndedByHand) return { answer: done, events: [recordedNow] };
  const reason = isEndedByHand ? 'PROCESSING_FAILED' : 'IDEMPOTENCY_KEY_REUSED';
  return {
    answer: refused(reason),
    events: [recordedNow, { type: 'orders.order-rejected.v1', data: { reason, compensation: 'none' } }],
  };
}

/**
 * The pivot; the order's shipments go out with it. An order that was rejected meanwhile (its saga was taken for dead)
 * is not approved: all is undone.
 */
export function decideApprove(
  order: Order | undefined,
  { reservationId, allocations, backordered }: Omit<ReservationGiven, 'partners' | 'expiresAt'>,
  terms: Terms,
  hasSurplus = false,
): Decision<StepAnswer, OrderEvent> {
  if (order && isApproved(order)) return unchanged(done);
  if (order?.status !== 'PENDING') return unchanged(refused('RECLAIMED'));
  const sources = sourcesByLine(order.lines, allocations);
  const waits = waitsByLine(without(order.lines, sources), backordered);
  const approval: Approval = {
    reservationId,
    sources,
    ...(waits.length === 0 ? {} : { backordered: waits }),
  };
  const approved = withEarlyFills(order, { type: 'orders.order-approved.v1', data: approval }, terms);
  return { answer: done, events: withSurplus(approved, hasSurplus) };
}

/** Why an order is refused, and what of the undos is done and what is left. */
export interface Rejection {
  readonly reason: RefusalReason;
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
}

/** Ends a refused order. `remaining` names the undos that are still to be run, outside the set. */
export function decideReject(
  order: Order | undefined,
  { reason, undone, remaining }: Rejection,
): Decision<StepAnswer, OrderEvent> {
  if (order?.status !== 'PENDING') return unchanged(done);
  return { answer: done, events: [rejectedEvent({ reason, undone, remaining })] };
}

function rejectedEvent({ reason, undone, remaining }: Rejection): OrderEvent {
  const compensation = remaining.length > 0 ? 'running' : undone.length > 0 ? 'done' : 'none';
  return { type: 'orders.order-rejected.v1', data: { reason, compensation } };
}

/** The order was approved meanwhile: whatever it holds is its own, and nothing of it may be undone. */
export interface AlreadyApproved {
  readonly kind: 'already-approved';
  readonly updatedAt: string;
}

/**
 * Ends a refused order before or after its undos. One that was never recorded (its recording met a fault) is
 * recorded now, so that its 202 has an outcome; and says so where there is nothing to undo because it was approved.
 */
export function decideSeal(
  order: Order | undefined,
  rejection: Rejection,
  unrecorded?: RecordedOrder,
): Decision<StepAnswer | AlreadyApproved, OrderEvent> {
  if (order && isApproved(order))
    return unchanged<AlreadyApproved>({ kind: 'already-approved', updatedAt: order.updatedAt });
  if (order || !unrecorded) return decideReject(order, rejection);
  const pending: OrderEvent = { type: 'orders.order-recorded.v1', data: unrecorded };
  return { answer: done, events: [pending, rejectedEvent(rejection)] };
}
