import type {
  CommandRow,
  RecordedRevision,
  RevisionDecision,
  WantedRevision,
} from '../command/recorded-command';
import { done } from '../decision';
import { sumBySku } from '../inventory/limits/demand';
import type { ExtendedStock } from '../inventory/reservation/extend';
import { type Refusal, type RefusalReason, refused } from '../refusal';
import { cancelledUnder, dealParts, type Part, partsOf, shippedParts } from './deal-units';
import { waitsByLine, withEarlyFills } from './fill-order';
import { isLive, sourcesByLine, totalOf, unitsOf, without } from './line-units';
import type { Order, OrderedLine, Terms } from './order';
import { alreadyDecided, freed, type OrderDecision } from './order-decision';
import type { OrderEvent } from './order-events';
import { closedToChanges, isLockedBy, locked, reservationOf } from './semantic-lock';

/** Returns the reason why an order cannot be revised like this; undefined when it can. */
function refusalOfRevise(
  order: Order | undefined,
  wanted: Pick<WantedRevision, 'baseVersion' | 'lines'>,
): Refusal | undefined {
  if (!order) return refused('UNKNOWN_ORDER');
  const closed = closedToChanges(order);
  if (closed) return closed;
  if (wanted.baseVersion !== order.version)
    return refused('VERSION_MISMATCH', `the order is at version ${order.version}`);
  return refusalOfLines(order, wanted) ?? locked(order);
}

function refusalOfLines(order: Order, { lines }: Pick<WantedRevision, 'lines'>): Refusal | undefined {
  const named = lines.flatMap(({ lineId }) => lineId ?? []);
  const twice = named.find((lineId, at) => named.indexOf(lineId) !== at);
  if (twice !== undefined) return refused('LINE_MISMATCH', `the revision names line ${twice} twice`);
  for (const { lineId, sku } of lines) {
    const had = order.lines.find((line) => line.lineId === lineId);
    if (lineId !== undefined && !had) return refused('UNKNOWN_LINE', `the order has no line ${lineId}`);
    if (had && had.sku !== sku) return refused('LINE_MISMATCH', `line ${lineId} is for ${had.sku}`);
  }
  return belowShipped(order, lines);
}

/** Refuses fewer units at a price than have shipped at it: their price was captured. */
function belowShipped(
  order: Order,
  lines: readonly Pick<OrderedLine, 'sku' | 'quantity' | 'unitPrice'>[],
): Refusal | undefined {
  const { parts } = shippedParts(order);
  const few = parts.find((part) => unitsOf(atPriceOf(parts, part)) > unitsOf(atPriceOf(lines, part)));
  if (!few) return undefined;
  const shipped = unitsOf(atPriceOf(parts, few));
  return refused(
    'BELOW_SHIPPED',
    `${shipped} units of ${few.sku} have shipped at a unit price of ${few.unitPrice}`,
  );
}

function atPriceOf<Units extends Pick<OrderedLine, 'sku' | 'unitPrice'>>(
  units: readonly Units[],
  { sku, unitPrice }: Pick<OrderedLine, 'sku' | 'unitPrice'>,
): readonly Units[] {
  return units.filter((one) => one.sku === sku && one.unitPrice === unitPrice);
}

/** Records a revision: locks the order and fixes the stock and credit that the new content needs. */
export function recordRevision(
  order: Order | undefined,
  { id, wanted }: Pick<CommandRow<'revise'>, 'id' | 'wanted'>,
): OrderDecision<{ readonly kind: 'recorded' }> | Refusal {
  const refusal = refusalOfRevise(order, wanted);
  if (refusal || !order) return refusal ?? refused('UNKNOWN_ORDER');
  const content = contentOf(order, wanted);
  const recorded: RecordedRevision = { content, ...needsOf(order, content) };
  return {
    answer: { kind: 'recorded' },
    events: [{ type: 'orders.revision-claimed.v1', data: { commandId: id, lines: content } }],
    commands: [{ id, wanted: { ...wanted, recorded } }],
  };
}

/**
 * Gives each line its id. A line without one takes that of an unnamed line of the same SKU and price, then of the same
 * SKU, and else an id that no line of the order has had.
 */
function contentOf(order: Order, { lines }: Pick<WantedRevision, 'lines'>): readonly OrderedLine[] {
  const named = new Set(lines.map(({ lineId }) => lineId));
  let free = order.lines.filter(({ lineId }) => !named.has(lineId));
  const ids = lines.map(({ lineId }) => lineId);
  for (const isPriced of [true, false]) {
    for (const [at, { sku, unitPrice }] of lines.entries()) {
      if (ids[at] !== undefined) continue;
      const one = free.find((line) => line.sku === sku && (!isPriced || line.unitPrice === unitPrice));
      ids[at] = one?.lineId;
      free = free.filter((line) => line !== one);
    }
  }
  let last = order.lastLine;
  return lines.map(({ sku, quantity, unitPrice }, at) => ({
    lineId: ids[at] ?? `${++last}`,
    sku,
    quantity,
    unitPrice,
  }));
}

