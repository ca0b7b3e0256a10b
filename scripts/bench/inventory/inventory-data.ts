import { randomInt } from 'node:crypto';
import type { DeclaredSource } from '../../../src/domain/inventory/setup/set-up';
import type { CountRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import type { Stores } from '../../../src/stores/stores';
import { anyCustomer } from '../bench-data';
import { putItems } from '../bench-items';

/** A retailer's assortment: 10,000 items, each at five nodes, and one item in high demand. */
export const ITEMS = 10_000;
export const HOT = 'HOT';
export const PROBE = 'PROBE';
const NODES = ['range-1', 'range-2', 'range-3', 'range-4', 'range-5'];
export const SOURCE = 'range';
const PLENTY = 1_000_000;
const CAUSE = { commandId: 'bench-range', caller: 'set-up', correlation: 'bench-range' };

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
  await putItems(stores, skus, CAUSE);
  for (let from = 0; from < skus.length; from += 1_000) {
    const rows = skus
      .slice(from, from + 1_000)
      .flatMap((sku) => nodesOf(sku).map((nodeId) => countOf(sku, nodeId, 1)));
    await stores.inventoryFeed.apply(source, rows, CAUSE);
  }
}

/** The probe is at one node alone, so that its count is what can be sold. */
function nodesOf(sku: string): readonly string[] {
  return sku === PROBE ? [PROBE_NODE] : NODES;
}

export function itemOf(index: number): string {
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

/** The share of a feed's rows that change the count of their place: one in so many. */
export const MIXES = { 'nine rows in ten repeat': 10, 'every row changes': 1 } as const;

/**
 * The feed of a source that counts every item at one node, then at the next, and begins anew. Each row is in turn to
 * change: one in `changing` of those of one pass, others in the next.
 */
export class RangeFeed {
  readonly #counts = new Map<string, number>();
  #next = 0;

  /** Returns the body of the next call, as NDJSON. */
  body(rows: number, changing: number): string {
    return Array.from({ length: rows }, () => JSON.stringify(this.#row(changing))).join('\n');
  }

  #row(changing: number) {
    const at = this.#next++;
    const [sku, nodeId] = [itemOf(at % ITEMS), NODES[Math.floor(at / ITEMS) % NODES.length] ?? ''];
    const pass = Math.floor(at / (ITEMS * NODES.length));
    const isChanged = (at + pass) % changing === 0;
    const count = (this.#counts.get(`${sku}/${nodeId}`) ?? PLENTY) + (isChanged ? 1 : 0);
    this.#counts.set(`${sku}/${nodeId}`, count);
    const { section: _section, ...row } = countOf(sku, nodeId, 2 + pass, count);
    return row;
  }
}

/** Returns the body of an order for two items of the range. */
export function rangeOrder() {
  const lines = [anyItem(), anyItem()].map((sku) => ({ sku, quantity: 1, unitPrice: 1_000 }));
  return { customerId: anyCustomer(), currency: 'EUR', lines, shipTo: { region: 'north' } };
}

/** The node of the range whose change is watched. */
export const PROBE_NODE = NODES[0] ?? '';
