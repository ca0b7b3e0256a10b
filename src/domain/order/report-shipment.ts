import type { CommandRow, ReportDecision, ShipDecision } from '../command/recorded-command';
import { done, never } from '../decision';
import { type Refusal, refused } from '../refusal';
import { bySkuAndNode, hasLeft, isLive, worthOf } from './line-units';
import type { Order, Shipment, Terms } from './order';
import { alreadyDecided, type OrderDecision } from './order-decision';
import type { OrderEvent } from './order-events';
import { isMovingUnits, isWaiting } from './order-status';
import { later, nextShipmentId } from './release-shipments';
import { type PartedLines, unitsUnderAll } from './reported-units';
import { turnedBack } from './revise-order';
import { locked, reservationOf } from './semantic-lock';

type ReportKind = 'accept' | 'ship' | 'deliver';

type Report = Pick<CommandRow<'accept' | 'deliver'>, 'id' | 'wanted'>;

const REPORTED: ReportDecision = { kind: 'reported' };

/** Finds a shipment of an order by its id. */
export function shipmentOf({ shipments }: Order, shipmentId: string): Shipment | undefined {
  return shipments.find(({ id }) => id === shipmentId);
}

/** Refuses a repeated report, and one that comes before the report it follows. */
function outOfTurn({ state }: Shipment, kind: ReportKind): Refusal | undefined {
  switch (state) {
    case 'RELEASED':
      return kind === 'accept' ? undefined : refused(kind === 'ship' ? 'NOT_ACCEPTED' : 'NOT_SHIPPED');
    case 'ACCEPTED':
      if (kind === 'ship') return undefined;
      return kind === 'accept' ? refused('ALREADY_REPORTED') : refused('NOT_SHIPPED');
    case 'SHIPPED':
      return kind === 'deliver' ? undefined : refused('ALREADY_REPORTED', 'the shipment has shipped');
    case 'DELIVERED':
      return refused('ALREADY_REPORTED', 'the shipment was delivered');
    case 'REJECTED':
    case 'CANCELLED':
      return refused('SHIPMENT_OVER', `the shipment is ${state}`);
    default:
      return never(state);
  }
}

/** Refuses a report while the order is being cancelled or revised: its shipments may still change. */
function heldUp(order: Order): Refusal | undefined {
  return order.pending?.kind === 'reject' ? undefined : locked(order);
}

/** Records that a node accepts a shipment, which starts its time to ship. The command closes at its record. */
export function recordAccept(
  order: Order | undefined,
  { id, wanted: { shipmentId } }: Report,
  terms: Terms,
): OrderDecision<ReportDecision> | Refusal {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  const refusal = outOfTurn(shipment, 'accept') ?? heldUp(order);
  if (refusal) return refusal;
  const data = { commandId: id, shipmentId, dueAt: later(terms.now, terms.shipSeconds) };
  return reported(id, { type: 'orders.shipment-accepted.v1', data });
}

/** Records that a shipment was delivered. The command closes at its record. */
export function recordDeliver(
  order: Order | undefined,
  { id, wanted: { shipmentId } }: Report,
): OrderDecision<ReportDecision> | Refusal {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  const refusal = outOfTurn(shipment, 'deliver') ?? heldUp(order);
  if (refusal) return refusal;
  return reported(id, { type: 'orders.shipment-delivered.v1', data: { commandId: id, shipmentId } });
}

function reported(id: string, event: OrderEvent): OrderDecision<ReportDecision> {
  return { answer: REPORTED, events: [event], commands: [{ id, decision: REPORTED, close: true }] };
}

/**
 * Records that a node has sent a shipment, or a part of it: then the rest becomes a shipment of its own. This is a
 * fact, so it turns back an undecided revision (`revision` is its row). The decision says which stock leaves and which
 * amount is captured.
 */
export function recordShip(
  order: Order | undefined,
  { id, wanted: { shipmentId, tracking, lines } }: Pick<CommandRow<'ship'>, 'id' | 'wanted'>,
  revision: CommandRow<'revise'> | undefined,
): OrderDecision<ShipDecision> | Refusal {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  const isUndecided = order.pending?.kind === 'revise' && revision?.decision === null;
  const refusal = outOfTurn(shipment, 'ship') ?? (isUndecided ? undefined : heldUp(order));
  if (refusal) return refusal;
  const units = lines === null ? allOf(shipment) : unitsUnderAll(shipment, lines);
  if ('kind' in units) return units;
  const isPart = units.left.length > 0;
  if (isPart && order.shipComplete)
    return refused('SHIPS_COMPLETE', `the order ships complete, and ${shipmentId} has more units`);
  const back = isUndecided && revision ? turnedBack(revision, { reason: 'SHIPPED_MEANWHILE' }) : NOTHING;
  const decision: ShipDecision = { kind: 'shipped', ...leaving(order, shipment, units) };
  const rest = { id: nextShipmentId(order), lines: units.left };
  const part = isPart ? { part: { lines: units.taken, rest } } : {};
  return {
    answer: decision,
    events: [
      ...back.events,
      { type: 'orders.shipment-shipped.v1', data: { commandId: id, shipmentId, tracking, ...part } },
    ],
    commands: [...back.commands, { id, decision }],
  };
}

const NOTHING = alreadyDecided(null);

function allOf({ lines }: Shipment): PartedLines {
  return { taken: lines, left: [] };
}

/**
 * Notes that the credit for a shipment is captured, and closes its command.
 * @throws Error when the shipment is unknown or its command is undecided
 */
export function noteCaptured(
  order: Order | undefined,
  { id, wanted: { shipmentId }, decision }: Pick<CommandRow<'ship'>, 'id' | 'wanted' | 'decision'>,
): OrderDecision<typeof done> {
  const shipment = order && shipmentOf(order, shipmentId);
  if (!shipment || !decision) throw new Error(`shipment ${shipmentId} was not recorded as shipped by ${id}`);
  const close = [{ id, close: true } as const];
  if (shipment.captured !== undefined) return { answer: done, events: [], commands: close };
  const data = { shipmentId, amount: decision.capture.amount };
  return { answer: done, events: [{ type: 'orders.payment-captured.v1', data }], commands: close };
}

function leaving(order: Order, shipment: Shipment, { taken, left }: PartedLines): Omit<ShipDecision, 'kind'> {
  const { nodeId } = shipment;
  const isFinal = left.length === 0 && isLast(order, shipment);
  return {
    reservationId: reservationOf(order),
    takes: bySkuAndNode(taken.map(({ sku, quantity }) => ({ sku, nodeId, quantity }))),
    capture: { amount: worthOf(order, taken), finalTotal: isFinal ? order.total : null },
  };
}

/** Returns true when nothing else of an order is still to leave. */
function isLast(order: Order, shipment: Shipment): boolean {
  const isIdle = order.lines.some(({ committed }) => committed.length > 0);
  const others = order.shipments.filter((other) => other !== shipment && isLive(other));
  return !isIdle && !isWaiting(order) && !isMovingUnits(order) && others.every(hasLeft);
}
