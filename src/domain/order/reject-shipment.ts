import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import type { Backordered } from '../inventory/backorder';
import { type Allocation, type Demand, sumBySku } from '../inventory/sourcing';
import { type Refusal, refused } from '../refusal';
import { evolveOrder } from './evolve-order';
import { waitsByLine, withEarlyFills } from './fill-order';
import { sourcesByLine, unitsOf, without, worthOf } from './line-units';
import type { CreditChange, Order, Pending, RejectionReason, Shipment, Terms } from './order';
import type { LineUnits, OrderEvent } from './order-events';
import { later } from './release-shipments';
import { isDue, type ShipmentReport, shipmentOf } from './report-shipment';
import { lockedByOther, refusedLate, reservationOf, takenBy } from './semantic-lock';
import { withSurplus } from './surplus';

/** After that many refusals of a line nobody is asked any more: its units are backordered or cancelled. */
const MOST_REFUSALS = 3;

export interface RejectUnits extends ShipmentReport {
  readonly lineId: string;
  readonly quantity: number;
  readonly reason: Exclude<RejectionReason, 'NO_RESPONSE'>;
}

/** What a node has given back, and what is to become of it. */
export interface RejectionGiven {
  readonly reservationId: string;
  readonly nodeId: string;
  readonly reason: RejectionReason;
  /** To be looked for at other nodes; failing that, backordered. */
  readonly elsewhere: readonly Demand[];
  /** To be backordered at once, where the items allow it: enough nodes have been asked, or for long enough. */
  readonly exhausted: readonly Demand[];
}

/** What the inventory has found for units that a node gave back. What is in neither is cancelled. */
export interface Found {
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
}

/** Why a node cannot give units back; undefined where it can. */
export function refusalOfReject(order: Order | undefined, command: RejectUnits): Refusal | undefined {
  const shipment = order && shipmentOf(order, command.shipmentId);
  if (!order || !shipment) return refused('UNKNOWN_SHIPMENT');
  return stillAtNode(shipment) ?? notInShipment(shipment, command) ?? lockedByOther(order, command.commandId);
}

function stillAtNode({ state }: Shipment): Refusal | undefined {
  switch (state) {
    case 'RELEASED':
    case 'ACCEPTED':
      return undefined;
    case 'SHIPPED':
    case 'DELIVERED':
      return refused('ALREADY_REPORTED', 'it has shipped');
    case 'REJECTED':
    case 'CANCELLED':
      return refused('SHIPMENT_OVER', `it is ${state}`);
    default:
      return never(state);
  }
}

function notInShipment({ lines }: Shipment, { lineId, quantity }: LineUnits): Refusal | undefined {
  const carried = unitsOf(lines.filter((line) => line.lineId === lineId));
  if (carried === 0) return refused('UNKNOWN_LINE', `the shipment has no line ${lineId}`);
  return quantity > carried
    ? refused('QUANTITY_TOO_LARGE', `it has ${carried} of line ${lineId}`)
    : undefined;
}

/**
 * The first half of a rejection: the units leave the shipment, and the order is taken until it is settled where they
 * come from instead. Once it is taken by this very command, the answer is the same again.
 */
export function decideClaimRejection(
  order: Order | undefined,
  command: RejectUnits,
  terms: SourcingTerms,
): Decision<StepAnswer<RejectionGiven>, OrderEvent> {
  const claimed = takenBy(order, 'reject', command.commandId);
  if (order && claimed) return unchanged({ ...done, ...rejectionGiven(order, claimed) });
  const refusal = refusalOfReject(order, command);
  if (refusal || !order)
    return refusedLate(order, 'reject', command.commandId, refusal ?? refused('UNKNOWN_SHIPMENT'));
  const { lineId, quantity, reason } = command;
  return claim(order, { ...command, reason, lines: [{ lineId, quantity }] }, terms);
}

/**
 * A node has let its deadline pass, to accept or to send: all of the shipment is looked for elsewhere. What it did in
 * the meantime counts, and so does whoever has taken the order: then nothing changes, and the watcher comes again.
 */
