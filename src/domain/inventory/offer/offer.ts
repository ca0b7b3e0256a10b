import { type BackorderQueue, backorderRoom, emptyQueue } from '../limits/backorder';
import { type Buyer, denialOf, type EligibilityRule } from '../limits/eligibility';
import { appliesTo, type CapFacts, capRoom } from '../limits/sales-cap';
import type { Item } from '../setup/set-up';
import { type NodeTerms, nodeTerms, type StockFacts } from './node-terms';
import { MOST_SHIPMENTS } from './sourcing';

/** Everything that decides how much of one item can be sold. */
export interface ItemFacts {
  readonly item: Item;
  readonly shelves: readonly StockFacts[];
  readonly rules: readonly EligibilityRule[];
  readonly caps: readonly CapFacts[];
  readonly queue: BackorderQueue | undefined;
}

export interface ExcludedNode {
  readonly nodeId: string;
  /** DISABLED, UNKNOWN or EXPIRED supply, or what the rule that denies it says. */
  readonly reason: string;
}

/** What one buyer can be sold of one item now, with every term it was made of. */
export interface Offer {
  readonly sku: string;
  /** Terms of every node; `atp` is 0 at one that is excluded. */
  readonly nodes: readonly NodeTerms[];
  readonly excluded: readonly ExcludedNode[];
  /** Whether it is rules alone that leave the buyer no node. */
  readonly isDenied: boolean;
  /** Available to promise: what the nodes have, less what is promised without stock already. */
  readonly atp: number;
  readonly openBackorders: number;
  /** Infinity where nothing limits it. */
  readonly backorderRoom: number;
  /** Infinity where no cap applies. */
  readonly capRoom: number;
  readonly perOrderMax: number | null;
  /** What one order can have of it from stock: no more than its parcels carry. */
  readonly shippable: number;
  /** What one order can have, and it is granted exactly that much; Infinity where nothing limits it. */
  readonly sellable: number;
}

/** No node has this id: what a rule says of it, it says of every node. */
const NO_NODE = '';

/**
 * The one judgement of how much can be sold, for whoever asks: availability answers with it and a reservation is
 * decided by it. `now` is the database's clock.
 */
export function offerOf(facts: ItemFacts, buyer: Buyer, now: string): Offer {
  const { item, rules, caps } = facts;
  const { sku } = item;
  const queue = facts.queue ?? emptyQueue(sku);
  const judged = facts.shelves.map((shelf) => judge(shelf, { sku, rules, buyer, now }));
  const found = judged.reduce((sum, { terms }) => sum + terms.atp, 0);
  const atp = Math.max(0, found - queue.open);
  const applying = caps.filter((cap) => appliesTo(cap, sku, buyer, now));
  const rooms = {
    backorderRoom: backorderRoom(item, queue),
    capRoom: Math.min(Number.POSITIVE_INFINITY, ...applying.map(capRoom)),
  };
  const { perOrderMax } = item;
  const nodes = judged.map(({ terms }) => terms);
  const isDenied = deniesAll(judged, facts, buyer);
  const shippable = Math.min(atp, carriedBy(nodes));
  const most = Math.min(
    shippable + rooms.backorderRoom,
    rooms.capRoom,
    perOrderMax ?? Number.POSITIVE_INFINITY,
  );
  return {
    sku,
    nodes,
    excluded: judged.flatMap(({ terms: { nodeId }, excluded }) =>
      excluded === undefined ? [] : [{ nodeId, reason: excluded }],
    ),
    isDenied,
    atp,
    shippable,
    openBackorders: queue.open,
    ...rooms,
    perOrderMax,
    sellable: isDenied ? 0 : most,
  };
}

/** The fullest nodes are as many as one order's parcels may come from. */
function carriedBy(nodes: readonly NodeTerms[]): number {
  const fullest = nodes.map(({ atp }) => atp).sort((a, b) => b - a);
  return fullest.slice(0, MOST_SHIPMENTS).reduce((sum, atp) => sum + atp, 0);
}

function deniesAll(
  judged: readonly ReturnType<typeof judge>[],
  { item: { sku }, rules }: ItemFacts,
  buyer: Buyer,
): boolean {
  if (judged.length === 0) return denialOf(rules, { sku, nodeId: NO_NODE }, buyer) !== undefined;
  return judged.every(({ isDenied }) => isDenied);
}

function judge(
  shelf: StockFacts,
  { sku, rules, buyer, now }: Pick<ItemFacts, 'rules'> & { sku: string; buyer: Buyer; now: string },
) {
  const terms = nodeTerms(shelf, now);
  const denial = denialOf(rules, { sku, nodeId: terms.nodeId }, buyer);
  const excluded = denial ?? closedBecause(terms);
  return {
    terms: denial === undefined ? terms : { ...terms, atp: 0 },
    excluded,
    isDenied: denial !== undefined,
  };
}

function closedBecause({ enabled, freshness }: NodeTerms): string | undefined {
  if (!enabled) return 'DISABLED';
  if (freshness === 'unknown') return 'UNKNOWN';
  return freshness === 'expired' ? 'EXPIRED' : undefined;
}
