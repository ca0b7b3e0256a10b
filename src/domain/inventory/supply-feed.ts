import { type Decision, unchanged } from '../decision';
import { isSamePlace, type Stock, type StockEvent, type SupplyCount } from './stock';

export type FeedRejection =
  | 'UNKNOWN_SKU'
  | 'UNKNOWN_NODE'
  | 'NODE_NOT_OF_SOURCE'
  | 'OBSERVED_IN_FUTURE'
  | 'INVALID';

export type FeedAnswer =
  | { readonly kind: 'applied' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'rejected'; readonly reason: FeedRejection; readonly detail?: string };

/** Clocks of sources run a little ahead of ours; further than this, a moment is a mistake. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Applies an absolute count. Counts are ordered by the source's own sequence: the same sequence again is a
 * duplicate and a lower one is stale, whenever either arrives.
 */
export function decideCount(stock: Stock, count: SupplyCount): Decision<FeedAnswer, StockEvent> {
  if (Date.parse(count.observedAt) > Date.parse(count.receivedAt) + CLOCK_TOLERANCE_MS) {
    return unchanged({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  }
  const newest = stock.supplies.find((entry) => isSamePlace(entry, count));
  if (newest !== undefined && newest.sequence === count.sequence) return unchanged({ kind: 'duplicate' });
  if (newest !== undefined && newest.sequence > count.sequence) return unchanged({ kind: 'stale' });
  return { answer: { kind: 'applied' }, events: [{ type: 'inventory.supply-counted.v1', data: count }] };
}
