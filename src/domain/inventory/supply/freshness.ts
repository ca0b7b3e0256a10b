import type { SupplyForm } from '../setup/supply-form';
import { evolveStock, type Stock } from './stock';
import {
  heardAtOf,
  isLater,
  reportedEntry,
  type SupplyCount,
  type SupplyEntry,
  type SupplyEvent,
  type SupplyPlace,
  zeroOf,
} from './supply';
import { isExpired } from './supply-expiry';

/**
 * A count that repeats the newest one of its place. It changes nothing but the moment of that count, so it is no event
 * of the stock.
 */
export interface RepeatedCount {
  readonly sku: Stock['sku'];
  readonly section: SupplyPlace['section'];
  /** The sequence of the count in the stock's own log whose quantity it repeats. */
  readonly repeats: number;
  readonly sequence: number;
  readonly observedAt: string;
}

/** The counts of one source at one node that were received together and repeat the previous counts. */
export interface CountsRepeated {
  readonly sourceId: SupplyPlace['sourceId'];
  readonly nodeId: Stock['nodeId'];
  readonly epoch: SupplyForm['epoch'];
  readonly receivedAt: string;
  readonly counts: readonly RepeatedCount[];
}

/** Every event of a source's repeated counts at a node, `freshness/{sourceId}/{nodeId}`. */
export type FreshnessEvent =
  /** A source repeated its newest counts. Each of them replaces the count with the sequence `repeats`, and keeps its quantity. */
  { readonly type: 'inventory.counts-repeated.v1'; readonly data: CountsRepeated };

/** The newest repeated count of one source and section, as a stock row keeps it. */
export type LastRepeat = Omit<RepeatedCount, 'sku'> & Omit<CountsRepeated, 'counts' | 'nodeId'>;

/** A repeated count as its stock row keeps it. */
export function lastRepeat(
  { sourceId, epoch, receivedAt }: Omit<CountsRepeated, 'counts' | 'nodeId'>,
  { section, repeats, sequence, observedAt }: Omit<RepeatedCount, 'sku'>,
): LastRepeat {
  return { sourceId, section, epoch, repeats, sequence, observedAt, receivedAt };
}

/** Names an item and section among the repeated counts of one source at one node. */
export function repeatKey(sku: string, section: SupplyPlace['section']): string {
  return JSON.stringify([sku, section]);
}

/** Replaces the repeated count of a place. */
export function withRepeat(repeated: readonly LastRepeat[], repeat: LastRepeat): readonly LastRepeat[] {
  return [...repeated.filter((other) => !isSamePlace(other, repeat)), repeat];
}

export function isSamePlace(left: SupplyPlace, right: SupplyPlace): boolean {
  return left.sourceId === right.sourceId && left.section === right.section;
}

/**
 * Returns the repeated counts that the log of a stock row does not contain, as the events that they are when appended.
 * They have to be part of the state of every decision. A repeat of a count that is not the row's newest one is left
 * out: the row is folded up to another moment.
 */
export function deferredCounts(
  { supplies }: Pick<Stock, 'supplies'>,
  repeated: readonly LastRepeat[],
): readonly DeferredCount[] {
  return repeated.flatMap((repeat) => {
    const { sourceId, section, epoch, repeats, sequence, observedAt, receivedAt } = repeat;
    const entry = reportedEntry(supplies, repeat);
    if (!entry || entry.count === null || entry.sequence === null) return [];
    if (repeats > entry.sequence || entry.sequence >= sequence) return [];
    const { basis, count } = entry;
    const data = { sourceId, section, basis, sequence, observedAt, receivedAt, count };
    return [{ type: 'inventory.supply-counted.v1', data: epoch === 0 ? data : { ...data, epoch } }];
  });
}

/** The event of a count. */
export type DeferredCount = Extract<SupplyEvent, { readonly type: 'inventory.supply-counted.v1' }>;

/** Adds to a stock row the repeated counts that its log does not contain. */
export function withRepeats(stock: Stock, repeated: readonly LastRepeat[]): Stock {
  return repeated.length === 0 ? stock : deferredCounts(stock, repeated).reduce(evolveStock, stock);
}

/** The facts about a place, other than its stock, that decide whether a count only repeats the newest one. */
export interface RepeatPlace {
  readonly ttlSeconds: number | null;
  /** True while an order that waits for the item leaves out the node: a count may end that. */
  readonly isExcluded: boolean;
}

/**
 * Returns true when a count changes nothing but the moment of the newest count, for every later event too. It changes
 * more where supply has expired or the place is excluded, so that backorders have to be filled; where units moved or
 * left since the newest count; and where an `available` source knows claims that it had not subtracted before.
 */
export function isRepeat(
  stock: Stock,
  count: SupplyCount & Partial<Pick<SupplyEntry, 'moved' | 'gone'>>,
  { ttlSeconds, isExcluded }: RepeatPlace,
): boolean {
  const entry = reportedEntry(stock.supplies, count);
  if (!entry || entry.sequence === null || entry.sequence >= count.sequence) return false;
  const { count: units, basis, movedThrough, gone, expiryNotedTtl, heardAt } = entry;
  const isSameSupply = units === count.count && movedThrough === null && gone === 0 && !count.gone;
  const hasNoClaims = basis === 'on_hand' || stock.held + stock.committed === 0;
  const wasHeard = expiryNotedTtl === null && !isExpired(entry, ttlSeconds, count.receivedAt);
  const isInOrder = zeroOf(entry, stock.zeroedAt) === null && !isLater(heardAt, heardAtOf(count));
  return !isExcluded && isSameSupply && basis === count.basis && hasNoClaims && wasHeard && isInOrder;
}