/** Returns what a revision needs of each SKU as a whole: a unit that changes lines moves no stock. */
function needsOf(order: Order, content: readonly OrderedLine[]): Omit<RecordedRevision, 'content'> {
  const cancelled = cancelledUnder(order, content);
  const { left, missing } = dealParts(without(content, cancelled), partsOf(order, []));
  return {
    reservationId: reservationOf(order),
    cancelled,
    increases: sumBySku(missing),
    decreases: sumBySku(left),
    creditBy: totalOf(without(content, cancelled)) - order.total,
    shipments: order.shipments.filter(isLive).length,
  };
}

/** A run's proposal for a revision: apply it with the stock found, or turn it back. */
export type RevisionProposal =
  | { readonly kind: 'apply'; readonly found: ExtendedStock }
  | { readonly kind: 'turn-back'; readonly reason: RefusalReason; readonly detail?: string };

/**
 * Decides a revision in its order's row, once. A later run gets the stored decision. The decreases are computed here,
 * because backordered units may have arrived since the record.
 * @throws Error when the revision is undecided and does not have the order's lock
 */
export function decideRevision(
  order: Order | undefined,
  command: CommandRow<'revise'>,
  proposal: RevisionProposal,
  terms: Terms,
): OrderDecision<RevisionDecision> {
  if (command.decision) return alreadyDecided(command.decision);
  if (!isLockedBy(order, 'revise', command.id))
    throw new Error(`revision ${command.id} is undecided, but has not locked its order`);
  return proposal.kind === 'apply'
    ? applied(order, command, proposal.found, terms)
    : turnedBack(command, proposal);
}

function applied(
  order: Order,
  { id, wanted: { recorded } }: CommandRow<'revise'>,
  { allocations, backordered: entries, partners = [] }: ExtendedStock,
  terms: Terms,
): OrderDecision<RevisionDecision> {
  if (!recorded) throw new Error(`revision ${id} has no recorded content`);
  const { content: lines, cancelled, creditBy } = recorded;
  const { dealt, left, missing } = dealParts(without(lines, cancelled), partsOf(order, partners));
  const sources = sourcesByLine(missing, allocations);
  const backordered = waitsByLine(without(missing, sources), entries);
  const moved = dealt.filter(({ lineId, to }) => lineId !== to).map(unpriced);
  // The newest promises go first.
  const decreases = left.map(unpriced).reverse();
  const decision: RevisionDecision = {
    kind: 'applied',
    reservationId: reservationOf(order),
    decreases,
    creditBy,
  };
  const data = { commandId: id, lines, cancelled, moved, sources, backordered, decreases };
  return {
    answer: decision,
    events: withEarlyFills(order, { type: 'orders.revision-applied.v1', data }, terms),
    commands: [{ id, decision }],
  };
}

function unpriced<Units extends Part>({ unitPrice: _, ...units }: Units): Omit<Units, 'unitPrice'> {
  return units;
}

/** Turns an undecided revision back; its saga gives back the stock and credit it gained. */
export function turnedBack(
  { id }: Pick<CommandRow<'revise'>, 'id'>,
  { reason, detail }: { readonly reason: RefusalReason; readonly detail?: string },
): OrderDecision<RevisionDecision> {
  const decision: RevisionDecision = {
    kind: 'turned-back',
    reason,
    ...(detail === undefined ? {} : { detail }),
  };
  return {
    answer: decision,
    events: [{ type: 'orders.revision-turned-back.v1', data: { commandId: id, reason } }],
    commands: [{ id, decision }],
  };
}

/**
 * Frees an order from its revision once its saga has given back everything due.
 * @throws Error when the revision is undecided
 */
export function freeRevised(
  order: Order | undefined,
  { id, decision }: Pick<CommandRow<'revise'>, 'id' | 'decision'>,
  hasSurplus: boolean,
): OrderDecision<typeof done> {
  if (!isLockedBy(order, 'revise', id)) return alreadyDecided(done);
  if (!decision) throw new Error(`revision ${id} is undecided, so it cannot unlock its order`);
  const event: OrderEvent =
    decision.kind === 'applied'
      ? { type: 'orders.revision-finished.v1', data: { commandId: id } }
      : { type: 'orders.revision-failed.v1', data: { commandId: id, reason: decision.reason } };
  return freed(id, hasSurplus, event);
}
