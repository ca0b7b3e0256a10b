import type { BackorderEntry } from '../limits/backorder';
import { denialOf, type EligibilityRule } from '../limits/eligibility';
import { closedBy } from '../limits/exclusion';
import { type NodeTerms, nodeTerms, type StockFacts } from './node-terms';
import { type Allocation, source } from './sourcing';

/** The stock that one entry of a backorder queue claims. It can be filled when that is its whole quantity. */
export interface EntryClaim {
  readonly entry: BackorderEntry;
  readonly allocations: readonly Allocation[];
  readonly isWhole: boolean;
}

/** The stock that a queue claims. */
export interface QueueClaims {
  /** The entries that claim stock, in the order of the queue. */
  readonly claims: readonly EntryClaim[];
  /** The units that the queue claims, by node. */
  readonly claimed: ReadonlyMap<string, number>;
}

/** The result of a walk along a queue. */
export interface QueueWalk extends QueueClaims {
  /** True when no unit is left that an entry further back could claim. */
  readonly isExhausted: boolean;
}

/** The facts about an item that a walk along its queue needs. */
export interface WalkedItem {
  readonly sku: string;
  readonly tags: readonly string[];
  readonly shelves: readonly StockFacts[];
  readonly rules: readonly EligibilityRule[];
}

type Left = Map<string, number>;

/**
 * Deals an item's stock to its backorder queue. In queue order each entry claims, at the nodes it can use and in
 * sourcing order, what the entries before it have left, up to its quantity. An entry that gets less keeps its claim. An
 * entry that can use nothing is passed over. What no entry claims is available to everybody. Partner stock fills no
 * entry, because a partner may refuse units that the order counts on. `now` is the database's clock.
 */
export function walkQueue(item: WalkedItem, entries: readonly BackorderEntry[], now: string): QueueWalk {
  const own = item.shelves
    .filter(({ node }) => node.kind !== 'partner')
    .map((shelf) => nodeTerms(shelf, now));
  const left: Left = new Map(own.filter(({ atp }) => atp > 0).map(({ nodeId, atp }) => [nodeId, atp]));
  const eligible = eligibility(item, own);
  const claims: EntryClaim[] = [];
  for (const entry of entries) {
    if (left.size === 0) break;
    const closed = closedBy(entry.exclusions, item.shelves, now);
    const open = eligible(entry).filter(({ nodeId }) => !closed.has(nodeId));
    const claim = claimOf(item.sku, entry, open, left);
    if (!claim) continue;
    claims.push(claim);
    for (const { nodeId, quantity } of claim.allocations) take(left, nodeId, quantity);
  }
  return { claims, claimed: claimedBy(claims), isExhausted: left.size === 0 };
}

const NO_CLAIMS: QueueClaims = { claims: [], claimed: new Map() };

/** Returns the stock that a queue claims. Most items have no queue, and are not walked. */
export function claimsOfQueue(
  item: WalkedItem,
  entries: readonly BackorderEntry[],
  now: string,
): QueueClaims {
  if (entries.length === 0) return NO_CLAIMS;
  const { claims, claimed } = walkQueue(item, entries, now);
  return { claims, claimed };
}

/**
 * Returns a function that finds the nodes that no rule denies an entry's buyer. It keeps what it finds by buyer,
 * because the entries of a queue have few different ones.
 */
function eligibility({ sku, tags, rules }: WalkedItem, nodes: readonly NodeTerms[]) {
  const known = new Map<string, readonly NodeTerms[]>();
  return ({ buyer }: BackorderEntry): readonly NodeTerms[] => {
    const key = JSON.stringify([buyer.region, buyer.channel, buyer.shippingMethod]);
    const found =
      known.get(key) ??
      nodes.filter(({ nodeId }) => denialOf(rules, { sku, tags, nodeId }, buyer) === undefined);
    known.set(key, found);
    return found;
  };
}

function claimOf(
  sku: string,
  entry: BackorderEntry,
  open: readonly NodeTerms[],
  left: Left,
): EntryClaim | undefined {
  const usable = open
    .filter(({ nodeId }) => left.has(nodeId))
    .map((terms) => ({ ...terms, atp: left.get(terms.nodeId) ?? 0 }));
  const quantity = Math.min(
    entry.quantity,
    usable.reduce((sum, { atp }) => sum + atp, 0),
  );
  if (quantity === 0) return undefined;
  const request = {
    demands: [{ sku, quantity }],
    region: entry.buyer.region,
    // The units are promised already. A limit on shipments could make the order wait for ever.
    maxShipments: Number.POSITIVE_INFINITY,
    excludedNodes: [],
  };
  const sourced = source(request, { [sku]: usable });
  if (sourced.kind !== 'sourced') return undefined;
  return { entry, allocations: sourced.allocations, isWhole: quantity === entry.quantity };
}

function take(left: Left, nodeId: string, quantity: number): void {
  const rest = (left.get(nodeId) ?? 0) - quantity;
  if (rest > 0) left.set(nodeId, rest);
  else left.delete(nodeId);
}

function claimedBy(claims: readonly EntryClaim[]): ReadonlyMap<string, number> {
  const claimed = new Map<string, number>();
  for (const { nodeId, quantity } of claims.flatMap(({ allocations }) => allocations))
    claimed.set(nodeId, quantity + (claimed.get(nodeId) ?? 0));
  return claimed;
}
