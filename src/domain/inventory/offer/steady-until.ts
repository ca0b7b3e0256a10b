import type { BackorderEntry } from '../limits/backorder';
import type { CapUsage } from '../limits/cap-usage';
import { expiresAt } from '../supply/supply-expiry';
import type { Shelf } from './shelf';

/** Everything about an item that the clock can change. */
export interface Clocked {
  readonly shelves: readonly Shelf[];
  /** Returns the time-to-live of reports of a node, in seconds; null: they do not expire. */
  readonly ttlAt: (nodeId: string) => number | null;
  readonly caps: readonly CapUsage[];
  readonly entries: readonly BackorderEntry[];
}

/**
 * Returns the first moment after `now` at which the passing of time may change what can be sold of an item, in
 * milliseconds since 1970; Infinity where it never does. Time ends holds, reports, the shares that holds have of caps,
 * caps, and the exclusions of nodes.
 */
export function steadyUntil({ shelves, ttlAt, caps, entries }: Clocked, now: string): number {
  const at = Date.parse(now);
  let first = Number.POSITIVE_INFINITY;
  const note = (moment: number | null) => {
    if (moment !== null && moment > at && moment < first) first = moment;
  };
  for (const { stock, claims } of shelves) {
    for (const [, expires] of claims) note(expires);
    const ttl = ttlAt(stock.nodeId);
    for (const entry of stock.supplies) note(afterExpiry(expiresAt(entry, ttl)));
  }
  for (const { state, expiring } of caps) {
    note(Date.parse(state.cap.start));
    note(Date.parse(state.cap.end));
    for (const [moment] of expiring) note(moment);
  }
  for (const { retryAt } of entries.flatMap(({ exclusions }) => exclusions))
    note(retryAt === null ? null : Date.parse(retryAt));
  return first;
}

/** A report still counts in the millisecond in which it expires; everything else has ended by then. */
function afterExpiry(moment: number | null): number | null {
  return moment === null ? null : moment + 1;
}
