import { randomBytes } from 'node:crypto';
import { sourcesOf as sourcesOfLine } from '../../src/domain/order/line-units';
import type { Order } from '../../src/domain/order/order';
import type { Stores } from '../../src/stores/stores';
import type { ShownBooking, SimulatorProcess } from './simulator-process';

const CAUSE = { commandId: 'test', caller: 'set-up', correlation: 'test' };

function sourceOf(nodeId: string): string {
  if (nodeId.startsWith('pa-')) return nodeId.slice(3);
  return nodeId.startsWith('wh-') ? 'wms' : 'pos';
}

/** Creates an item with counts at nodes of the demo data. Its SKU begins with `name`. */
export async function stocked(
  stores: Stores,
  name: string,
  counts: Readonly<Record<string, number>>,
): Promise<string> {
  const sku = `${name}-${randomBytes(4).toString('hex')}`;
  const item = { sku, name, backorder: { mode: 'none' as const }, perOrderMax: null, tags: [] };
  await stores.inventorySetUp.setItem(item, CAUSE);
  for (const [nodeId, count] of Object.entries(counts)) {
    const source = await stores.inventorySetUp.source(sourceOf(nodeId));
    if (!source) throw new Error(`nobody reports ${nodeId}`);
    const row = { messageId: `${sku}/${nodeId}`, sku, nodeId, section: null, count, sequence: 1 };
    const [answer] = await stores.inventoryFeed.apply(source, [{ ...row, observedAt: now() }], CAUSE);
    if (answer?.kind !== 'applied') throw new Error(`the count of ${sku} was not taken: ${answer?.kind}`);
  }
  return sku;
}

const now = () => new Date().toISOString();

/** Returns the sources of an order's stock, each as quantity, first letter of the SKU, and node. */
export function sourcesOf(order: Order | undefined): readonly string[] {
  if (!order) return [];
  return order.lines
    .flatMap((line) =>
      sourcesOfLine(order, line).map(({ nodeId, quantity }) => `${quantity} ${line.sku.charAt(0)} ${nodeId}`),
    )
    .sort();
}

/** Returns a party's bookings for one order: state and number of references, by round. */
export async function bookedAt(
  simulator: SimulatorProcess,
  party: string,
  orderId: string,
): Promise<readonly string[]> {
  const all = await bookingsOf(simulator, party, orderId);
  return all.map(([round, { state, references }]) => `${round} ${state} ${references.length}`);
}

/** Returns the units that a party has booked for one order, by round, as `round: quantity SKU's first letter`. */
export async function unitsBookedAt(
  simulator: SimulatorProcess,
  party: string,
  orderId: string,
): Promise<readonly string[]> {
  const all = await bookingsOf(simulator, party, orderId);
  return all.flatMap(([round, { lines = [] }]) =>
    lines.map(({ sku, quantity }) => `${round}: ${quantity} ${sku.charAt(0)}`),
  );
}

async function bookingsOf(
  simulator: SimulatorProcess,
  party: string,
  orderId: string,
): Promise<readonly (readonly [round: string, booking: ShownBooking])[]> {
  const prefix = `${orderId.replace('ord_', 'rsv_')}/${party}/`;
  const all = Object.entries(await simulator.bookings(party)).filter(([key]) => key.startsWith(prefix));
  return all.map(([key, booking]) => [key.slice(prefix.length), booking]);
}
