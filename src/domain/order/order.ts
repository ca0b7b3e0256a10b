import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import { type RefusalReason, refused } from '../refusal';

export const ORDER_STATUSES = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export const PAYMENT_STATES = ['unpaid', 'authorized'] as const;
export const COMPENSATION_STATES = ['none', 'running', 'done', 'needs_attention'] as const;

export interface LineSource {
  readonly nodeId: string;
  readonly quantity: number;
  readonly state: 'COMMITTED';
}

export interface OrderLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
  readonly sources: readonly LineSource[];
}

/** What an operator has to finish: the undos left, in the order to run them, and what stopped the first. */
export interface Attention {
  readonly remaining: readonly string[];
  readonly failure: string;
}

export interface Order {
  readonly id: string;
  readonly caller: string;
  readonly customerId: string;
  readonly currency: string;
  readonly status: (typeof ORDER_STATUSES)[number];
  readonly reason: RefusalReason | null;
  readonly lines: readonly OrderLine[];
  readonly total: number;
  readonly payment: (typeof PAYMENT_STATES)[number];
  readonly compensation: (typeof COMPENSATION_STATES)[number];
  readonly attention: Attention | null;
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
  readonly version: number;
  readonly sagaId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type RecordedOrder = Pick<
  Order,
  | 'caller'
  | 'customerId'
  | 'currency'
  | 'total'
  | 'region'
  | 'channel'
  | 'reservationId'
  | 'shipComplete'
  | 'sagaId'
> & { readonly lines: readonly Omit<OrderLine, 'sources'>[] };

export interface ChosenSource {
  readonly lineId: string;
  readonly nodeId: string;
  readonly quantity: number;
}

export type OrderEvent =
  | { readonly type: 'orders.order-recorded.v1'; readonly data: RecordedOrder }
  | {
      readonly type: 'orders.order-approved.v1';
      readonly data: { readonly reservationId: string; readonly sources: readonly ChosenSource[] };
    }
  | {
      readonly type: 'orders.order-rejected.v1';
      readonly data: { readonly reason: RefusalReason; readonly compensation: 'none' | 'running' | 'done' };
    }
  | { readonly type: 'orders.compensation-finished.v1'; readonly data: Record<string, never> }
  | { readonly type: 'orders.attention-needed.v1'; readonly data: Attention }
  | { readonly type: 'orders.compensation-retried.v1'; readonly data: { readonly by: string } }
  | {
      readonly type: 'orders.attention-resolved.v1';
      readonly data: { readonly by: string; readonly note: string };
    };

/** An order after an event that happened at `at` (RFC 3339); undefined before it was recorded. */
export function evolveOrder(
  order: Order | undefined,
  id: string,
  event: OrderEvent,
  at: string,
): Order | undefined {
  if (event.type === 'orders.order-recorded.v1') return recorded(id, event.data, at);
  return order && { ...order, ...changesOf(order, event), updatedAt: at };
}

function recorded(id: string, data: RecordedOrder, at: string): Order {
  return {
    id,
    ...data,
    lines: data.lines.map((line) => ({ ...line, sources: [] })),
    status: 'PENDING',
    reason: null,
    payment: 'unpaid',
    compensation: 'none',
    attention: null,
    version: 1,
    createdAt: at,
    updatedAt: at,
  };
}

function changesOf(
  order: Order,
  event: Exclude<OrderEvent, { type: 'orders.order-recorded.v1' }>,
): Partial<Order> {
  switch (event.type) {
    case 'orders.order-approved.v1':
      return {
        status: 'APPROVED',
        payment: 'authorized',
        reservationId: event.data.reservationId,
        lines: order.lines.map((line) => ({ ...line, sources: sourcesOf(line.lineId, event.data.sources) })),
      };
    case 'orders.order-rejected.v1':
      return { status: 'REJECTED', ...event.data };
    case 'orders.compensation-finished.v1':
    case 'orders.attention-resolved.v1':
      return { compensation: 'done', attention: null };
    case 'orders.attention-needed.v1':
      return { compensation: 'needs_attention', attention: event.data };
    case 'orders.compensation-retried.v1':
      return { compensation: 'running' };
    default:
      return never(event);
  }
}

function sourcesOf(lineId: string, sources: readonly ChosenSource[]): readonly LineSource[] {
  return sources
    .filter((source) => source.lineId === lineId)
    .map(({ nodeId, quantity }) => ({ nodeId, quantity, state: 'COMMITTED' }));
}

/** In minor units. */
export function totalOf(lines: readonly Pick<OrderLine, 'quantity' | 'unitPrice'>[]): number {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

/** Deals what was allocated by SKU out to the lines, in their order. */
export function sourcesByLine(
  lines: readonly Pick<OrderLine, 'lineId' | 'sku' | 'quantity'>[],
  allocations: readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[],
): readonly ChosenSource[] {
  const left = allocations.map((allocation) => ({ ...allocation }));
  return lines.flatMap(({ lineId, sku, quantity }) => {
    let missing = quantity;
    return left.flatMap((allocation) => {
      const taken = allocation.sku === sku ? Math.min(missing, allocation.quantity) : 0;
      if (taken === 0) return [];
      missing -= taken;
      allocation.quantity -= taken;
      return [{ lineId, nodeId: allocation.nodeId, quantity: taken }];
    });
  });
}

export interface OwnedElsewhere {
  readonly kind: 'owned-elsewhere';
  readonly sagaId: string;
}

/**
 * Records an order and whose saga it is. A saga that finds it recorded by another leaves it alone. An order whose
 * idempotency key was claimed meanwhile for another body is recorded as refused, so that its 202 has an outcome.
 */
export function decideRecord(
  existing: Order | undefined,
  wanted: RecordedOrder,
  claimedByOther: boolean,
): Decision<StepAnswer | OwnedElsewhere, OrderEvent> {
  if (existing && existing.sagaId !== wanted.sagaId) {
    return unchanged<OwnedElsewhere>({ kind: 'owned-elsewhere', sagaId: existing.sagaId });
  }
  if (existing?.status === 'REJECTED') return unchanged(refused(existing.reason ?? 'PROCESSING_FAILED'));
  if (existing) return unchanged(done);
  const recordedNow: OrderEvent = { type: 'orders.order-recorded.v1', data: wanted };
  if (!claimedByOther) return { answer: done, events: [recordedNow] };
  const reason = 'IDEMPOTENCY_KEY_REUSED';
  return {
    answer: refused(reason),
    events: [recordedNow, { type: 'orders.order-rejected.v1', data: { reason, compensation: 'none' } }],
  };
}

/** The pivot. An order that was rejected meanwhile (its saga was taken for dead) is not approved: all is undone. */
export function decideApprove(
  order: Order | undefined,
  given: { readonly reservationId: string; readonly sources: readonly ChosenSource[] },
): Decision<StepAnswer, OrderEvent> {
  if (order?.status === 'APPROVED') return unchanged(done);
  if (order?.status !== 'PENDING') return unchanged(refused('RECLAIMED'));
  return { answer: done, events: [{ type: 'orders.order-approved.v1', data: given }] };
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
  if (order?.status === 'APPROVED') return unchanged<AlreadyApproved>({ kind: 'already-approved' });
  if (order || !unrecorded) return decideReject(order, rejection);
  const pending: OrderEvent = { type: 'orders.order-recorded.v1', data: unrecorded };
  return { answer: done, events: [pending, rejectedEvent(rejection)] };
}

export interface Rejection {
  readonly reason: RefusalReason;
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
}

/** Says how the undos that were left to run outside the set ended: all done, or for an operator to look at. */
export function decideSettle(
  order: Order | undefined,
  attention: Attention | null,
): Decision<StepAnswer, OrderEvent> {
  if (order?.compensation !== 'running') return unchanged(done);
  return attention
    ? { answer: done, events: [{ type: 'orders.attention-needed.v1', data: attention }] }
    : { answer: done, events: [{ type: 'orders.compensation-finished.v1', data: {} }] };
}

export interface NotStuck {
  readonly kind: 'not-stuck';
  readonly compensation: Order['compensation'];
}

/** What an operator is told: what there was to finish, or that nothing was. */
export type OperatorAnswer =
  | { readonly kind: 'done'; readonly attention: Attention; readonly reason: RefusalReason }
  | NotStuck;

/** What is left for an operator to finish. */
export function attentionOf({ compensation, attention, reason }: Order): OperatorAnswer {
  return compensation === 'needs_attention' && attention && reason
    ? { kind: 'done', attention, reason }
    : { kind: 'not-stuck', compensation };
}

/** An operator has the undos that are left run again. */
export function decideRetry(order: Order | undefined, by: string): Decision<StepAnswer, OrderEvent> {
  if (order?.compensation !== 'needs_attention') return unchanged(done);
  return { answer: done, events: [{ type: 'orders.compensation-retried.v1', data: { by } }] };
}

/** An operator says that what was left has been put right by hand, and how. */
export function decideResolve(order: Order, by: string, note: string): Decision<OperatorAnswer, OrderEvent> {
  const answer = attentionOf(order);
  if (answer.kind === 'not-stuck') return unchanged(answer);
  return { answer, events: [{ type: 'orders.attention-resolved.v1', data: { by, note } }] };
}
