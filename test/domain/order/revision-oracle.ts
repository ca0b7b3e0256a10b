import type { WantedRevision } from '../../../src/domain/command/recorded-command';
import type { Backordered } from '../../../src/domain/inventory/limits/backorder';
import type { Demand } from '../../../src/domain/inventory/limits/demand';
import type { Order, Shipment } from '../../../src/domain/order/order';

/** The rules of a revision, stated again without the code under test. */

export const SKUS = ['cup', 'tea'] as const;

type Bag = Readonly<Record<string, number>>;

export function bagOf(parts: readonly (readonly [key: string, quantity: number])[]): Bag {
  const bag: Record<string, number> = {};
  for (const [key, quantity] of parts) bag[key] = (bag[key] ?? 0) + quantity;
  return Object.fromEntries(Object.entries(bag).filter(([, quantity]) => quantity !== 0));
}

const LEFT: readonly Shipment['state'][] = ['SHIPPED', 'DELIVERED'];
export const isOpen = ({ state }: Shipment) => state === 'RELEASED' || state === 'ACCEPTED';
export const sumOf = (parts: readonly { readonly quantity: number }[]) =>
  parts.reduce((sum, { quantity }) => sum + quantity, 0);
export const ofSku = <T extends { readonly sku: string }>(parts: readonly T[], sku: string) =>
  parts.filter((part) => part.sku === sku);

interface Unit {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
  /** The higher, the later a revision may give it back. */
  readonly rank: number;
}

/**
 * Lists where the units of an order are, whatever lines they are of. Shipments that `before` has not are left out: their
 * units count as idle at their nodes.
 */
function unitsIn({ lines, shipments }: Order, before: Order): readonly Unit[] {
  const had = new Set(before.shipments.map(({ id }) => id));
  const at = (nodeId: string, rank: number) => rank + (nodeId === 'p' ? 10 : 0);
  const idle = lines.flatMap(({ sku, committed }) =>
    committed.map(({ nodeId, quantity }) => ({
      key: `${sku} idle ${nodeId}`,
      sku,
      quantity,
      rank: at(nodeId, 1),
    })),
  );
  const waiting = lines.flatMap(({ sku, waits }) =>
    waits.map(({ place, quantity }) => ({ key: `${sku} waits ${place}`, sku, quantity, rank: 0 })),
  );
  const carried = shipments
    .filter(isOpen)
    .flatMap(({ id, nodeId, state, lines: own }) =>
      own.map(({ sku, quantity }) =>
        had.has(id)
          ? { key: `${sku} in ${id}`, sku, quantity, rank: at(nodeId, state === 'ACCEPTED' ? 3 : 2) }
          : { key: `${sku} idle ${nodeId}`, sku, quantity, rank: at(nodeId, 1) },
      ),
    );
  return [...idle, ...waiting, ...carried];
}

/** Lists the shipped units by shipment, SKU and price. */
export function shippedIn({ lines, shipments }: Order): Bag {
  const priceOf = (id: string) => lines.find(({ lineId }) => lineId === id)?.unitPrice;
  return bagOf(
    shipments
      .filter(({ state }) => LEFT.includes(state))
      .flatMap(({ id, lines: own }) =>
        own.map((units) => [`${id} ${units.sku} ${priceOf(units.lineId)}`, units.quantity] as const),
      ),
  );
}

const cancelledOf = ({ lines }: Order, sku: string) =>
  ofSku(lines, sku).reduce((sum, { cancelled }) => sum + cancelled, 0);
const dueOf = ({ lines }: Order) =>
  lines.reduce((sum, { quantity, cancelled, unitPrice }) => sum + (quantity - cancelled) * unitPrice, 0);

