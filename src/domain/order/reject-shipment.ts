import type { CommandRow, RejectDecision, WantedRejection } from '../command/recorded-command';
import { done, never } from '../decision';
import { sumBySku } from '../inventory/limits/demand';
import type { FoundStock } from '../inventory/reservation/extend';
import { type Refusal, refused } from '../refusal';
import { evolveOrder } from './evolve-order';
import { waitsByLine, withEarlyFills } from './fill-order';
import { byLine, isLive, sourcesByLine, unitsOf, without, worthOf } from './line-units';
import type { CreditChange, Order, RejectionReason, Shipment, ShipmentLine, Terms } from './order';
import { alreadyDecided, freed, type OrderDecision } from './order-decision';
import type { LineUnits, OrderEvent } from './order-events';
import { later } from './release-shipments';
import { shipmentOf } from './report-shipment';
import { unitsUnder } from './reported-units';
import { isLockedBy, locked, reservationOf } from './semantic-lock';

/**
 * The most refusals of a line that trigger a search at other nodes. After a further refusal its units are backordered
 * or cancelled.
 */
const MOST_REFUSALS = 3;

/**
 * Records that a node gives units back or missed its deadline. The record is the decision: the units leave the
 * shipment, and the order is locked until replacement units are settled. `terms.now` is the moment of the record.
 */
