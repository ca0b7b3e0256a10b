import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import type { Allocation } from '../inventory/sourcing';
import { type Refusal, refused } from '../refusal';
import { bySkuAndNode, hasLeft, isLive, worthOf } from './line-units';
import type { Order, Shipment, Terms } from './order';
import type { OrderEvent } from './order-events';
import { isMovingUnits, isWaiting } from './order-status';
import { later } from './release-shipments';
import { refusedLate, reservationOf } from './semantic-lock';

/** What a node says of a shipment. */
export interface ShipmentReport {
  readonly commandId: string;
  readonly shipmentId: string;
}

export type ReportKind = 'accept' | 'ship' | 'deliver';

/** What leaves the stock and what the customer owes once a shipment has left. */
export interface ShippedGiven {
  readonly reservationId: string;
  /** Consumed and captured under this key, whoever sees to it. */
  readonly shippedBy: string;
  readonly takes: readonly Allocation[];
  readonly capture: {
    /** Minor units. */
    readonly amount: number;
    /** What all shipments of the order are worth together, where no other is to come; null where others may. */
    readonly finalTotal: number | null;
  };
}

/**
 * Why a report is refused; undefined where it is not. HTTP asks this of the order as stored before it says 202, and
 * the report's saga of the order under its lock.
 */
export function refusalOfReport(
  order: Order | undefined,
  kind: ReportKind,
  { shipmentId }: Pick<ShipmentReport, 'shipmentId'>,
): Refusal | undefined {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  return outOfTurn(shipment, kind) ?? heldUp(order);
}

/** A shipment of an order; undefined where it has none of this id. */
export function shipmentOf({ shipments }: Order, shipmentId: string): Shipment | undefined {
  return shipments.find(({ id }) => id === shipmentId);
}

/** A report comes once, and after those that come before it. */
function outOfTurn({ state }: Shipment, kind: ReportKind): Refusal | undefined {
  switch (state) {
    case 'RELEASED':
      return kind === 'accept' ? undefined : refused(kind === 'ship' ? 'NOT_ACCEPTED' : 'NOT_SHIPPED');
    case 'ACCEPTED':
      if (kind === 'ship') return undefined;
      return kind === 'accept' ? refused('ALREADY_REPORTED') : refused('NOT_SHIPPED');
    case 'SHIPPED':
      return kind === 'deliver' ? undefined : refused('ALREADY_REPORTED', 'it has shipped');
    case 'DELIVERED':
      return refused('ALREADY_REPORTED', 'it was delivered');
    case 'REJECTED':
    case 'CANCELLED':
      return refused('SHIPMENT_OVER', `it is ${state}`);
    default:
      return never(state);
  }
}

/** While an order is being cancelled or revised nobody may count on its shipments. */
function heldUp({ pending }: Order): Refusal | undefined {
  return pending && pending.kind !== 'reject'
    ? refused('CONFLICT', `the order is taken by its ${pending.kind} ${pending.commandId}`)
    : undefined;
}

/** A node takes a shipment on: from now on it has so long to send it. */
export function decideAccept(
  order: Order | undefined,
  { commandId, shipmentId }: ShipmentReport,
  terms: Terms,
): Decision<StepAnswer, OrderEvent> {
  const refusal = refusalOfReport(order, 'accept', { shipmentId });
  if (refusal) return refusedLate(order, 'accept', commandId, refusal);
  const dueAt = later(terms.now, terms.shipSeconds);
  const data = { commandId, shipmentId, dueAt };
  return { answer: done, events: [{ type: 'orders.shipment-accepted.v1', data }] };
}

/**
 * A node has sent a shipment. This is a fact, and the first thing to be noted: what it takes from stock and credit is
 * in the answer and follows, by this saga or, when it is due and was not captured, by another.
 */
export function decideShip(
  order: Order | undefined,
  { commandId, shipmentId, tracking }: ShipmentReport & { readonly tracking: string | null },
  terms: Terms,
): Decision<StepAnswer<ShippedGiven>, OrderEvent> {
  const refusal = refusalOfReport(order, 'ship', { shipmentId });
  const shipment = order && shipmentOf(order, shipmentId);
  if (refusal || !shipment)
    return refusedLate(order, 'ship', commandId, refusal ?? refused('UNKNOWN_SHIPMENT'));
  const dueAt = later(terms.now, terms.captureSeconds);
  const data = { commandId, shipmentId, tracking, dueAt };
  return {
    answer: { ...done, ...shippedGiven(order, shipment, commandId) },
    events: [{ type: 'orders.shipment-shipped.v1', data }],
  };
}

/** A shipment has arrived. */
export function decideDeliver(
  order: Order | undefined,
  { commandId, shipmentId }: ShipmentReport,
): Decision<StepAnswer, OrderEvent> {
  const refusal = refusalOfReport(order, 'deliver', { shipmentId });
  if (refusal) return refusedLate(order, 'deliver', commandId, refusal);
  return {
    answer: done,
    events: [{ type: 'orders.shipment-delivered.v1', data: { commandId, shipmentId } }],
  };
}

/** The credit for a shipment has been captured. */
export function decideRecordCaptured(
  order: Order | undefined,
  { shipmentId, amount }: { readonly shipmentId: string; readonly amount: number },
): Decision<StepAnswer, OrderEvent> {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!shipment) return unchanged(refused('UNKNOWN_SHIPMENT'));
  if (!hasLeft(shipment)) return unchanged(refused('NOT_SHIPPED'));
  if (shipment.captured !== undefined) return unchanged(done);
  return { answer: done, events: [{ type: 'orders.payment-captured.v1', data: { shipmentId, amount } }] };
}

/**
 * What is still to be consumed and captured for a shipment whose saga was lost on the way. Nothing changes: the steps
 * that follow have one effect under the key of the command that shipped it.
 */
export function decideCaptureOverdue(
  order: Order | undefined,
  { shipmentId }: ShipmentReport,
  { now }: Pick<Terms, 'now'>,
): Decision<StepAnswer<ShippedGiven>, OrderEvent> {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return unchanged(refused('UNKNOWN_SHIPMENT'));
  if (!hasLeft(shipment) || !isDue(shipment, now)) return unchanged(refused('NOT_DUE'));
  return unchanged({ ...done, ...shippedGiven(order, shipment, shipment.shippedBy ?? shipment.id) });
}

/** Whether what was to happen next with a shipment should have happened by now. */
export function isDue({ dueAt }: Shipment, now: string): boolean {
  return dueAt !== null && Date.parse(dueAt) <= Date.parse(now);
}

function shippedGiven(order: Order, shipment: Shipment, shippedBy: string): ShippedGiven {
  const { nodeId, lines } = shipment;
  return {
    reservationId: reservationOf(order),
    shippedBy,
    takes: bySkuAndNode(lines.map(({ sku, quantity }) => ({ sku, nodeId, quantity }))),
    capture: { amount: worthOf(order, lines), finalTotal: isLast(order, shipment) ? order.total : null },
  };
}

/** Whether nothing else of an order is to leave any more. */
function isLast(order: Order, shipment: Shipment): boolean {
  const isIdle = order.lines.some(({ committed }) => committed.length > 0);
  const others = order.shipments.filter((other) => other !== shipment && isLive(other));
  return !isIdle && !isWaiting(order) && !isMovingUnits(order) && others.every(hasLeft);
}
