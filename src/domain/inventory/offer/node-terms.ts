import type { Source, StockNode } from '../setup/set-up';
import { claimsCountFrom, evolveStock, type Stock, type StockEvent } from '../supply/stock';
import { type SupplyEntry, unitsIn } from '../supply/supply';
import { isExpired } from '../supply/supply-expiry';

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

/** What a source says of a node where another one counts. */
export interface OtherReport {
  readonly sourceId: Source['id'];
  readonly basis: Source['basis'];
  readonly supply: number | null;
  readonly freshness: Freshness;
  readonly observedAt: string | null;
  /** What it says more than the source that counts; null where they do not count alike, or one of them not at all. */
  readonly difference: number | null;
}

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
  /** The source that counts: the one with the highest authority of those that have counted. */
  readonly sourceId: Source['id'] | null;
  /** What the other sources of the node say. */
  readonly others: readonly OtherReport[];
  /** Since when supply is taken for nothing because somebody found none; null where a feed has spoken since. */
  readonly zeroedAt: string | null;
}

/**
 * Available to promise at one node: supply less what is unavailable, kept as safety stock, held and committed;
 * nothing where the node is disabled or its supply unknown or expired. `now` is the database's clock.
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

/** What is committed beyond what is there, by the last word of the source that counts, however old it is. */
export function shortfallAt(facts: Omit<StockFacts, 'node'>): number {
  const { supplies, committed } = facts.stock;
  // Nearly every row of a feed: nothing is committed, and nothing has left that had not come.
  if (committed === 0 && supplies.every((entry) => unitsIn(entry) >= 0)) return 0;
  return shortfallOf(facts, standing(facts).counting);
}

/** Facts after an event, for the next decision of the same set. */
export function evolveFacts(facts: StockFacts, event: StockEvent): StockFacts {
  const stock = evolveStock(facts.stock, event);
  const held = stock.held - facts.stock.held;
  const committed = stock.committed - facts.stock.committed;
  const since = facts.sinceCount;
  // A hold that is given back may have been claimed before the count, where it is not ours to add.
  const sinceCount = since && {
    held: since.held + Math.max(0, held),
    committed: since.committed + (isClaimedBefore(facts.stock, event) ? Math.max(0, committed) : committed),
  };
  // A released hold may have run out before, when its units were free already: it frees no unit of another hold.
  const released = event.type === 'inventory.held-stock-released.v1';
  const heldNow = released ? Math.min(facts.heldNow, stock.held) : facts.heldNow + held;
  return { ...facts, stock, heldNow, sinceCount };
}

/** Whether what an event is about may have been claimed before the count that claims are counted from. */
function isClaimedBefore(stock: Stock, { data }: StockEvent): boolean {
  const from = claimsCountFrom(stock);
  return from === null || !('grantedAt' in data) || Date.parse(data.grantedAt) < Date.parse(from);
}

/**
 * Where several sources report one node, the one with the highest authority counts (ties: the lowest id). One that
 * has told of movements only has not said how many there are, and leaves the word to those that have.
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

/** What a source says of a node: what has expired counts as nothing, and less than nothing cannot be there. */
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
  // Units that a source says have left and never had come are missing beside those that are committed.
  return Math.max(0, committed - Math.max(0, units - stock.unavailable)) + Math.max(0, -units);
}

/** An `available` source has already subtracted the claims it knew of: only later ones are ours to subtract. */
function claimsToSubtract(facts: Omit<StockFacts, 'node'>, counting: readonly SupplyEntry[]) {
  // Every one of them: a source that changed its basis has sections that were counted either way.
  const reportsAvailable = counting.every(({ basis }) => basis === 'available');
  if (reportsAvailable && facts.sinceCount && claimsCountFrom(facts.stock) !== null) return facts.sinceCount;
  return { held: facts.heldNow, committed: facts.stock.committed };
}

/** Somebody looked and found nothing; a feed that was heard of since knows better. */
function isZeroed({ heardAt }: SupplyEntry, { zeroedAt }: Stock): boolean {
  return zeroedAt !== null && Date.parse(heardAt) <= Date.parse(zeroedAt);
}

function unitsOf(entries: readonly SupplyEntry[], stock: Stock): number {
  return entries.reduce((sum, entry) => (isZeroed(entry, stock) ? sum : sum + unitsIn(entry)), 0);
}
