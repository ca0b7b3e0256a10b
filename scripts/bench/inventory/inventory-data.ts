import { randomInt } from 'node:crypto';
import type { DeclaredSource } from '../../../src/domain/inventory/setup/set-up';
import type { CountRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import type { Stores } from '../../../src/stores/stores';

/** A retailer's assortment: 10,000 items, each at five nodes, and one item in high demand. */
export const ITEMS = 10_000;
export const HOT = 'HOT';
export const PROBE = 'PROBE';
const NODES = ['range-1', 'range-2', 'range-3', 'range-4', 'range-5'];
export const SOURCE = 'range';
const PLENTY = 1_000_000;
const CAUSE = { commandId: 'bench-range', correlation: 'bench-range' };

/** Loads the range. */
export async function loadRange(stores: Stores): Promise<void> {
  for (const [priority, id] of NODES.entries()) {
    const kind = priority < 2 ? 'warehouse' : 'store';
    const node = { id, name: id, kind, region: 'north', priority, enabled: true, safetyStock: 0 } as const;
    await stores.inventorySetUp.setNode({ ...node, feedTtlSeconds: 86_400 }, CAUSE);
  }
  const source: DeclaredSource = { id: SOURCE, name: SOURCE, basis: 'on_hand', authority: 1, nodes: NODES };
  await stores.inventorySetUp.setSource(source, CAUSE);
  const skus = [HOT, PROBE, ...Array.from({ length: ITEMS }, (_, index) => itemOf(index))];
  for (let from = 0; from < skus.length; from += 50) await putItems(stores, skus.slice(from, from + 50));
  for (let from = 0; from < skus.length; from += 1_000) {
    const rows = skus
      .slice(from, from + 1_000)
      .flatMap((sku) => NODES.map((nodeId) => countOf(sku, nodeId, 1)));
    await stores.inventoryFeed.apply(source, rows, CAUSE);
  }
}

async function putItems(stores: Stores, skus: readonly string[]): Promise<void> {
  const item = { backorder: { mode: 'none' }, perOrderMax: null, tags: [] } as const;
  await Promise.all(skus.map((sku) => stores.inventorySetUp.setItem({ sku, name: sku, ...item }, CAUSE)));
}

function itemOf(index: number): string {
  return `RANGE-${index}`;
}

export function anyItem(): string {
  return itemOf(randomInt(ITEMS));
}

/** Returns a row of a feed as a source sends it. */
export function countOf(sku: string, nodeId: string, sequence: number, count = PLENTY): CountRow {
  const messageId = `${sku}:${nodeId}:${sequence}`;
  return { messageId, sku, nodeId, section: null, count, sequence, observedAt: new Date().toISOString() };
}

/** Returns the body of one call: the rows go through every item at one node, then at the next. */
export function feedOf(call: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const at = call * rows + index;
    const [sku, nodeId] = [itemOf(at % ITEMS), NODES[Math.floor(at / ITEMS) % NODES.length] ?? ''];
    const { section: _section, ...row } = countOf(sku, nodeId, 2 + Math.floor(at / (ITEMS * NODES.length)));
    return JSON.stringify(row);
  });
  return lines.join('\n');
}

/** The node of the range whose change is watched. */
export const PROBE_NODE = NODES[0] ?? '';
