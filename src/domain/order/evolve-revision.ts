import {
  eachWith,
  shipmentWithout,
  unpromised,
  withoutPlaced,
  withSources,
  withUnits,
  withWaits,
} from './evolve-lines';
import { unitsOf } from './line-units';
import type { MovedUnits, Order, OrderLine, Shipment, ShipmentLine, Wait } from './order';
import type { ReleasingEvent } from './order-events';

type Applied = Extract<ReleasingEvent, { type: 'orders.revision-applied.v1' }>['data'];

/**
 * Applies a revision's content to an order. Units that change lines keep their place: stock and shipments lose only the
 * decreases.
 */
export function revisionApplied(order: Order, data: Applied): Order {
  const { lines: content, cancelled, moved, sources, backordered, decreases } = data;
  const left = withoutPlaced(order.lines, [...decreases, ...moved]);
  const revised = content.map((line): OrderLine => {
    const had = left.find(({ lineId }) => lineId === line.lineId) ?? unpromised(line);
    return { ...had, ...line, cancelled: unitsOf(cancelled.filter(({ lineId }) => lineId === line.lineId)) };
  });
  return {
    ...order,
    lines: withWaits(withSources(withMoved(revised, order, moved), sources), backordered),
    shipments: order.shipments.map((shipment) => revisedShipment(shipment, data)),
    earlyFills: [],
    version: order.version + 1,
  };
}

/** Adds moved units to their new lines. The refusals of a line go with its units. */
function withMoved(
  lines: readonly OrderLine[],
  { lines: before }: Pick<Order, 'lines'>,
  moved: readonly MovedUnits[],
): readonly OrderLine[] {
  const toLines = moved.map((units) => ({ ...units, lineId: units.to, from: units.lineId }));
  return eachWith(lines, toLines, (line, { from, quantity, nodeId, place, shipmentId }) => {
    const old = before.find(({ lineId }) => lineId === from);
    const changed = { ...line, refusals: Math.max(line.refusals, old?.refusals ?? 0) };
    if (shipmentId !== null) return changed;
    if (nodeId !== null) return { ...changed, committed: withUnits(line.committed, { nodeId, quantity }) };
    const wait = old?.waits.find((one) => one.place === place);
    return wait ? { ...changed, waits: withWait(line.waits, { ...wait, quantity }) } : changed;
  });
}

function withWait(waits: readonly Wait[], more: Wait): readonly Wait[] {
  const had = waits.find(({ place }) => place === more.place);
  if (!had) return [...waits, more];
  return waits.map((wait) => (wait === had ? { ...wait, quantity: wait.quantity + more.quantity } : wait));
}

function revisedShipment(shipment: Shipment, { moved, decreases }: Applied): Shipment {
  const isHere = ({ shipmentId }: Pick<MovedUnits, 'shipmentId'>) => shipmentId === shipment.id;
  const gone = decreases.filter(isHere);
  const kept = gone.length > 0 ? shipmentWithout(shipment, gone, 'CANCELLED') : shipment;
  const own = moved.filter(isHere);
  return own.length > 0 ? { ...kept, lines: relabelled(kept.lines, own) } : kept;
}

/** Gives units of a shipment to other lines. They keep the ids of lines that had them, for reports of the node. */
function relabelled(lines: readonly ShipmentLine[], moved: readonly MovedUnits[]): readonly ShipmentLine[] {
  let left = lines;
  const relabelledUnits: ShipmentLine[] = [];
  for (const { lineId, to, quantity } of moved) {
    let missing = quantity;
    left = left.flatMap((line) => {
      const taken = line.lineId === lineId ? Math.min(missing, line.quantity) : 0;
      if (taken === 0) return [line];
      missing -= taken;
      const [staying, leaving] = split(line, taken);
      const formerly = [...new Set([...(line.formerly ?? []), lineId])].filter((id) => id !== to);
      relabelledUnits.push({ ...leaving, lineId: to, formerly });
      return staying.quantity > 0 ? [staying] : [];
    });
  }
  return merged([...left, ...relabelledUnits]);
}

/** Splits units off a line of a shipment. Units that came back stay, as far as they can. */
function split(
  line: ShipmentLine,
  quantity: number,
): readonly [staying: ShipmentLine, leaving: ShipmentLine] {
  const { returned = 0 } = line;
  const rest = line.quantity - quantity;
  const staying = Math.min(returned, rest);
  return [
    withReturned({ ...line, quantity: rest }, staying),
    withReturned({ ...line, quantity }, returned - staying),
  ];
}

function withReturned({ returned: _, ...line }: ShipmentLine, returned: number): ShipmentLine {
  return returned > 0 ? { ...line, returned } : line;
}

/** Joins the units of one line that have the same former line ids. */
function merged(lines: readonly ShipmentLine[]): readonly ShipmentLine[] {
  const sums = new Map<string, ShipmentLine>();
  for (const { formerly = [], returned = 0, ...line } of lines) {
    const key = JSON.stringify([line.lineId, [...formerly].sort()]);
    const known = sums.get(key);
    const quantity = line.quantity + (known?.quantity ?? 0);
    const joined = { ...line, quantity, ...(formerly.length > 0 ? { formerly } : {}) };
    sums.set(key, withReturned(joined, returned + (known?.returned ?? 0)));
  }
  return [...sums.values()];
}
