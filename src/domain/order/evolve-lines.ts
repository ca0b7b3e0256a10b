import { less } from './line-units';
import type { NodeUnits, OrderedLine, OrderLine, PlacedUnits, Shipment } from './order';
import type { ChosenSource, LineUnits, LineWait, ReleasedShipment } from './order-events';

/** Returns a line as ordered, with no stock promised yet. */
export function unpromised({ lineId, sku, quantity, unitPrice }: OrderedLine): OrderLine {
  return { lineId, sku, quantity, unitPrice, committed: [], waits: [], cancelled: 0, refusals: 0 };
}

/** Adds committed units to lines. */
export function withSources(
  lines: readonly OrderLine[],
  sources: readonly ChosenSource[],
): readonly OrderLine[] {
  return eachWith(lines, sources, (line, { nodeId, quantity }) => ({
    ...line,
    committed: withUnits(line.committed, { nodeId, quantity }),
  }));
}

export function withUnits(committed: readonly NodeUnits[], more: NodeUnits): readonly NodeUnits[] {
  const had = committed.find(({ nodeId }) => nodeId === more.nodeId);
  if (!had) return [...committed, more];
  return committed.map((units) =>
    units === had ? { ...units, quantity: units.quantity + more.quantity } : units,
  );
}

/** Adds backordered units to lines. */
export function withWaits(lines: readonly OrderLine[], waits: readonly LineWait[]): readonly OrderLine[] {
  return eachWith(lines, waits, (line, { place, quantity, promiseDate }) => ({
    ...line,
    waits: [...line.waits, { place, quantity, promiseDate }],
  }));
}

/** Removes from lines the units of a filled backorder entry. */
export function withoutWaits(
  lines: readonly OrderLine[],
  place: number,
  units: readonly LineUnits[],
): readonly OrderLine[] {
  return eachWith(lines, units, (line, { quantity }) => ({
    ...line,
    waits: less(line.waits, (wait) => wait.place === place, quantity),
  }));
}

/** Adds cancelled units to lines. */
export function withCancelled(
  lines: readonly OrderLine[],
  cancelled: readonly LineUnits[],
): readonly OrderLine[] {
  return eachWith(lines, cancelled, (line, { quantity }) => ({
    ...line,
    cancelled: line.cancelled + quantity,
  }));
}

/** Counts one more refusal on the lines of given-back units. */
export function refusedOnce(lines: readonly OrderLine[], units: readonly LineUnits[]): readonly OrderLine[] {
  return eachWith(lines, units, (line) => ({ ...line, refusals: line.refusals + 1 }));
}

/** Removes from lines the units that released shipments now carry. */
export function withoutReleased(
  lines: readonly OrderLine[],
  shipments: readonly ReleasedShipment[],
): readonly OrderLine[] {
  const carried = shipments.flatMap(({ nodeId, lines: own }) => own.map((units) => ({ ...units, nodeId })));
  return eachWith(lines, carried, withoutCommitted);
}

function withoutCommitted(line: OrderLine, { nodeId, quantity }: NodeUnits): OrderLine {
  return { ...line, committed: less(line.committed, (units) => units.nodeId === nodeId, quantity) };
}

/** Removes units from lines. Units in shipments are removed from the shipments instead. */
export function withoutPlaced(
  lines: readonly OrderLine[],
  units: readonly PlacedUnits[],
): readonly OrderLine[] {
  return eachWith(lines, units, (line, { nodeId, place, shipmentId, quantity }) => {
    if (shipmentId !== null) return line;
    if (nodeId !== null) return withoutCommitted(line, { nodeId, quantity });
    return { ...line, waits: less(line.waits, (wait) => wait.place === place, quantity) };
  });
}

/** Removes units from a shipment. A shipment with no units left takes the state `emptied`. */
export function shipmentWithout(
  shipment: Shipment,
  units: readonly LineUnits[],
  emptied: 'REJECTED' | 'CANCELLED',
): Shipment {
  const lines = units.reduce(
    (left, { lineId, quantity }) => less(left, (line) => line.lineId === lineId, quantity),
    shipment.lines,
  );
  return lines.length > 0 ? { ...shipment, lines } : { ...shipment, lines, state: emptied, dueAt: null };
}

/** Applies each of some units to its line. */
export function eachWith<Units extends { readonly lineId: string }>(
  lines: readonly OrderLine[],
  all: readonly Units[],
  change: (line: OrderLine, units: Units) => OrderLine,
): readonly OrderLine[] {
  return lines.map((line) =>
    all
      .filter(({ lineId }) => lineId === line.lineId)
      .reduce((changed, units) => change(changed, units), line),
  );
}
