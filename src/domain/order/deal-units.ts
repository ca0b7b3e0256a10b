import { byLine, hasLeft, unitsOf } from './line-units';
import type { Order, OrderedLine, OrderLine, PlacedUnits, Shipment } from './order';
import type { LineUnits } from './order-events';

/** Units of an order at the price of their line. Cancelled units have no place. */
export interface Part extends PlacedUnits {
  /** Minor units. */
  readonly unitPrice: number;
}

/** Parts that are dealt before the next group, and the lines that may have them, preferred ones first. */
export interface PartGroup {
  readonly parts: readonly Part[];
  readonly passes: readonly Fits[];
}

type Fits = (part: Part, line: OrderedLine) => boolean;

export interface Dealt {
  /** The parts of all groups, with the lines that got them. */
  readonly dealt: readonly (Part & { readonly to: string })[];
  /** The parts for which no line had room. */
  readonly left: readonly Part[];
  /** The rest of each line; full lines are left out. */
  readonly missing: readonly OrderedLine[];
}

const isSameLine: Fits = (part, line) => part.lineId === line.lineId;
const isSamePrice: Fits = (part, line) => part.unitPrice === line.unitPrice;
const isAny: Fits = () => true;
const ANYWHERE = [isSameLine, isSamePrice, isAny];
/** Shipped units keep their price, because it was captured. */
const AT_THEIR_PRICE: readonly Fits[] = [
  (part, line) => isSameLine(part, line) && isSamePrice(part, line),
  isSamePrice,
];

/**
 * Deals the units of an order out to the lines of a new content, each to a line of its SKU: group by group, and in each
 * group pass by pass, in line order.
 */
export function dealParts(lines: readonly OrderedLine[], groups: readonly PartGroup[]): Dealt {
  const room = new Map(lines.map(({ lineId, quantity }) => [lineId, quantity]));
  const dealt: (Part & { readonly to: string })[] = [];
  const left: Part[] = [];
  for (const { parts, passes } of groups) {
    let open = parts;
    for (const fits of passes) open = open.flatMap((part) => rest(part, fits));
    left.push(...open);
  }
  return { dealt, left, missing: withQuantities(lines, room) };

  function rest(part: Part, fits: Fits): readonly Part[] {
    let { quantity } = part;
    for (const line of lines) {
      const taken = Math.min(quantity, room.get(line.lineId) ?? 0);
      if (taken === 0 || line.sku !== part.sku || !fits(part, line)) continue;
      quantity -= taken;
      room.set(line.lineId, (room.get(line.lineId) ?? 0) - taken);
      dealt.push({ ...part, quantity: taken, to: line.lineId });
    }
    return quantity > 0 ? [{ ...part, quantity }] : [];
  }
}

function withQuantities(
  lines: readonly OrderedLine[],
  quantities: ReadonlyMap<string, number>,
): readonly OrderedLine[] {
  return lines
    .map((line) => ({ ...line, quantity: quantities.get(line.lineId) ?? 0 }))
    .filter(({ quantity }) => quantity > 0);
}

/**
 * Returns the units that an order has, in the order in which a revision deals them out: shipped, accepted, released,
 * idle, waiting; within each state the oldest first. Units that no line takes are given back. Units at partners come
 * right after shipped ones, so that fewer bookings have to be reduced.
 */
export function partsOf(order: Units, partners: readonly string[]): readonly PartGroup[] {
  const isAtPartner = ({ nodeId }: Part) => nodeId !== null && partners.includes(nodeId);
  const isOwn = (part: Part) => !isAtPartner(part);
  return [
    shippedParts(order),
    ...[isAtPartner, isOwn].flatMap((is) =>
      unshippedParts(order).map((parts) => ({ parts: parts.filter(is), passes: ANYWHERE })),
    ),
  ];
}

type Units = Pick<Order, 'lines' | 'shipments'>;