export function decideOverdue(
  order: Order | undefined,
  report: ShipmentReport,
  terms: SourcingTerms,
): Decision<StepAnswer<RejectionGiven>, OrderEvent> {
  const claimed = takenBy(order, 'reject', report.commandId);
  if (order && claimed) return unchanged({ ...done, ...rejectionGiven(order, claimed) });
  const shipment = order && shipmentOf(order, report.shipmentId);
  if (!shipment) return unchanged(refused('UNKNOWN_SHIPMENT'));
  const refusal = stillAtNode(shipment) ?? lockedByOther(order, report.commandId);
  if (refusal) return unchanged(refusal);
  if (!isDue(shipment, terms.now)) return unchanged(refused('NOT_DUE'));
  const lines = shipment.lines.map(({ lineId, quantity }) => ({ lineId, quantity }));
  return claim(order, { ...report, reason: 'NO_RESPONSE', lines }, terms);
}

type SourcingTerms = Pick<Terms, 'now' | 'sourcingSeconds'>;

type Claimed = Extract<Pending, { kind: 'reject' }>;

interface GivenBack extends ShipmentReport {
  readonly reason: RejectionReason;
  readonly lines: readonly LineUnits[];
}

function claim(
  order: Order,
  { commandId, shipmentId, reason, lines }: GivenBack,
  { now, sourcingSeconds }: SourcingTerms,
): Decision<StepAnswer<RejectionGiven>, OrderEvent> {
  const isLate = Date.parse(now) > Date.parse(later(order.createdAt, sourcingSeconds));
  const data = { commandId, shipmentId, reason, lines, ...(isLate ? { isLate } : {}) };
  const event: OrderEvent = { type: 'orders.rejection-claimed.v1', data };
  const after = evolveOrder(order, order.id, event, now);
  const claimed = takenBy(after, 'reject', commandId);
  if (!after || !claimed) throw new Error(`order ${order.id} was not taken by ${commandId}`);
  return { answer: { ...done, ...rejectionGiven(after, claimed) }, events: [event] };
}

function rejectionGiven(order: Order, { nodeId, reason, lines, isLate }: Claimed): RejectionGiven {
  const isExhausted = ({ lineId }: LineUnits) =>
    isLate === true || order.lines.some((line) => line.lineId === lineId && line.refusals > MOST_REFUSALS);
  return {
    reservationId: reservationOf(order),
    nodeId,
    reason,
    elsewhere: sumBySku(lines.filter((line) => !isExhausted(line))),
    exhausted: sumBySku(lines.filter(isExhausted)),
  };
}

/**
 * The second half: units found elsewhere go out as new shipments, others wait, and what is not to be had is cancelled.
 * Where credit is to be given back for that, the saga keeps the order until `decideFinishRejection`; else it is free.
 */
export function decideSettleRejection(
  order: Order | undefined,
  { commandId }: Pick<ShipmentReport, 'commandId'>,
  found: Found,
  terms: Terms,
  hasSurplus = false,
): Decision<StepAnswer<CreditChange>, OrderEvent> {
  const claimed = takenBy(order, 'reject', commandId);
  if (!order || !claimed) return unchanged(refused('CONFLICT', 'the order is not taken by this rejection'));
  if (claimed.settled) return unchanged({ ...done, ...claimed.settled });
  const sources = sourcesByLine(claimed.lines, found.allocations);
  const missing = without(claimed.lines, sources);
  const backordered = waitsByLine(missing, found.backordered);
  const cancelled = without(missing, backordered).map(({ lineId, quantity }) => ({ lineId, quantity }));
  const data = { commandId, sources, backordered, cancelled };
  const settled = withEarlyFills(order, { type: 'orders.rejection-settled.v1', data }, terms);
  return {
    answer: { ...done, creditBy: -worthOf(order, cancelled) },
    events: withSurplus(settled, hasSurplus),
  };
}

/** The credit for what was cancelled has been given back. */
export function decideFinishRejection(
  order: Order | undefined,
  { commandId }: Pick<ShipmentReport, 'commandId'>,
): Decision<StepAnswer, OrderEvent> {
  if (!takenBy(order, 'reject', commandId)?.settled) return unchanged(done);
  return { answer: done, events: [{ type: 'orders.rejection-finished.v1', data: { commandId } }] };
}
