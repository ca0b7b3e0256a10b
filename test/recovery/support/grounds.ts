import type { StockNode } from '../../../src/domain/inventory/setup/set-up';
import type { CountRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import type { Stores } from '../../../src/stores/stores';
import { PartnerBooks } from './partner-books';

export const CAUSE = { commandId: 'set-up', caller: 'operator', correlation: 'set-up' };

/** The separate data of one case, so that no other case can disturb it or hide its effects. */
export interface Ground {
  /** The part that all of its ids share. */
  readonly key: string;
  readonly sku: string;
  readonly customerId: string;
  readonly orderId: string;
  readonly partner: PartnerBooks;
}

/** The initial stock of a ground's item by node, and its customer's credit limit. */
export interface Means {
  readonly stock: Readonly<Record<string, number>>;
  readonly limit: number;
  readonly backorders?: number;
}

/** A partner beside the warehouses: it is asked only for units that they do not have. */
export const PARTNER = 'pa';
const NODES: readonly StockNode[] = [
  node('w1', 'warehouse', 1),
  node('w2', 'warehouse', 2),
  node(PARTNER, 'partner', 9),
];
export const WMS = {
  id: 'wms',
  name: 'WMS',
  basis: 'on_hand',
  authority: 1,
  nodes: ['w1', 'w2', PARTNER],
} as const;
const LONG_AGO = '2026-01-01T00:00:00.000Z';
/** No more than the connections of a process: a set-up that waits for one too long fails. */
const AT_ONCE = 5;

function node(id: string, kind: StockNode['kind'], priority: number): StockNode {
  const feedTtlSeconds = kind === 'partner' ? 3_650 * 86_400 : null;
  return { id, name: id, kind, region: 'eu', priority, enabled: true, safetyStock: 0, feedTtlSeconds };
}

export async function setUpNodes({ inventorySetUp }: Stores): Promise<void> {
  for (const one of NODES) await inventorySetUp.setNode(one, CAUSE);
  await inventorySetUp.setSource(WMS, CAUSE);
}

/** Creates grounds with an item and a customer each; their keys begin with `name`. */
export async function openGrounds(
  stores: Stores,
  name: string,
  count: number,
  means: Means,
): Promise<readonly Ground[]> {
  const grounds = Array.from({ length: count }, (_, at) => groundOf(`${name}${String(at).padStart(4, '0')}`));
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(grounds.slice(from, from + AT_ONCE).map((ground) => furnish(stores, ground, means)));
  const rows = grounds.flatMap((ground) => countsOf(ground, means));
  const answers = await stores.inventoryFeed.apply(WMS, rows, CAUSE);
  const bad = answers.find(({ kind }) => kind !== 'applied');
  if (bad) throw new Error(`a count was not applied: ${JSON.stringify(bad)}`);
  return grounds;
}

function groundOf(key: string): Ground {
  return {
    key,
    sku: `sku-${key}`,
    customerId: `cus-${key}`,
    orderId: `ord_${key}`,
    partner: new PartnerBooks(),
  };
}

async function furnish(
  stores: Stores,
  { sku, customerId }: Ground,
  { limit, backorders }: Means,
): Promise<void> {
  const backorder =
    backorders === undefined
      ? ({ mode: 'none' } as const)
      : ({ mode: 'limited', limit: backorders } as const);
  await stores.inventorySetUp.setItem({ sku, name: sku, backorder, perOrderMax: null, tags: [] }, CAUSE);
  await stores.credit.setAccount(customerId, { currency: 'EUR', limit }, CAUSE);
}

function countsOf({ sku }: Ground, { stock }: Means): readonly CountRow[] {
  return Object.entries(stock).map(([nodeId, count]) => ({
    messageId: `${sku}/${nodeId}`,
    sku,
    nodeId,
    section: null,
    count,
    sequence: 1,
    observedAt: LONG_AGO,
  }));
}
