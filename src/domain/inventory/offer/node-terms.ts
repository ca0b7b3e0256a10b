import type { AssignedSources, NodeAsSet, Source, StockNode } from '../setup/set-up';
import { claimsCountFrom, evolveStock, type Stock, type StockEvent } from '../supply/stock';
import { type SupplyEntry, unitsIn, zeroOf } from '../supply/supply';
import { isExpired } from '../supply/supply-expiry';

/** The facts about one item at one node at one moment: the input of every decision to promise it. */
export interface StockFacts {
  readonly node: NodeAsSet;
  readonly stock: Stock;
  /** Units in holds that have not expired. */
  readonly heldNow: number;
  /** Claims granted since `claimsCountFrom`; null when that is null. */
  readonly sinceCount: { readonly held: number; readonly committed: number } | null;
  /** The sources that count for the node: those assigned to it. */
  readonly sources: AssignedSources;
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

/** The supply of one section of a store, below zero where more units left than arrived; 0 when it has expired. */
export interface SectionTerms {
  readonly section: string;
  readonly supply: number;
  readonly observedAt: string;
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
  /** The sections of the source that counts; empty where it reports the node whole. */
  readonly sections: readonly SectionTerms[];
  /** The reports of the node's other sources. */
  readonly others: readonly OtherReport[];
  /**
   * The moment as of which supply is zero, because the node refused for lack of stock; null once every section that
   * counts was counted later.
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
    sections: sectionsOf(counting, facts, now),
    others: others.map((entries) => otherReport(entries, report, counting, facts, now)),
    zeroedAt: counting.some((entry) => isZeroed(entry, stock)) ? stock.zeroedAt : null,
  };
}

/** Returns the units missing from supply, by the last report of the source that counts, however old it is. */
export function shortfallAt(facts: Omit<StockFacts, 'node'>): number {
  const { supplies, committed, zeroedAt } = facts.stock;
  // Fast path for nearly every row of a feed: nothing is committed, and no entry is below zero.
  if (committed === 0 && supplies.every((entry) => unitsIn(entry, zeroedAt) >= 0)) return 0;
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
 * Selects the source that counts for a node: the highest authority, then the lowest id. Left out are sources that are
 * not assigned to the node, entries from before their declaration changed, and sources that have sent movements only. A
 * section without a count is left out too, unless a refusal has set it to zero.
 */
function standing({ stock, sources }: Pick<StockFacts, 'stock' | 'sources'>): {
  readonly counting: readonly SupplyEntry[];
  readonly others: readonly (readonly SupplyEntry[])[];
} {
  const assigned = stock.supplies.filter(({ sourceId, epoch }) => sources[sourceId]?.epoch === epoch);
  const counted = assigned.filter(({ count }) => count !== null);
  const ids = [...new Set(counted.map(({ sourceId }) => sourceId))];
  const known = stock.zeroedAt === null ? counted : assigned;
  const of = (id: string | undefined) => known.filter(({ sourceId }) => sourceId === id);
  const rank = (id: string) => sources[id]?.authority ?? 0;
  const [best, ...rest] = ids.sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
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

function sectionsOf(
  counting: readonly SupplyEntry[],
  { node, stock }: StockFacts,
  now: string,
): readonly SectionTerms[] {
  return counting.flatMap((entry) => {
    const { section, heardAt: observedAt } = entry;
    if (section === null) return [];
    const supply = isExpired(entry, node.feedTtlSeconds, now) ? 0 : unitsIn(entry, stock.zeroedAt);
    return [{ section, supply, observedAt }];
  });
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
 * subtracted the earlier ones. From the zero of a refusal no claim is subtracted yet.
 */
function claimsToSubtract(facts: Omit<StockFacts, 'node'>, counting: readonly SupplyEntry[]) {
  // All entries must report `available`: a source that changed its basis has sections counted on either basis.
  const { stock } = facts;
  const reportsAvailable = counting.every((entry) => entry.basis === 'available' && !isZeroed(entry, stock));
  if (reportsAvailable && facts.sinceCount && claimsCountFrom(stock) !== null) return facts.sinceCount;
  return { held: facts.heldNow, committed: stock.committed };
}

function isZeroed(entry: SupplyEntry, { zeroedAt }: Stock): boolean {
  return zeroOf(entry, zeroedAt) !== null;
}

function unitsOf(entries: readonly SupplyEntry[], { zeroedAt }: Stock): number {
  return entries.reduce((sum, entry) => sum + unitsIn(entry, zeroedAt), 0);
}