export function recordRejection(
  order: Order | undefined,
  command: Pick<CommandRow<'reject'>, 'id' | 'wanted'>,
  terms: SourcingTerms,
): OrderDecision<RejectDecision> | Refusal {
  const { shipmentId, reason } = command.wanted;
  const shipment = order && shipmentOf(order, shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  const lines =
    reason === 'NO_RESPONSE' ? allOf(shipment, terms.now) : unitsGivenBack(shipment, command.wanted);
  if ('kind' in lines) return lines;
  const refusal = locked(order);
  return refusal ?? givenBack(order, shipment, { id: command.id, reason, lines }, terms);
}

type SourcingTerms = Pick<Terms, 'now' | 'sourcingSeconds'>;

function unitsGivenBack(
  shipment: Shipment,
  { lineId = '', quantity = 0 }: Pick<WantedRejection, 'lineId' | 'quantity'>,
): readonly LineUnits[] | Refusal {
  const refusal = stillAtNode(shipment);
  if (refusal) return refusal;
  const units = unitsUnder(shipment.lines, { lineId, quantity });
  return 'kind' in units ? units : byLine(units.taken);
}

/**
 * Returns all units of a shipment whose node missed its deadline, or a refusal when the node has reported meanwhile.
 */
function allOf(shipment: Shipment, now: string): readonly LineUnits[] | Refusal {
  const refusal = stillAtNode(shipment);
  if (refusal) return refusal;
  if (!isDue(shipment, now)) return refused('NOT_DUE');
  return byLine(shipment.lines);
}

function stillAtNode({ state }: Shipment): Refusal | undefined {
  switch (state) {
    case 'RELEASED':
    case 'ACCEPTED':
      return undefined;
    case 'SHIPPED':
    case 'DELIVERED':
      return refused('ALREADY_REPORTED', 'the shipment has shipped');
    case 'REJECTED':
    case 'CANCELLED':
      return refused('SHIPMENT_OVER', `the shipment is ${state}`);
    default:
      return never(state);
  }
}

interface GivenBack {
  readonly id: string;
  readonly reason: RejectionReason;
  readonly lines: readonly LineUnits[];
}

function givenBack(
  order: Order,
  shipment: Shipment,
  { id, reason, lines }: GivenBack,
  { now, sourcingSeconds }: SourcingTerms,
): OrderDecision<RejectDecision> {
  const isLate = Date.parse(now) > Date.parse(later(order.createdAt, sourcingSeconds));
  const together = order.shipComplete ? without(shipment.lines, lines) : [];
  const data = {
    commandId: id,
    shipmentId: shipment.id,
    reason,
    lines,
    ...(together.length > 0 ? { together: together.map(unitsOfLine) } : {}),
    ...(isLate ? { isLate } : {}),
  };
  const event: OrderEvent = { type: 'orders.rejection-claimed.v1', data };
  const after = evolveOrder(order, order.id, event, now);
  const isExhausted = ({ lineId }: LineUnits) =>
    isLate || after?.lines.some((line) => line.lineId === lineId && line.refusals > MOST_REFUSALS) === true;
  const lost = lines.map((units) => ({ ...units, sku: skuIn(shipment, units.lineId) }));
  const decision: RejectDecision = {
    kind: 'given-back',
    reservationId: reservationOf(order),
    nodeId: shipment.nodeId,
    reason,
    lines: movedLines(together, lost),
    elsewhere: sumBySku(lost.filter((units) => !isExhausted(units))),
    exhausted: sumBySku(lost.filter(isExhausted)),
    together: sumBySku(together),
    shipments: after?.shipments.filter(isLive).length ?? 0,
  };
  return { answer: decision, events: [event], commands: [{ id, decision }] };
}

function unitsOfLine({ lineId, quantity }: LineUnits): LineUnits {
  return { lineId, quantity };
}

/**
 * Joins moved units line by line. The lines of the lost units come last: replacements are dealt out in this order, so
 * those lines go short first.
 */
function movedLines(
  together: readonly ShipmentLine[],
  lost: readonly ShipmentLine[],
): readonly ShipmentLine[] {
  const rest = (lineId: string) => unitsOf(together.filter((line) => line.lineId === lineId));
  const others = together.filter(({ lineId }) => !lost.some((line) => line.lineId === lineId));
  return [...others, ...lost.map((line) => ({ ...line, quantity: line.quantity + rest(line.lineId) }))];
}

function skuIn({ lines }: Shipment, lineId: string): string {
  return lines.find((line) => line.lineId === lineId)?.sku ?? '';
}

/** The credit change of a settled rejection, in minor units (zero or negative). */
export type SettledRejection = typeof done & CreditChange;

/**
 * Settles the replacement of rejected units: units found elsewhere go out as new shipments, others are backordered, and
 * the rest is cancelled. The order is free when no credit is to be released.
 * @throws Error when the rejection is undecided or does not have the order's lock
 */
export function settleRejection(
  order: Order | undefined,
  { id, decision }: Pick<CommandRow<'reject'>, 'id' | 'decision'>,
  { found, hasSurplus }: { readonly found: FoundStock; readonly hasSurplus: boolean },
  terms: Terms,
): OrderDecision<SettledRejection> {
  if (!decision || !isLockedBy(order, 'reject', id))
    throw new Error(`rejection ${id} has not locked its order`);
  const sources = sourcesByLine(decision.lines, found.allocations);
  const missing = without(decision.lines, sources);
  const backordered = waitsByLine(missing, found.backordered);
  const cancelled = without(missing, backordered).map(({ lineId, quantity }) => ({ lineId, quantity }));
  const data = { commandId: id, sources, backordered, cancelled };
  const isOver = cancelled.length === 0 && !hasSurplus;
  return {
    answer: { ...done, creditBy: 0 - worthOf(order, cancelled) },
    events: withEarlyFills(order, { type: 'orders.rejection-settled.v1', data }, terms),
    commands: isOver ? [{ id, close: true }] : [],
  };
}

/** Frees the order once the credit for cancelled units is released. */
export function freeRejected(
  order: Order | undefined,
  { id }: Pick<CommandRow<'reject'>, 'id'>,
  hasSurplus: boolean,
): OrderDecision<typeof done> {
  if (!isLockedBy(order, 'reject', id)) return alreadyDecided(done);
  return freed(id, hasSurplus, { type: 'orders.rejection-finished.v1', data: { commandId: id } });
}

/** Returns true when a shipment's deadline has passed. */
function isDue({ dueAt }: Shipment, now: string): boolean {
  return dueAt !== null && Date.parse(dueAt) <= Date.parse(now);
}
