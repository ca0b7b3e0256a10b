import type { Item, Source, StockNode } from '../../src/domain/inventory/setup/set-up';
import type { CountRow } from '../../src/stores/inventory/feed/inventory-feed-rows';
import type { Stores } from '../../src/stores/stores';

const CAUSE = { commandId: 'demo-data', correlation: 'demo-data' };

const NODES: readonly StockNode[] = [
  node('wh-north', 'Warehouse North', 'warehouse', 'north', 1),
  node('wh-south', 'Warehouse South', 'warehouse', 'south', 1),
  node('st-harbour', 'Harbour Store', 'store', 'north', 5, { safetyStock: 1 }),
  node('st-market', 'Market Store', 'store', 'south', 5, { safetyStock: 1 }),
  node('st-station', 'Station Store', 'store', 'west', 5, { safetyStock: 1 }),
  node('pa-lumen', 'Lumen Lights', 'partner', 'west', 9, { feedTtlSeconds: 30 * 86_400 }),
  node('pa-tasso', 'Tasso Ceramics', 'partner', 'south', 9, { feedTtlSeconds: 30 * 86_400 }),
];

const SOURCES: readonly Source[] = [
  { id: 'wms', name: 'Warehouse system', basis: 'on_hand', authority: 10, nodes: ['wh-north', 'wh-south'] },
  {
    id: 'pos',
    name: 'Store tills',
    basis: 'on_hand',
    authority: 10,
    nodes: ['st-harbour', 'st-market', 'st-station'],
  },
  { id: 'lumen', name: 'Lumen Lights feed', basis: 'available', authority: 5, nodes: ['pa-lumen'] },
  { id: 'tasso', name: 'Tasso Ceramics feed', basis: 'available', authority: 5, nodes: ['pa-tasso'] },
];

const PRODUCTS = ['MUG', 'BOWL', 'LAMP', 'CHAIR', 'TABLE', 'RUG', 'VASE', 'CLOCK'] as const;
const VARIANTS = 5;

const CUSTOMERS = [
  { id: 'ada', limit: 5_000_000 },
  { id: 'grace', limit: 1_000_000 },
  { id: 'linus', limit: 250_000 },
  { id: 'barbara', limit: 10_000_000 },
  { id: 'short', limit: 1_000 },
];

function node(
  id: string,
  name: string,
  kind: StockNode['kind'],
  region: string,
  priority: number,
  more: Partial<Pick<StockNode, 'safetyStock' | 'feedTtlSeconds'>> = {},
): StockNode {
  return { id, name, kind, region, priority, enabled: true, safetyStock: 0, feedTtlSeconds: null, ...more };
}

/**
 * Loads a small retailer: 2 warehouses, 3 stores with floor and back room, 2 partners, 40 items, 5 credit customers. A
 * repeat changes nothing: set-up is compared, and the counts have the same sequence.
 */
export async function loadDemoData(stores: Stores): Promise<void> {
  for (const wanted of NODES) await stores.inventorySetUp.setNode(wanted, CAUSE);
  for (const wanted of SOURCES) await stores.inventorySetUp.setSource(wanted, CAUSE);
  for (const wanted of items()) await stores.inventorySetUp.setItem(wanted, CAUSE);
  for (const { id, limit } of CUSTOMERS)
    await stores.credit.setAccount(id, { currency: 'EUR', limit }, CAUSE);
  const observedAt = new Date().toISOString();
  for (const source of SOURCES) await stores.inventoryFeed.apply(source, countsOf(source, observedAt), CAUSE);
}

function items(): readonly Item[] {
  return PRODUCTS.flatMap((product) =>
    variants().map((variant) => ({
      sku: `${product}-${variant}`,
      name: `${product.charAt(0)}${product.slice(1).toLowerCase()} no. ${Number(variant)}`,
      backorder: { mode: 'none' as const },
      perOrderMax: null,
    })),
  );
}

function variants(): readonly string[] {
  return Array.from({ length: VARIANTS }, (_, index) => String(index + 1).padStart(2, '0'));
}

function countsOf(source: Source, observedAt: string): readonly CountRow[] {
  return source.nodes.flatMap((nodeId) =>
    items()
      .filter(({ sku }) => carries(nodeId, sku))
      .flatMap(({ sku }) =>
        sectionsOf(nodeId).map(([section, count]) => ({
          messageId: `demo/${nodeId}/${sku}/${section ?? ''}`,
          sku,
          nodeId,
          section,
          count,
          sequence: 1,
          observedAt,
        })),
      ),
  );
}

function carries(nodeId: string, sku: string): boolean {
  if (nodeId === 'pa-lumen') return sku.startsWith('LAMP') || sku.startsWith('CLOCK');
  if (nodeId === 'pa-tasso') return sku.startsWith('MUG') || sku.startsWith('BOWL') || sku.startsWith('VASE');
  return true;
}

function sectionsOf(nodeId: string): readonly (readonly [string | null, number])[] {
  if (nodeId.startsWith('wh-')) return [[null, 500]];
  if (nodeId.startsWith('st-'))
    return [
      ['floor', 6],
      ['backroom', 14],
    ];
  return [[null, 40]];
}
