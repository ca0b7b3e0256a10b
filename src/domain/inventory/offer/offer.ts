import { type BackorderQueue, backorderRoom, emptyQueue } from '../limits/backorder';
import { type Buyer, denialOf, type EligibilityRule } from '../limits/eligibility';
import { appliesTo, type CapFacts, capRoom } from '../limits/sales-cap';
import type { Item } from '../setup/set-up';
import { type NodeTerms, nodeTerms, type StockFacts } from './node-terms';

/** The facts that decide how much of one item can be sold. */
export interface ItemFacts {
  readonly item: Item;
  readonly shelves: readonly StockFacts[];
  readonly rules: readonly EligibilityRule[];
  readonly caps: readonly CapFacts[];
  readonly queue: BackorderQueue | undefined;
  /** The units that the backorder queue claims, by node (src/domain/inventory/offer/backorder-walk.ts). */
  readonly claimed: ReadonlyMap<string, number>;
}

/** A node's terms for one buyer. `atp` leaves out the units that the backorder queue claims: `queued`. */
export type OfferedNode = NodeTerms & { readonly queued: number };

export interface ExcludedNode {
  readonly nodeId: string;
  /** DISABLED, UNKNOWN or EXPIRED supply, or the reason of the rule that denies the node. */
  readonly reason: string;
}

/** The quantity of one item that one buyer can be sold now, with every term it was computed from. */
export interface Offer {
  readonly sku: string;
  /** Terms of every node; `atp` is 0 at a node that a rule denies, or that is disabled, unknown or expired. */
  readonly nodes: readonly OfferedNode[];
  readonly excluded: readonly ExcludedNode[];
  /** True when rules alone exclude every node. */
  readonly isDenied: boolean;
  /** Available to promise: the stock of the nodes less the units that the backorder queue claims. */
  readonly atp: number;
  readonly openBackorders: number;
  /** Infinity when unlimited. */
  readonly backorderRoom: number;
  /** Infinity when no cap applies. */
  readonly capRoom: number;
  readonly perOrderMax: number | null;
  /**
   * The most units that one order without a limit of shipments can have; it is granted exactly that many. Infinity when
   * unlimited.
   */
  readonly sellable: number;
}

/** Matches no node, so that only rules about every node apply. */
const NO_NODE = '';

/**
 * Computes how much of an item can be sold. Availability and reservations use this one function, so that they agree.
 * `now` is the database's clock.
 */
export function offerOf(facts: ItemFacts, buyer: Buyer, now: string): Offer {
  const { item, caps } = facts;
  const { sku } = item;
  const queue = facts.queue ?? emptyQueue(sku);
  const judged = facts.shelves.map((shelf) => judge(shelf, facts, buyer, now));
  const atp = judged.reduce((sum, { terms }) => sum + terms.atp, 0);
  const applying = caps.filter((cap) => appliesTo(cap, sku, buyer, now));
  const rooms = {
    backorderRoom: backorderRoom(item, queue),
    capRoom: Math.min(Number.POSITIVE_INFINITY, ...applying.map(capRoom)),
  };
  const { perOrderMax } = item;
  const nodes = judged.map(({ terms }) => terms);
  const isDenied = deniesAll(judged, facts, buyer);
  const most = Math.min(atp + rooms.backorderRoom, rooms.capRoom, perOrderMax ?? Number.POSITIVE_INFINITY);
  return {
    sku,
    nodes,
    excluded: judged.flatMap(({ terms: { nodeId }, excluded }) =>
      excluded === undefined ? [] : [{ nodeId, reason: excluded }],
    ),
    isDenied,
    atp,
    openBackorders: queue.open,
    ...rooms,
    perOrderMax,
    sellable: isDenied ? 0 : most,
  };
}

function deniesAll(
  judged: readonly ReturnType<typeof judge>[],
  { item: { sku, tags }, rules }: ItemFacts,
  buyer: Buyer,
): boolean {
  if (judged.length === 0) return denialOf(rules, { sku, tags, nodeId: NO_NODE }, buyer) !== undefined;
  return judged.every(({ isDenied }) => isDenied);
}

function judge(
  shelf: StockFacts,
  { item: { sku, tags }, rules, claimed }: Pick<ItemFacts, 'item' | 'rules' | 'claimed'>,
  buyer: Buyer,
  now: string,
) {
  const terms = nodeTerms(shelf, now);
  const denial = denialOf(rules, { sku, tags, nodeId: terms.nodeId }, buyer);
  const excluded = denial ?? closedBecause(terms);
  const offered = lessQueued(terms, claimed);
  return {
    terms: denial === undefined ? offered : { ...offered, atp: 0 },
    excluded,
    isDenied: denial !== undefined,
  };
}

/** Subtracts the units that the backorder queue claims at a node. */
export function lessQueued(terms: NodeTerms, claimed: ItemFacts['claimed']): OfferedNode {
  const queued = Math.min(terms.atp, claimed.get(terms.nodeId) ?? 0);
  return { ...terms, queued, atp: terms.atp - queued };
}

function closedBecause({ enabled, freshness }: NodeTerms): string | undefined {
  if (!enabled) return 'DISABLED';
  if (freshness === 'unknown') return 'UNKNOWN';
  return freshness === 'expired' ? 'EXPIRED' : undefined;
}
