import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import type { ReservationGiven } from '../inventory/reservation';
import type { Allocation } from '../inventory/sourcing';
import { type RefusalReason, refused } from '../refusal';

export const ORDER_STATUSES = ['PENDING', 'APPROVED', 'BACKORDERED', 'REJECTED'] as const;
export const PAYMENT_STATES = ['unpaid', 'authorized'] as const;
export const COMPENSATION_STATES = ['none', 'running', 'done', 'needs_attention'] as const;

export interface LineSource {
  readonly nodeId: string;
  readonly quantity: number;
  readonly state: 'COMMITTED';
  /** The turn in the item's queue that brought it, where it was backordered. */
  readonly place?: number;
}

/** Units of a line that were promised without stock, and when they are to come. */
export interface LineBackorder {
  readonly quantity: number;
  readonly promiseDate: string | null;
}

export interface OrderLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
  readonly sources: readonly LineSource[];
  readonly backordered?: LineBackorder;
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
> & { readonly lines: readonly Omit<OrderLine, 'sources' | 'backordered'>[] };

export interface ChosenSource {
  readonly lineId: string;
  readonly nodeId: string;
  readonly quantity: number;
}

/** Where an order's stock comes from, and when the part of it that is still to come was promised. */
export interface Approval {
  readonly reservationId: string;
  readonly sources: readonly ChosenSource[];
  readonly backordered?: readonly { readonly sku: string; readonly promiseDate: string | null }[];
}

export type OrderEvent =
  | { readonly type: 'orders.order-recorded.v1'; readonly data: RecordedOrder }
  | {
      readonly type: 'orders.order-approved.v1';
      readonly data: Approval;
    }
  | {
      /** Units an order was promised without stock are there; also before it is approved. */
      readonly type: 'orders.backorder-filled.v1';
      readonly data: { readonly place: number; readonly sources: readonly ChosenSource[] };
    }
  | {
      readonly type: 'orders.order-rejected.v1';
      readonly data: { readonly reason: RefusalReason; readonly compensation: 'none' | 'running' | 'done' };
    }
  /** An approved order's bookings at partners that it does not need are still to be cancelled. */
  | { readonly type: 'orders.surplus-booked.v1'; readonly data: Record<string, never> }
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
        payment: 'authorized',
        reservationId: event.data.reservationId,
        ...withLines(order.lines.map((line) => approvedLine(line, event.data))),
      };
    case 'orders.backorder-filled.v1': {
      const lines = order.lines.map((line) => filledLine(line, event.data));
      return order.status === 'PENDING' ? { lines } : withLines(lines);
    }
    case 'orders.order-rejected.v1':
      return { status: 'REJECTED', ...event.data };
    case 'orders.compensation-finished.v1':
    case 'orders.attention-resolved.v1':
      return { compensation: 'done', attention: null };
    case 'orders.attention-needed.v1':
      return { compensation: 'needs_attention', attention: event.data };
    case 'orders.surplus-booked.v1':
    case 'orders.compensation-retried.v1':
      return { compensation: 'running' };
    default:
      return never(event);
  }
}

/** An approved order waits as long as one of its lines does. */
function withLines(lines: readonly OrderLine[]): Pick<Order, 'lines' | 'status'> {
  return { lines, status: lines.some(({ backordered }) => backordered) ? 'BACKORDERED' : 'APPROVED' };
}

function approvedLine(line: OrderLine, { sources, backordered = [] }: Approval): OrderLine {
  const all = [...line.sources, ...sourcesOf(line.lineId, sources)];
  const missing = line.quantity - unitsOf(all);
  if (missing <= 0) return { ...line, sources: all };
  const promiseDate = backordered.find(({ sku }) => sku === line.sku)?.promiseDate ?? null;
  return { ...line, sources: all, backordered: { quantity: missing, promiseDate } };
}

function filledLine(
  { backordered, ...line }: OrderLine,
  { place, sources }: { readonly place: number; readonly sources: readonly ChosenSource[] },
): OrderLine {
  const more = sourcesOf(line.lineId, sources).map((source) => ({ ...source, place }));
  const missing = (backordered?.quantity ?? 0) - unitsOf(more);
  const all = { ...line, sources: [...line.sources, ...more] };
  return backordered && missing > 0 ? { ...all, backordered: { ...backordered, quantity: missing } } : all;
}

function unitsOf(sources: readonly { readonly quantity: number }[]): number {
  return sources.reduce((sum, { quantity }) => sum + quantity, 0);
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
  { reservationId, allocations, backordered }: Omit<ReservationGiven, 'partners' | 'expiresAt'>,
  hasSurplus = false,
): Decision<StepAnswer, OrderEvent> {
  if (order && isApproved(order)) return unchanged(done);
  if (order?.status !== 'PENDING') return unchanged(refused('RECLAIMED'));
  const sources = sourcesByLine(order.lines.map(stillMissing), allocations);
  const approval: Approval = {
    reservationId,
    sources,
    ...(backordered.length === 0
      ? {}
      : { backordered: backordered.map(({ sku, promiseDate }) => ({ sku, promiseDate })) }),
  };
  const approved: OrderEvent = { type: 'orders.order-approved.v1', data: approval };
  const surplus: OrderEvent = { type: 'orders.surplus-booked.v1', data: {} };
  return { answer: done, events: hasSurplus ? [approved, surplus] : [approved] };
}

/** Whether an order has passed its pivot and was not ended. */
export function isApproved({ status }: Pick<Order, 'status'>): boolean {
  return status === 'APPROVED' || status === 'BACKORDERED';
}

function stillMissing<L extends OrderLine>(line: L): L {
  return { ...line, quantity: line.quantity - unitsOf(line.sources) };
}

/**
 * Tells an order that units it was promised without stock are there. Stock may be there before the order is approved;
 * the same turn filled again changes nothing, nor does one of an order that was refused meanwhile.
 */
export function decideFilled(
  order: Order | undefined,
  { place, allocations }: { readonly place: number; readonly allocations: readonly Allocation[] },
): Decision<StepAnswer, OrderEvent> {
  if (!order || order.status === 'REJECTED' || allocations.length === 0) return unchanged(done);
  const skus = allocations.map(({ sku }) => sku);
  const known = order.lines
    .filter(({ sku }) => skus.includes(sku))
    .some(({ sources }) => sources.some((source) => source.place === place));
  if (known) return unchanged(done);
  // The stock an approval brings goes to the first lines first: what comes on top is for the last.
  const lines = [...order.lines].reverse().map(stillMissing);
  const data = { place, sources: sourcesByLine(lines, allocations) };
  return { answer: done, events: [{ type: 'orders.backorder-filled.v1', data }] };
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
  if (order && isApproved(order)) return unchanged<AlreadyApproved>({ kind: 'already-approved' });
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

/** An operator says that what was left has been put right by hand, and how. */
export function decideResolve(order: Order, by: string, note: string): Decision<OperatorAnswer, OrderEvent> {
  const answer = attentionOf(order);
  if (answer.kind === 'not-stuck') return unchanged(answer);
  return { answer, events: [{ type: 'orders.attention-resolved.v1', data: { by, note } }] };
}
