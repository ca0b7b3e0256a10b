import type { NodeAsSet, Source, StockNode } from '../setup/set-up';
import { claimsCountFrom, evolveStock, type Stock, type StockEvent } from '../supply/stock';
import { type SupplyEntry, unitsIn } from '../supply/supply';
import { isExpired } from '../supply/supply-expiry';

/** The facts about one item at one node at one moment: the input of every decision to promise it. */
export interface StockFacts {
  readonly node: NodeAsSet;
  readonly stock: Stock;
  /** Units in holds that have not expired. */
  readonly heldNow: number;
  /** Claims granted since `claimsCountFrom`; null when that is null. */
  readonly sinceCount: { readonly held: number; readonly committed: number } | null;
  readonly authorities: Readonly<Record<Source['id'], number>>;
}

export type Freshness = 'fresh' | 'expired' | 'unknown';

/** The report of a source that does not count for the node. */
export interface OtherReport {
  readonly sourceId: Source['id'];
  readonly basis: Source['basis'];
  readonly supply: number | null;
  readonly freshness: Freshness;
  readonly observedAt: string | null;
  /** Its supply less that of the counting source; null when their bases differ or a supply is unknown. */
  readonly difference: number | null;
}

/** The terms that a promise is made of. `supply` is null while no source has counted. */
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
  /** The source that counts: the one with the highest authority among those that have reported a count. */
  readonly sourceId: Source['id'] | null;
  /** The reports of the node's other sources. */
  readonly others: readonly OtherReport[];
  /**
   * The moment since which supply counts as zero, because the node refused for lack of stock; null once a feed has
   * reported since.
   */
  readonly zeroedAt: string | null;
}

/**
 * Computes available to promise at one node: supply less unavailable units, safety stock, held and committed units;
 * zero when the node is disabled or its supply is unknown or expired. `now` is the database's clock.
 */
export function nodeTerms(facts: StockFacts, now: string): NodeTerms {
  const { node, stock } = facts;
  const { counting, others } = standing(facts);
  const report = reportOf(counting, facts, now);
  const { held, committed } = claimsToSubtract(facts, counting);
  const left = (report.supply ?? 0) - stock.unavailable - node.safetyStock - held - committed;
  return {
    nodeId: node.id,
    kind: node.kind,
    region: node.region,
    priority: node.priority,
    enabled: node.enabled,
    supply: report.supply,
    held,
    committed,
    unavailable: stock.unavailable,
    safetyStock: node.safetyStock,
    atp: node.enabled && report.freshness === 'fresh' ? Math.max(0, left) : 0,
    shortfall: shortfallOf(facts, counting),
    freshness: report.freshness,
    observedAt: report.observedAt,
    sourceId: counting[0]?.sourceId ?? null,
    others: others.map((entries) => otherReport(entries, report, counting, facts, now)),
    zeroedAt: counting.some((entry) => isZeroed(entry, stock)) ? stock.zeroedAt : null,
  };
}

/** Returns the units missing from supply, by the last report of the source that counts, however old it is. */
export function shortfallAt(facts: Omit<StockFacts, 'node'>): number {
  const { supplies, committed } = facts.stock;
  // Fast path for nearly every row of a feed: nothing is committed, and no entry is below zero.
  if (committed === 0 && supplies.every((entry) => unitsIn(entry) >= 0)) return 0;
  return shortfallOf(facts, standing(facts).counting);
}

/** Applies an event to facts, for the next decision of the same batch. */
export function evolveFacts(facts: StockFacts, event: StockEvent): StockFacts {
  const stock = evolveStock(facts.stock, event);
  const held = stock.held - facts.stock.held;
  const committed = stock.committed - facts.stock.committed;
  const since = facts.sinceCount;
  // A released hold may predate the count and is then not part of `sinceCount`: do not decrement.
  const sinceCount = since && {
    held: since.held + Math.max(0, held),
    committed: since.committed + (isClaimedBefore(facts.stock, event) ? Math.max(0, committed) : committed),
  };
  // Do not decrement again for an expired hold: its units were free already.
  const released = event.type === 'inventory.held-stock-released.v1';
  const heldNow = released ? Math.min(facts.heldNow, stock.held) : facts.heldNow + held;
  return { ...facts, stock, heldNow, sinceCount };
}

