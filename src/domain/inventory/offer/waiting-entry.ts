import type { BackorderEntry } from '../limits/backorder';
import { denialOf } from '../limits/eligibility';
import { isExcluded } from '../limits/exclusion';
import type { QueueClaims, WalkedItem } from './backorder-walk';
import type { StockFacts } from './node-terms';

/** A node that an entry cannot use. */
export interface ClosedNode {
  readonly nodeId: string;
  /** PARTNER, the reason of a rule, or the reason for which the node refused the order. */
  readonly reason: string;
  /** When an exclusion by time ends; null: it is no such exclusion. */
  readonly until: string | null;
}

/** An entry of a backorder queue, with the units that it claims and why it cannot claim more. */
export interface WaitingEntry {
  readonly entry: BackorderEntry;
  readonly claimed: number;
  readonly closed: readonly ClosedNode[];
}

/** Explains entries of a queue: what they claim in a walk, and which nodes they cannot use. */
export function waitingEntries(
  item: WalkedItem,
  entries: readonly BackorderEntry[],
  { claims }: QueueClaims,
  now: string,
): readonly WaitingEntry[] {
  return entries.map((entry) => {
    const claim = claims.find((one) => one.entry.place === entry.place);
    const claimed = (claim?.allocations ?? []).reduce((sum, { quantity }) => sum + quantity, 0);
    return {
      entry,
      claimed,
      closed: item.shelves.flatMap((shelf) => closedBy(item, shelf, entry, now) ?? []),
    };
  });
}

function closedBy(
  { sku, tags, rules }: WalkedItem,
  shelf: StockFacts,
  { buyer, exclusions }: BackorderEntry,
  now: string,
): ClosedNode | undefined {
  const { id: nodeId, kind } = shelf.node;
  if (kind === 'partner') return { nodeId, reason: 'PARTNER', until: null };
  const denial = denialOf(rules, { sku, tags, nodeId }, buyer);
  if (denial !== undefined) return { nodeId, reason: denial, until: null };
  const exclusion = exclusions.find((one) => one.nodeId === nodeId && isExcluded(one, shelf, now));
  return exclusion && { nodeId, reason: exclusion.reason, until: exclusion.retryAt };
}
