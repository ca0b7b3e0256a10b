import type {
  CommandRow,
  RecordedRevision,
  RevisionDecision,
  WantedRevision,
} from '../command/recorded-command';
import { done } from '../decision';
import { sumBySku } from '../inventory/limits/demand';
import type { FoundStock } from '../inventory/reservation/extend';
import { type Refusal, type RefusalReason, refused } from '../refusal';
import { keptCancelled } from './evolve-order';
import { waitsByLine, withEarlyFills } from './fill-order';
import { dueTotalOf, isLive, shippedUnits, sourcesByLine, without } from './line-units';
import type { Decrease, Order, OrderedLine, OrderLine, Shipment, Terms } from './order';
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
  if (twice !== undefined) return refused('LINE_MISMATCH', `line ${twice} is there twice`);
  for (const line of lines) {
    const refusal = line.lineId === undefined ? undefined : refusalOfLine(order, line.lineId, line);
    if (refusal) return refusal;
  }
  const gone = order.lines.find(({ lineId }) => !named.includes(lineId) && shippedUnits(order, lineId) > 0);
  return gone && refused('BELOW_SHIPPED', `some of line ${gone.lineId} has shipped`);
}

function refusalOfLine(
  order: Order,
  lineId: string,
  wanted: Omit<OrderedLine, 'lineId'>,
): Refusal | undefined {
  const had = order.lines.find((line) => line.lineId === lineId);
  if (!had) return refused('UNKNOWN_LINE', `the order has no line ${lineId}`);
  if (had.sku !== wanted.sku) return refused('LINE_MISMATCH', `line ${lineId} is of ${had.sku}`);
  const shipped = shippedUnits(order, lineId);
  if (wanted.quantity < shipped) return refused('BELOW_SHIPPED', `${shipped} of line ${lineId} have shipped`);
  return shipped > 0 && wanted.unitPrice !== had.unitPrice
    ? refused('LINE_MISMATCH', `some of line ${lineId} has shipped at another price`)
    : undefined;
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

/** Gives new lines ids that no line of the order has had. */
function contentOf(order: Order, { lines }: Pick<WantedRevision, 'lines'>): readonly OrderedLine[] {
  let last = order.lastLine;
  return lines.map(({ lineId, sku, quantity, unitPrice }) => ({
    lineId: lineId ?? `${++last}`,
    sku,
    quantity,
    unitPrice,
  }));
}

function needsOf(order: Order, content: readonly OrderedLine[]): Omit<RecordedRevision, 'content'> {
  return {
    reservationId: reservationOf(order),
    increases: sumBySku(increasesOf(order.lines, content)),
    creditBy: creditByOf(order, content),
  };
}

/** Returns the change of the order's total under other content, in minor units; negative when it gets cheaper. */
function creditByOf(order: Order, content: readonly OrderedLine[]): number {
  const after = content.map((line) => {
    const had = lineOf(order.lines, line);
    return { ...line, cancelled: had ? keptCancelled(had, line.quantity) : 0 };
  });
  return dueTotalOf(after) - order.total;
}

function lineOf(lines: readonly OrderLine[], { lineId }: Pick<OrderedLine, 'lineId'>): OrderLine | undefined {
  return lines.find((line) => line.lineId === lineId);
}

function increasesOf(lines: readonly OrderLine[], wanted: readonly OrderedLine[]): readonly OrderedLine[] {
  return wanted
    .map((line) => ({ ...line, quantity: line.quantity - (lineOf(lines, line)?.quantity ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/** A run's proposal for a revision: apply it with the stock found, or turn it back. */
export type RevisionProposal =
  | { readonly kind: 'apply'; readonly found: FoundStock }
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
    throw new Error(`revision ${command.id} is undecided and does not have its order`);
  return proposal.kind === 'apply'
    ? applied(order, command, proposal.found, terms)
    : turnedBack(command, proposal);
}

function applied(
  order: Order,
  { id, wanted: { recorded } }: CommandRow<'revise'>,
  found: FoundStock,
  terms: Terms,
): OrderDecision<RevisionDecision> {
  if (!recorded) throw new Error(`revision ${id} has no recorded content`);
  const { content: lines } = recorded;
  const increases = increasesOf(order.lines, lines);
  const sources = sourcesByLine(increases, found.allocations);
  const backordered = waitsByLine(without(increases, sources), found.backordered);
  const decreases = decreasesOf(order, lines);
  const decision: RevisionDecision = {
    kind: 'applied',
    reservationId: reservationOf(order),
    decreases,
    creditBy: creditByOf(order, lines),
  };
  const data = { commandId: id, lines, sources, backordered, decreases };
  return {
    answer: decision,
    events: withEarlyFills(order, { type: 'orders.revision-applied.v1', data }, terms),
    commands: [{ id, decision }],
  };
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

/** Returns the excess units of each line under the new content, in the order of `removableOf`. */
function decreasesOf(order: Order, wanted: readonly OrderedLine[]): readonly Decrease[] {
  return order.lines.flatMap((had) => {
    const quantity = wanted.find(({ lineId }) => lineId === had.lineId)?.quantity ?? 0;
    const excess = had.quantity - quantity - (had.cancelled - keptCancelled(had, quantity));
    return firstOf(removableOf(order, had), Math.max(0, excess));
  });
}

/** Returns the units of a line that a revision may take, in this order: backordered, idle, released, accepted. */
function removableOf(
  { shipments }: Order,
  { lineId, sku, waits, committed }: OrderLine,
): readonly Decrease[] {
  const of = { lineId, sku };
  const waiting = waits.map(({ place, quantity }) => ({ ...of, quantity, ...nowhere, place }));
  const idle = committed.map(({ nodeId, quantity }) => ({ ...of, quantity, ...nowhere, nodeId }));
  const carried = (state: Shipment['state']) =>
    shipments
      .filter((shipment) => isLive(shipment) && shipment.state === state)
      .flatMap(({ id: shipmentId, nodeId, lines }) =>
        lines
          .filter((line) => line.lineId === lineId)
          .map(({ quantity }) => ({ ...of, quantity, ...nowhere, nodeId, shipmentId })),
      );
  // The newest promises go first.
  return [waiting, idle, carried('RELEASED'), carried('ACCEPTED')].flatMap((parts) => [...parts].reverse());
}

const nowhere = { nodeId: null, place: null, shipmentId: null };

/** Returns the first `quantity` units of some parts. */
function firstOf(parts: readonly Decrease[], quantity: number): readonly Decrease[] {
  let left = quantity;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.quantity);
    left -= taken;
    return taken > 0 ? [{ ...part, quantity: taken }] : [];
  });
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
  if (!decision) throw new Error(`revision ${id} is undecided and cannot free its order`);
  const event: OrderEvent =
    decision.kind === 'applied'
      ? { type: 'orders.revision-finished.v1', data: { commandId: id } }
      : { type: 'orders.revision-failed.v1', data: { commandId: id, reason: decision.reason } };
  return freed(id, hasSurplus, event);
}
