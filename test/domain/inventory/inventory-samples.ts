import type { NodeTerms, StockFacts } from '../../../src/domain/inventory/offer/node-terms';
import type { AssignedSources, Item, StockNode } from '../../../src/domain/inventory/setup/set-up';
import { emptyStock, evolveStock, type Stock } from '../../../src/domain/inventory/supply/stock';
import type { SupplyCount, SupplyMovement } from '../../../src/domain/inventory/supply/supply';

/** The time of most stories. */
export const NOON = '2026-03-01T12:00:00.000Z';

export function later(moment: string, seconds: number): string {
  return new Date(Date.parse(moment) + seconds * 1000).toISOString();
}

export function aNode(id: string, over: Partial<StockNode> = {}): StockNode {
  return {
    id,
    name: id,
    kind: 'warehouse',
    region: 'north',
    priority: 1,
    enabled: true,
    safetyStock: 0,
    feedTtlSeconds: null,
    ...over,
  };
}

export function anItem(sku: string, over: Partial<Item> = {}): Item {
  return { sku, name: sku, backorder: { mode: 'none' }, perOrderMax: null, tags: [], ...over };
}

export function aCount(count: number, over: Partial<SupplyCount> = {}): SupplyCount {
  return {
    sourceId: 'wms',
    section: null,
    basis: 'on_hand',
    count,
    sequence: 1,
    observedAt: NOON,
    receivedAt: NOON,
    ...over,
  };
}

export function aMovement(movement: number, over: Partial<SupplyMovement> = {}): SupplyMovement {
  const { count: _, ...message } = aCount(0, over);
  return { ...message, movement, ...over };
}

/** Returns stock after these counts. */
export function aStock(counts: readonly SupplyCount[], over: Partial<Stock> = {}): Stock {
  const stock: Stock = { ...emptyStock('tea', 'leeds'), ...over };
  return counts.reduce(
    (heard, data) => evolveStock(heard, { type: 'inventory.supply-counted.v1', data }),
    stock,
  );
}

/** Returns these sources as assigned to a node. */
export function assigned(
  sources: readonly (readonly [id: string, authority: number, epoch?: number])[],
): AssignedSources {
  return Object.fromEntries(sources.map(([id, authority, epoch = 0]) => [id, { authority, epoch }]));
}

export function factsOf(stock: Stock, over: Partial<StockFacts> = {}): StockFacts {
  return {
    node: aNode(stock.nodeId),
    stock,
    heldNow: stock.held,
    sinceCount: null,
    sources: assigned(stock.supplies.map(({ sourceId, epoch }) => [sourceId, 0, epoch])),
    ...over,
  };
}

export function termsOf(nodeId: string, atp: number, over: Partial<NodeTerms> = {}): NodeTerms {
  return {
    nodeId,
    kind: 'warehouse',
    region: 'north',
    priority: 1,
    enabled: true,
    supply: atp,
    held: 0,
    committed: 0,
    unavailable: 0,
    safetyStock: 0,
    atp,
    shortfall: 0,
    freshness: 'fresh',
    observedAt: NOON,
    sourceId: 'wms',
    sections: [],
    others: [],
    zeroedAt: null,
    ...over,
  };
}

/** Returns a value after a round trip through JSON, as every logged event makes. */
export function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
