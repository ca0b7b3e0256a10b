import type { Order, OrderedLine, OrderLine, Shipment, ShipmentState } from './order';
import type { ChosenSource, LineUnits } from './order-events';

export function unitsOf(parts: readonly { readonly quantity: number }[]): number {
  return parts.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** In minor units. */
export function totalOf(lines: readonly Pick<OrderedLine, 'quantity' | 'unitPrice'>[]): number {
  return lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

/** What lines come to without the units that were cancelled, in minor units. */
export function dueTotalOf(
  lines: readonly Pick<OrderLine, 'quantity' | 'cancelled' | 'unitPrice'>[],
): number {
  return totalOf(
    lines.map(({ quantity, cancelled, unitPrice }) => ({ quantity: quantity - cancelled, unitPrice })),
  );
}

/** What units of an order come to, in minor units. */
export function worthOf({ lines }: Pick<Order, 'lines'>, units: readonly LineUnits[]): number {
  const priceOf = (lineId: string) => lines.find((line) => line.lineId === lineId)?.unitPrice ?? 0;
  return units.reduce((sum, { lineId, quantity }) => sum + quantity * priceOf(lineId), 0);
}

/** A shipment that was not given up: its units are the order's. */
export function isLive({ state }: Pick<Shipment, 'state'>): boolean {
  return state !== 'REJECTED' && state !== 'CANCELLED';
}

/** A shipment that has left its node. What has left is never taken back. */
export function hasLeft({ state }: Pick<Shipment, 'state'>): boolean {
  return state === 'SHIPPED' || state === 'DELIVERED';
}

/** The units of an order that have left their nodes. */
export function shippedLines({ shipments }: Pick<Order, 'shipments'>) {
  return shipments.filter(hasLeft).flatMap(({ nodeId, lines }) => lines.map((line) => ({ ...line, nodeId })));
}

/** How many units of a line have left their nodes. */
export function shippedUnits(order: Pick<Order, 'shipments'>, lineId: string): number {
  return unitsOf(shippedLines(order).filter((line) => line.lineId === lineId));
}

/** Where units of a line are, for whoever looks at the order. */
export interface LineSource {
  readonly nodeId: string;
  readonly quantity: number;
  readonly state: 'COMMITTED' | 'SHIPPED' | 'DELIVERED';
}

/** The units that nodes have for a line, or have sent, by node and by how far they are. */
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
    const key = `${source.state}/${source.nodeId}`;
    sums.set(key, { ...source, quantity: source.quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

function sourceStateOf(state: ShipmentState): LineSource['state'] {
  return state === 'SHIPPED' || state === 'DELIVERED' ? state : 'COMMITTED';
}

/** Sums units by SKU and node: what shipments share there is one thing to the inventory. */
export function bySkuAndNode(
  lines: readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[],
): readonly { readonly sku: string; readonly nodeId: string; readonly quantity: number }[] {
  const sums = new Map<string, { sku: string; nodeId: string; quantity: number }>();
  for (const { sku, nodeId, quantity } of lines) {
    const key = `${sku}/${nodeId}`;
    sums.set(key, { sku, nodeId, quantity: quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

/** Deals what there is by SKU out to lines, in their order, and says how much of which part each has got. */
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

/** Deals what was allocated by SKU out to the lines, in their order. */
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

/** What of each line is not among some units yet. */
export function without<L extends LineUnits>(lines: readonly L[], units: readonly LineUnits[]): readonly L[] {
  return lines
    .map((line) => ({
      ...line,
      quantity: line.quantity - unitsOf(units.filter(({ lineId }) => lineId === line.lineId)),
    }))
    .filter(({ quantity }) => quantity > 0);
}

/** Takes up to `quantity` units off the parts that match, first part first; parts of none disappear. */
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
