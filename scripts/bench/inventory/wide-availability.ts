import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../../../src/stores/stores';
import { BenchCaller } from '../bench-caller';
import type { BenchServers } from '../bench-servers';
import { closedLoop, openLoop } from '../closed-loop';
import { OrderCaller } from '../order-caller';
import { memoryMbOf } from '../process-cost';
import { countOf, itemOf } from './inventory-data';

const NODES = 500;
/** Items that every node has. */
const EVERYWHERE = 100;
const ITEMS = 1_000;
const ASKING = 2;
const SECONDS = 15;
const CALLS_PER_SECOND = 20;
const CAUSE = { commandId: 'bench-wide', caller: 'set-up', correlation: 'bench-wide' };

/** Sets up 500 nodes, of which each has a hundred of the items. */
export async function loadNodes(stores: Stores): Promise<void> {
  const nodes = Array.from({ length: NODES }, (_, index) => `wide-${index}`);
  for (const id of nodes) {
    const node = {
      id,
      name: id,
      kind: 'store',
      region: 'south',
      priority: 9,
      enabled: true,
      safetyStock: 0,
    } as const;
    await stores.inventorySetUp.setNode({ ...node, feedTtlSeconds: 86_400 }, CAUSE);
  }
  const source = { id: 'wide', name: 'wide', basis: 'on_hand', authority: 1, nodes } as const;
  await stores.inventorySetUp.setSource(source, CAUSE);
  for (const nodeId of nodes) {
    const rows = Array.from({ length: EVERYWHERE }, (_, index) => countOf(itemOf(index), nodeId, 1));
    await stores.inventoryFeed.apply(source, rows, CAUSE);
  }
}

/**
 * Measures other calls (an order to its end, an order read, the sellable quantity of one item) alone, and while two callers ask
 * for a thousand items over and over, a hundred of which are at all 500 nodes.
 */
export async function measureWide(servers: BenchServers) {
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, ASKING);
  const skus = Array.from({ length: ITEMS }, (_, index) => itemOf(index));
  const body = JSON.stringify({ skus, region: 'north', channel: 'web' });
  const ask = async () => String((await caller.post('/v1/availability', body)).status);
  await measureCalls(servers);
  const alone = await measureCalls(servers);
  // Until the items are in memory.
  await closedLoop(ASKING, SECONDS, ask);
  const before = memoryMbOf(servers.pids.server);
  const asking = closedLoop(ASKING, SECONDS + 2, ask);
  await sleep(1_000);
  const beside = await measureCalls(servers);
  const asked = await asking;
  await closedLoop(ASKING, SECONDS, ask);
  const memoryMb = { before, after: memoryMbOf(servers.pids.server) };
  await caller.close();
  return { alone, beside, asked: shown(asked), memoryMb };
}

async function measureCalls(servers: BenchServers) {
  const orders = new OrderCaller(servers.apiUrl, servers.adminKey, 50);
  const caller = new BenchCaller(servers.apiUrl, servers.adminKey, 50);
  const read = async (path: string) => {
    await caller.get(path);
    return 'read';
  };
  const [placed, listed, one] = await Promise.all([
    openLoop(CALLS_PER_SECOND, SECONDS, () => orders.order(true)),
    openLoop(CALLS_PER_SECOND, SECONDS, () => read('/v1/orders?limit=1')),
    openLoop(CALLS_PER_SECOND, SECONDS, () => read(`/v1/availability?sku=${itemOf(1)}&region=north`)),
  ]);
  await Promise.all([orders.close(), caller.close()]);
  return { order: shown(placed), orderRead: shown(listed), oneItem: shown(one) };
}

function shown({ perSecond, p50Ms, p99Ms }: { perSecond: number; p50Ms: number; p99Ms: number }) {
  return { perSecond: Math.round(perSecond), p50Ms: Math.round(p50Ms), p99Ms: Math.round(p99Ms) };
}
