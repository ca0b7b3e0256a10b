import type { Source, StockNode } from './set-up';
import { claimsCountFrom, evolveStock, type Stock, type StockEvent, type SupplyCount } from './stock';

/** What is known of one item at one node at one moment; the input of every decision about promising it. */
export interface StockFacts {
  readonly node: StockNode;
  readonly stock: Stock;
  /** Units in holds that have not expired. */
  readonly heldNow: number;
  /** Claims granted after `claimsCountFrom`; null where that is null. */
  readonly sinceCount: { readonly held: number; readonly committed: number } | null;
  readonly authorities: Readonly<Record<Source['id'], number>>;
}

export type Freshness = 'fresh' | 'expired' | 'unknown';

/** The terms a promise is made of, each one shown. `supply` null: nobody has ever said. */
export interface NodeTerms {
  readonly nodeId: string;
  readonly kind: StockNode['kind'];
  readonly region: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly supply: number | null;
  readonly held: number;
  readonly committed: number;
  readonly unavailable: number;
  readonly safetyStock: number;
  readonly atp: number;
  readonly shortfall: number;
  readonly freshness: Freshness;
  readonly observedAt: string | null;
}

/**
 * Available to promise at one node: supply less what is unavailable, kept as safety stock, held and committed;
 * nothing where the node is disabled or its supply unknown or expired. `now` is the database's clock.
 */
export function nodeTerms(facts: StockFacts, now: string): NodeTerms {
  const { node, stock } = facts;
  const counts = countsThatCount(facts);
  const fresh = counts.filter((count) => !isExpired(count, node.feedTtlSeconds, now));
  const supply = counts.length === 0 ? null : sumOf(fresh);
  const { held, committed } = claimsToSubtract(facts, counts);
  const left = (supply ?? 0) - stock.unavailable - node.safetyStock - held - committed;
  return {
    nodeId: node.id,
    kind: node.kind,
    region: node.region,
    priority: node.priority,
    enabled: node.enabled,
    supply,
    held,
    committed,
    unavailable: stock.unavailable,
    safetyStock: node.safetyStock,
    atp: node.enabled && fresh.length > 0 ? Math.max(0, left) : 0,
    shortfall: supply === null ? 0 : Math.max(0, committed - Math.max(0, sumOf(counts) - stock.unavailable)),
    freshness: counts.length === 0 ? 'unknown' : fresh.length === 0 ? 'expired' : 'fresh',
    observedAt:
      counts.length === 0 ? null : counts.map((count) => count.observedAt).reduce((a, b) => (a > b ? a : b)),
  };
}

/** Facts after an event, for the next decision of the same set. */
export function evolveFacts(facts: StockFacts, event: StockEvent): StockFacts {
  const stock = evolveStock(facts.stock, event);
  const held = stock.held - facts.stock.held;
  const committed = stock.committed - facts.stock.committed;
  const since = facts.sinceCount;
  // What is given back may have been claimed before the count, where it is not ours to add: only growth is counted.
  const sinceCount = since && {
    held: since.held + Math.max(0, held),
    committed: since.committed + Math.max(0, committed),
  };
  // A released hold may have run out before, when its units were free already: it frees no unit of another hold.
  const released = event.type === 'inventory.held-stock-released.v1';
  const heldNow = released ? Math.min(facts.heldNow, stock.held) : facts.heldNow + held;
  return { ...facts, stock, heldNow, sinceCount };
}

/** Where several sources report one node, the one with the highest authority counts (ties: the lowest id). */
function countsThatCount({ stock, authorities }: StockFacts): readonly SupplyCount[] {
  const rank = (id: string) => authorities[id] ?? 0;
  const best = [...new Set(stock.supplies.map((count) => count.sourceId))].sort(
    (a, b) => rank(b) - rank(a) || (a < b ? -1 : 1),
  )[0];
  return stock.supplies.filter((count) => count.sourceId === best);
}

/** An `available` source has already subtracted the claims it knew of: only later ones are ours to subtract. */
function claimsToSubtract(facts: StockFacts, counts: readonly SupplyCount[]) {
  // Every one of them: a source that changed its basis has sections that were counted either way.
  const reportsAvailable = counts.every((count) => count.basis === 'available');
  if (reportsAvailable && facts.sinceCount && claimsCountFrom(facts.stock) !== null) return facts.sinceCount;
  return { held: facts.heldNow, committed: facts.stock.committed };
}

function isExpired(count: SupplyCount, ttlSeconds: number | null, now: string): boolean {
  if (ttlSeconds === null) return false;
  const since = Math.min(Date.parse(count.observedAt), Date.parse(count.receivedAt));
  return Date.parse(now) > since + ttlSeconds * 1000;
}

function sumOf(counts: readonly SupplyCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
