import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { type Demand, sumBySku } from '../inventory/sourcing';
import { type Refusal, refused } from '../refusal';
import { keptCancelled } from './evolve-order';
import { waitsByLine, withEarlyFills } from './fill-order';
import { dueTotalOf, isLive, shippedUnits, sourcesByLine, without } from './line-units';
import type {
  CreditChange,
  Decrease,
  Order,
  OrderedLine,
  OrderLine,
  Pending,
  Shipment,
  Terms,
} from './order';
import type { OrderEvent } from './order-events';
import type { Found } from './reject-shipment';
import { closedToChanges, lockedByOther, refusedLate, reservationOf, takenBy } from './semantic-lock';
import { withSurplus } from './surplus';

/** The whole new content: a line that is not among these any more is taken out. */
export interface ReviseOrder {
  readonly commandId: string;
  /** The version of the content that the caller has seen. */
  readonly baseVersion: number;
  readonly lines: readonly (Omit<OrderedLine, 'lineId'> & { readonly lineId?: string })[];
}

/** What a revision needs more of. What it needs less of is known when it is applied. */
export interface RevisionGiven extends CreditChange {
  readonly reservationId: string;
  /** Nothing for a revision of prices alone. */
  readonly increases: readonly Demand[];
}

/** What a revision gives back, once it stands. */
export interface AppliedGiven extends CreditChange {
  readonly reservationId: string;
  readonly decreases: readonly Decrease[];
}

/** Why an order cannot be revised like this; undefined where it can. */
export function refusalOfRevise(order: Order | undefined, command: ReviseOrder): Refusal | undefined {
  if (!order) return refused('UNKNOWN_ORDER');
  const closed = closedToChanges(order);
  if (closed) return closed;
  if (command.baseVersion !== order.version)
    return refused('VERSION_MISMATCH', `the order is at version ${order.version}`);
  return refusalOfLines(order, command) ?? lockedByOther(order, command.commandId);
}

function refusalOfLines(order: Order, { lines }: ReviseOrder): Refusal | undefined {
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

/** Takes the order for its revision, and says what has to be had before the new content can stand. */
export function decideClaimRevision(
  order: Order | undefined,
  command: ReviseOrder,
): Decision<StepAnswer<RevisionGiven>, OrderEvent> {
  const { commandId } = command;
  if (order && takenBy(order, 'revise', commandId)) return unchanged({ ...done, ...revisionGiven(order) });
  const refusal = refusalOfRevise(order, command);
  if (refusal || !order) return refusedLate(order, 'revise', commandId, refusal ?? refused('UNKNOWN_ORDER'));
  const data = { commandId, lines: contentOf(order, command) };
  const pending: Pending = { kind: 'revise', ...data, applied: null };
  return {
    answer: { ...done, ...revisionGiven({ ...order, pending }) },
    events: [{ type: 'orders.revision-claimed.v1', data }],
  };
}

/** New lines get ids that no line or shipment of the order has had. */
function contentOf(order: Order, { lines }: ReviseOrder): readonly OrderedLine[] {
  const used = [...order.lines, ...order.shipments.flatMap((shipment) => shipment.lines)];
  let last = Math.max(0, ...used.map(({ lineId }) => Number(lineId)).filter(Number.isInteger));
  return lines.map(({ lineId, sku, quantity, unitPrice }) => ({
    lineId: lineId ?? `${++last}`,
    sku,
    quantity,
    unitPrice,
  }));
}

function revisionGiven(order: Order): RevisionGiven {
  const { pending, lines } = order;
  if (pending?.kind !== 'revise') throw new Error(`order ${order.id} is not being revised`);
  if (pending.applied) {
    const { creditBy } = pending.applied;
    return { reservationId: reservationOf(order), increases: [], creditBy };
  }
  const after = pending.lines.map((line) => {
    const had = lineOf(lines, line);
    return { ...line, cancelled: had ? keptCancelled(had, line.quantity) : 0 };
  });
  return {
    reservationId: reservationOf(order),
    increases: sumBySku(increasesOf(lines, pending.lines)),
    creditBy: dueTotalOf(after) - order.total,
  };
}

function lineOf(lines: readonly OrderLine[], { lineId }: Pick<OrderedLine, 'lineId'>): OrderLine | undefined {
  return lines.find((line) => line.lineId === lineId);
}

function increasesOf(lines: readonly OrderLine[], wanted: readonly OrderedLine[]): readonly OrderedLine[] {
  return wanted
    .map((line) => ({ ...line, quantity: line.quantity - (lineOf(lines, line)?.quantity ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/**
 * The pivot of a revision: with what the inventory gave for its increases the new content stands. The answer says what
 * it gives back: not what anybody foresaw, but what the order has too much of now (units that wait may have come).
 */
export function decideApplyRevision(
  order: Order | undefined,
  { commandId }: Pick<ReviseOrder, 'commandId'>,
  found: Found,
  terms: Terms,
): Decision<StepAnswer<AppliedGiven>, OrderEvent> {
  const pending = takenBy(order, 'revise', commandId);
  if (!order || !pending) return unchanged(refused('CONFLICT', 'the order is not taken by this revision'));
  if (pending.turnedBack) return unchanged(refused(pending.turnedBack));
  const reservationId = reservationOf(order);
  if (pending.applied) return unchanged({ ...done, reservationId, ...pending.applied });
  const { lines } = pending;
  const increases = increasesOf(order.lines, lines);
  const sources = sourcesByLine(increases, found.allocations);
  const backordered = waitsByLine(without(increases, sources), found.backordered);
  const decreases = decreasesOf(order, lines);
  const data = { commandId, lines, sources, backordered, decreases };
  const { creditBy } = revisionGiven(order);
  return {
    answer: { ...done, reservationId, decreases, creditBy },
    events: withEarlyFills(order, { type: 'orders.revision-applied.v1', data }, terms),
  };
}

/** What each line has too much of: units that wait first, then those that the fewest hands have touched. */
function decreasesOf(order: Order, wanted: readonly OrderedLine[]): readonly Decrease[] {
  return order.lines.flatMap((had) => {
    const quantity = wanted.find(({ lineId }) => lineId === had.lineId)?.quantity ?? 0;
    const excess = had.quantity - quantity - (had.cancelled - keptCancelled(had, quantity));
    return firstOf(removableOf(order, had), Math.max(0, excess));
  });
}

/** In the order in which units go. */
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
  // What was promised last goes first.
  return [waiting, idle, carried('RELEASED'), carried('ACCEPTED')].flatMap((parts) => [...parts].reverse());
}

const nowhere = { nodeId: null, place: null, shipmentId: null };

/** The first so many units of some parts. */
function firstOf(parts: readonly Decrease[], quantity: number): readonly Decrease[] {
  let left = quantity;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.quantity);
    left -= taken;
    return taken > 0 ? [{ ...part, quantity: taken }] : [];
  });
}

/** What an applied revision had less of has been given back. */
export function decideFinishRevision(
  order: Order | undefined,
  { commandId }: Pick<ReviseOrder, 'commandId'>,
  hasSurplus = false,
): Decision<StepAnswer, OrderEvent> {
  if (!takenBy(order, 'revise', commandId)?.applied) return unchanged(done);
  const finished: OrderEvent = { type: 'orders.revision-finished.v1', data: { commandId } };
  return { answer: done, events: withSurplus([finished], hasSurplus) };
}