/** Returns the units that have left their nodes. */
export function shippedParts(order: Units): PartGroup {
  return { parts: carried(order, hasLeft), passes: AT_THEIR_PRICE };
}

function unshippedParts(order: Units): readonly (readonly Part[])[] {
  const idle = order.lines.flatMap(({ lineId, sku, unitPrice, committed }) =>
    committed.map((units) => ({ lineId, sku, unitPrice, ...units, place: null, shipmentId: null })),
  );
  const waiting = order.lines.flatMap(({ lineId, sku, unitPrice, waits }) =>
    waits.map(({ place, quantity }) => ({ lineId, sku, unitPrice, quantity, ...NOWHERE, place })),
  );
  const inState = (state: Shipment['state']) => carried(order, (shipment) => shipment.state === state);
  return [inState('ACCEPTED'), inState('RELEASED'), idle, waiting.sort((a, b) => a.place - b.place)];
}

const NOWHERE = { nodeId: null, place: null, shipmentId: null };

function carried({ lines: own, shipments }: Units, is: (shipment: Shipment) => boolean): readonly Part[] {
  const priceOf = new Map(own.map(({ lineId, unitPrice }) => [lineId, unitPrice]));
  return shipments.filter(is).flatMap(({ id: shipmentId, nodeId, lines }) =>
    lines.map(({ lineId, sku, quantity }) => {
      const unitPrice = priceOf.get(lineId) ?? 0;
      return { lineId, sku, quantity, unitPrice, nodeId, place: null, shipmentId };
    }),
  );
}

/**
 * Returns the cancelled units of an order under a new content. A lower quantity of an item removes cancelled units
 * first. The other cancelled units stay with their line as far as the line's own units leave room. The answer is the
 * same before and after backordered units arrive, because it also decides the value of the content.
 */
export function cancelledUnder(order: Units, lines: readonly OrderedLine[]): readonly LineUnits[] {
  const cancelled = order.lines.map((line) => ({ ...line, ...NOWHERE, quantity: line.cancelled }));
  if (unitsOf(cancelled) === 0) return [];
  const kept = keptBySku(order.lines, lines);
  const fitting = cancelled.map((part, at) => {
    const { sku, lineId, quantity: total } = order.lines[at] ?? part;
    const wanted = lines.find((line) => line.lineId === lineId)?.quantity ?? 0;
    const room = Math.max(0, wanted - (total - part.quantity));
    const quantity = Math.min(part.quantity, room, kept.get(sku) ?? 0);
    kept.set(sku, (kept.get(sku) ?? 0) - quantity);
    return { ...part, quantity };
  });
  const others = cancelled.map((part, at) => ({
    ...part,
    quantity: part.quantity - (fitting[at]?.quantity ?? 0),
  }));
  const afterShipped = dealParts(lines, [shippedParts(order)]);
  const own = dealParts(afterShipped.missing, [{ parts: fitting, passes: [isSameLine] }]);
  const live = dealParts(own.missing, partsOf(order, []).slice(1));
  const rest = dealParts(live.missing, [{ parts: [...own.left, ...others], passes: ANYWHERE }]);
  return byLine([...own.dealt, ...rest.dealt].map(({ to, quantity }) => ({ lineId: to, quantity })));
}

/** Returns the number of cancelled units that remain, by SKU. */
function keptBySku(had: readonly OrderLine[], lines: readonly OrderedLine[]): Map<string, number> {
  const less = new Map<string, number>();
  const add = (sku: string, quantity: number) => less.set(sku, (less.get(sku) ?? 0) + quantity);
  for (const { sku, quantity } of had) add(sku, quantity);
  for (const { sku, quantity } of lines) add(sku, -quantity);
  const kept = new Map<string, number>();
  for (const { sku, cancelled } of had) kept.set(sku, (kept.get(sku) ?? 0) + cancelled);
  for (const [sku, quantity] of kept) kept.set(sku, Math.max(0, quantity - Math.max(0, less.get(sku) ?? 0)));
  return kept;
}
