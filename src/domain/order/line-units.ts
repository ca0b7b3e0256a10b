import { compositeName } from '../../names/composite-name';
import type { Order, OrderedLine, OrderLine, Shipment, ShipmentState } from './order';
import type { ChosenSource, LineUnits } from './order-events';

export function unitsOf(parts: readonly { readonly quantity: number }[]): number {
  return parts.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Returns the value of lines, in minor units. */
export function totalOf(lines: readonly Pick<OrderedLine, 'quantity' | 'unitPrice'>[]): number {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

/** Returns the value of lines without cancelled units, in minor units. */
export function dueTotalOf(
  lines: readonly Pick<OrderLine, 'quantity' | 'cancelled' | 'unitPrice'>[],
): number {
  return totalOf(
    lines.map(({ quantity, cancelled, unitPrice }) => ({ quantity: quantity - cancelled, unitPrice })),
  );
}

/** Returns the value of an order's units, in minor units. */
export function worthOf({ lines }: Pick<Order, 'lines'>, units: readonly LineUnits[]): number {
  const priceOf = (lineId: string) => lines.find((line) => line.lineId === lineId)?.unitPrice ?? 0;
  return units.reduce((sum, { lineId, quantity }) => sum + quantity * priceOf(lineId), 0);
}

/** Returns true for a shipment that is neither rejected nor cancelled: its units are the order's. */
export function isLive({ state }: Pick<Shipment, 'state'>): boolean {
  return state !== 'REJECTED' && state !== 'CANCELLED';
}

/** Returns true when a shipment has left its node. Such a shipment is never taken back. */
export function hasLeft({ state }: Pick<Shipment, 'state'>): boolean {
  return state === 'SHIPPED' || state === 'DELIVERED';
}

/** Returns the units of an order that have left their nodes. */
export function shippedLines({ shipments }: Pick<Order, 'shipments'>) {
  return shipments.filter(hasLeft).flatMap(({ nodeId, lines }) => lines.map((line) => ({ ...line, nodeId })));
}

/** Returns the number of units of a line that have left their nodes. */
export function shippedUnits(order: Pick<Order, 'shipments'>, lineId: string): number {
  return unitsOf(shippedLines(order).filter((line) => line.lineId === lineId));
}

/** Units of a line at one node in one state, as shown to readers of the order. */
export interface LineSource {
  readonly nodeId: string;
  readonly quantity: number;
  readonly state: 'COMMITTED' | 'SHIPPED' | 'DELIVERED';
}

/** Returns the units of a line that nodes have or have sent, by node and state. */
export function sourcesOf(
  { shipments }: Pick<Order, 'shipments'>,
  { lineId, committed }: Pick<OrderLine, 'lineId' | 'committed'>,
): readonly LineSource[] {
  const carried = shipments
    .filter(isLive)
    .flatMap(({ nodeId, state, lines }) =>
      lines
        .filter((line) => line.lineId === lineId)
        .map(({ quantity }) => ({ nodeId, quantity, state: sourceStateOf(state) })),
    );
  const idle = committed.map((units) => ({ ...units, state: 'COMMITTED' as const }));
  const sums = new Map<string, LineSource>();
  for (const source of [...carried, ...idle]) {
    const key = compositeName(source.state, source.nodeId);
    sums.set(key, { ...source, quantity: source.quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

function sourceStateOf(state: ShipmentState): LineSource['state'] {
  return state === 'SHIPPED' || state === 'DELIVERED' ? state : 'COMMITTED';
}

/** Sums units by SKU and node, the granularity of inventory allocations. */
export function bySkuAndNode(
  lines: readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[],
): readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[] {
  const sums = new Map<string, { sku: string; nodeId: string; quantity: number }>();
  for (const { sku, nodeId, quantity } of lines) {
    const key = compositeName(sku, nodeId);
    sums.set(key, { sku, nodeId, quantity: quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

/**
 * Deals parts out to lines of the same SKU, in line order, and returns the quantity that each line gets of each part.
 */
export function dealt<Part extends { readonly sku: string; readonly quantity: number }>(
  lines: readonly Pick<OrderedLine, 'lineId' | 'sku' | 'quantity'>[],
  parts: readonly Part[],
): readonly { readonly lineId: string; readonly part: Part; readonly quantity: number }[] {
  const left = parts.map(({ quantity }) => quantity);
  return lines.flatMap(({ lineId, sku, quantity }) => {
    let missing = quantity;
    return parts.flatMap((part, at) => {
      const taken = part.sku === sku ? Math.min(missing, left[at] ?? 0) : 0;
      if (taken === 0) return [];
      missing -= taken;
      left[at] = (left[at] ?? 0) - taken;
      return [{ lineId, part, quantity: taken }];
    });
  });
}

/** Deals allocations out to lines of the same SKU, in line order. */
export function sourcesByLine(
  lines: readonly Pick<OrderedLine, 'lineId' | 'sku' | 'quantity'>[],
  allocations: readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[],
): readonly ChosenSource[] {
  return dealt(lines, allocations).map(({ lineId, part: { nodeId }, quantity }) => ({
    lineId,
    nodeId,
    quantity,
  }));
}

/** Sums units by line, in the order of their first units. */
export function byLine(units: readonly LineUnits[]): readonly LineUnits[] {
  const sums = new Map<string, number>();
  for (const { lineId, quantity } of units) sums.set(lineId, (sums.get(lineId) ?? 0) + quantity);
  return [...sums].map(([lineId, quantity]) => ({ lineId, quantity })).filter(({ quantity }) => quantity > 0);
}

/** Returns the part of each line that is not among the units; covered lines are left out. */
export function without<L extends LineUnits>(lines: readonly L[], units: readonly LineUnits[]): readonly L[] {
  return lines
    .map((line) => ({
      ...line,
      quantity: line.quantity - unitsOf(units.filter(({ lineId }) => lineId === line.lineId)),
    }))
    .filter(({ quantity }) => quantity > 0);
}

/** Returns the first `quantity` units of some parts. */
export function firstOf<Part extends { readonly quantity: number }>(
  parts: readonly Part[],
  quantity: number,
): readonly Part[] {
  let left = quantity;
  return parts.flatMap((part) => {
    const taken = Math.min(left, part.quantity);
    left -= taken;
    return taken > 0 ? [{ ...part, quantity: taken }] : [];
  });
}

/** Takes up to `quantity` units off the matching parts, first part first; empty parts disappear. */
export function less<Part extends { readonly quantity: number }>(
  parts: readonly Part[],
  matches: (part: Part) => boolean,
  quantity: number,
): readonly Part[] {
  let left = quantity;
  return parts.flatMap((part) => {
    if (left === 0 || !matches(part)) return [part];
    const taken = Math.min(left, part.quantity);
    left -= taken;
    return taken === part.quantity ? [] : [{ ...part, quantity: part.quantity - taken }];
  });
}
