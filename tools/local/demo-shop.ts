import type { DeclaredSource, Item, StockNode } from '../../src/domain/inventory/setup/set-up';

/** A count of an item at a node, or in a section of it. */
export interface DemoCount {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly count: number;
  readonly sequence: number;
  readonly observedAt: string;
}

export const NODES: readonly StockNode[] = [
  node('wh-north', 'Warehouse North', 'warehouse', 'north', 1),
  node('wh-south', 'Warehouse South', 'warehouse', 'south', 1),
  node('st-harbour', 'Harbour Store', 'store', 'north', 5, { safetyStock: 1 }),
  node('st-market', 'Market Store', 'store', 'south', 5, { safetyStock: 1 }),
  node('st-station', 'Station Store', 'store', 'west', 5, { safetyStock: 1 }),
  node('pa-lumen', 'Lumen Lights', 'partner', 'west', 9, { feedTtlSeconds: 30 * 86_400 }),
  node('pa-tasso', 'Tasso Ceramics', 'partner', 'south', 9, { feedTtlSeconds: 30 * 86_400 }),
];

export const SOURCES: readonly DeclaredSource[] = [
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

/** Credit limits in cents, by customer. */
export const CREDIT_LIMITS = {
  ada: 5_000_000,
  grace: 1_000_000,
  linus: 250_000,
  barbara: 10_000_000,
  short: 1_000,
};

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

/** Returns the 40 items. */
export function items(): readonly Item[] {
  return PRODUCTS.flatMap((product) =>
    variants().map((variant) => ({
      sku: `${product}-${variant}`,
      name: `${product.charAt(0)}${product.slice(1).toLowerCase()} no. ${Number(variant)}`,
      backorder: { mode: 'none' as const },
      perOrderMax: null,
      tags: [],
    })),
  );
}

function variants(): readonly string[] {
  return Array.from({ length: VARIANTS }, (_, index) => String(index + 1).padStart(2, '0'));
}

/** Returns a source's counts, the same at each call but for the moment. */
export function countsOf(source: DeclaredSource, observedAt: string): readonly DemoCount[] {
  return source.nodes.flatMap((nodeId) =>
    items()
      .filter(({ sku }) => carries(nodeId, sku))
      .flatMap(({ sku }) =>
        sectionsOf(nodeId).map(([section, count]) => ({
          messageId: ['demo', nodeId, sku, ...(section ? [section] : [])].join(':'),
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