export function tooFewShipped(order: Order, lines: WantedRevision['lines']): boolean {
  const shipped = bagOf(
    Object.entries(shippedIn(order)).map(([key, quantity]) => [key.split(' ').slice(1).join(' '), quantity]),
  );
  const wanted = bagOf(lines.map(({ sku, unitPrice, quantity }) => [`${sku} ${unitPrice}`, quantity]));
  return Object.entries(shipped).some(([key, quantity]) => quantity > (wanted[key] ?? 0));
}

type Recorded = NonNullable<WantedRevision['recorded']>;

/** Checks that only the net change of each SKU moves stock. */
export function expectNet(before: Order, { content, increases, decreases }: Recorded): void {
  for (const sku of SKUS) {
    const net = sumOf(ofSku(content, sku)) - sumOf(ofSku(before.lines, sku));
    const less = Math.max(0, -net - cancelledOf(before, sku));
    expect([sku, sumOf(ofSku(increases, sku)), sumOf(ofSku(decreases, sku))]).toEqual([
      sku,
      Math.max(0, net),
      less,
    ]);
  }
}

export function expectCredit(before: Order, after: Order, creditBy: number): void {
  expect(after.total).toBe(dueOf(after));
  expect(creditBy).toBe(dueOf(after) - dueOf(before));
  for (const sku of SKUS) {
    const less = sumOf(ofSku(before.lines, sku)) - sumOf(ofSku(after.lines, sku));
    expect(cancelledOf(after, sku)).toBe(Math.max(0, cancelledOf(before, sku) - Math.max(0, less)));
  }
}

interface Change {
  readonly found: readonly (Demand & { readonly nodeId: string })[];
  readonly backordered: readonly Backordered[];
  readonly decreases: readonly (Demand & {
    readonly nodeId: string | null;
    readonly place: number | null;
    readonly shipmentId: string | null;
  })[];
}

/** Checks that each unit is where it was, but those that were given back and those that were found. */
export function expectConserved(
  before: Order,
  after: Order,
  { found, backordered, decreases }: Change,
): void {
  const bag = (units: readonly { readonly key: string; readonly quantity: number }[]) =>
    units.map(({ key, quantity }) => [key, quantity] as const);
  expect(bagOf(bag(unitsIn(after, before)))).toEqual(
    bagOf([
      ...bag(unitsIn(before, before)),
      ...found.map(({ sku, nodeId, quantity }) => [`${sku} idle ${nodeId}`, quantity] as const),
      ...backordered.map(({ sku, place, quantity }) => [`${sku} waits ${place}`, quantity] as const),
      ...decreases.map((units) => [keyOf(units), -units.quantity] as const),
    ]),
  );
  for (const { lineId, quantity, committed, waits, cancelled } of after.lines) {
    const live = after.shipments.filter((one) => isOpen(one) || LEFT.includes(one.state));
    const carried = live.flatMap(({ lines }) => lines.filter((one) => one.lineId === lineId));
    expect(sumOf(committed) + sumOf(waits) + sumOf(carried) + cancelled).toBe(quantity);
  }
}

function keyOf({ sku, nodeId, place, shipmentId }: Change['decreases'][number]): string {
  if (shipmentId !== null) return `${sku} in ${shipmentId}`;
  return nodeId === null ? `${sku} waits ${place}` : `${sku} idle ${nodeId}`;
}

/** Checks that nothing was given back while units of a lower rank stayed. */
export function expectLastFirst(before: Order, after: Order): void {
  const had = bagOf(unitsIn(before, before).map(({ key, quantity }) => [key, quantity]));
  const has = bagOf(unitsIn(after, before).map(({ key, quantity }) => [key, quantity]));
  for (const sku of SKUS) {
    const own = ofSku(unitsIn(before, before), sku);
    const gone = own.filter(({ key }) => (has[key] ?? 0) < (had[key] ?? 0)).map(({ rank }) => rank);
    const stayed = own.filter(({ key }) => (has[key] ?? 0) > 0).map(({ rank }) => rank);
    expect(Math.max(-1, ...gone)).toBeLessThanOrEqual(Math.min(99, ...stayed));
  }
}