/** Returns true when the claim of an event may predate the count that claims are counted from. */
function isClaimedBefore(stock: Stock, { data }: StockEvent): boolean {
  const from = claimsCountFrom(stock);
  return from === null || !('grantedAt' in data) || Date.parse(data.grantedAt) < Date.parse(from);
}

/**
 * Selects the source that counts for a node: the highest authority, then the lowest id. A source that has sent
 * movements only has no count and is left out.
 */
function standing({ stock, authorities }: Pick<StockFacts, 'stock' | 'authorities'>): {
  readonly counting: readonly SupplyEntry[];
  readonly others: readonly (readonly SupplyEntry[])[];
} {
  const counted = stock.supplies.filter(({ count }) => count !== null);
  const ids = [...new Set(counted.map(({ sourceId }) => sourceId))];
  if (ids.length < 2) return { counting: counted, others: [] };
  const rank = (id: string) => authorities[id] ?? 0;
  const [best, ...rest] = ids.sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
  const of = (id: string | undefined) => counted.filter(({ sourceId }) => sourceId === id);
  return { counting: of(best), others: rest.map(of) };
}

/** Returns a source's report for a node. Expired entries count as zero, and supply is never below zero. */
function reportOf(entries: readonly SupplyEntry[], { node, stock }: StockFacts, now: string) {
  if (entries.length === 0) return { supply: null, freshness: 'unknown', observedAt: null } as const;
  const fresh = entries.filter((entry) => !isExpired(entry, node.feedTtlSeconds, now));
  return {
    supply: Math.max(0, unitsOf(fresh, stock)),
    freshness: fresh.length === 0 ? ('expired' as const) : ('fresh' as const),
    observedAt: entries.map(({ heardAt }) => heardAt).reduce((a, b) => (a > b ? a : b)),
  };
}

function otherReport(
  entries: readonly SupplyEntry[],
  counts: { readonly supply: number | null },
  counting: readonly SupplyEntry[],
  facts: StockFacts,
  now: string,
): OtherReport {
  const report = reportOf(entries, facts, now);
  const [{ sourceId, basis } = { sourceId: '', basis: 'on_hand' as const }] = entries;
  const isAlike = [...entries, ...counting].every((entry) => entry.basis === basis);
  const difference =
    isAlike && report.supply !== null && counts.supply !== null ? report.supply - counts.supply : null;
  return { sourceId, basis, ...report, difference };
}

function shortfallOf(facts: Omit<StockFacts, 'node'>, counting: readonly SupplyEntry[]): number {
  if (counting.length === 0) return 0;
  const { stock } = facts;
  const units = unitsOf(counting, stock);
  const { committed } = claimsToSubtract(facts, counting);
  // Units that left beyond supply (below zero) are missing in addition to committed units.
  return Math.max(0, committed - Math.max(0, units - stock.unavailable)) + Math.max(0, -units);
}

/**
 * Returns the claims to subtract from supply: only the later ones, when the source reports `available` and has already
 * subtracted the earlier ones.
 */
function claimsToSubtract(facts: Omit<StockFacts, 'node'>, counting: readonly SupplyEntry[]) {
  // All entries must report `available`: a source that changed its basis has sections counted on either basis.
  const reportsAvailable = counting.every(({ basis }) => basis === 'available');
  if (reportsAvailable && facts.sinceCount && claimsCountFrom(facts.stock) !== null) return facts.sinceCount;
  return { held: facts.heldNow, committed: facts.stock.committed };
}

/** Returns true when the node refused for lack of stock and the entry's feed has not reported since. */
function isZeroed({ heardAt }: SupplyEntry, { zeroedAt }: Stock): boolean {
  return zeroedAt !== null && Date.parse(heardAt) <= Date.parse(zeroedAt);
}

function unitsOf(entries: readonly SupplyEntry[], stock: Stock): number {
  return entries.reduce((sum, entry) => (isZeroed(entry, stock) ? sum : sum + unitsIn(entry)), 0);
}
