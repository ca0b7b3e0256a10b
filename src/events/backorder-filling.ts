import { LARGEST_BATCH } from '../contracts/saga';
import type { InventoryReads, WaitingTurn } from '../stores/inventory/inventory-reads';
import type { PositionedEvent } from '../stores/log/event-rows';
import { type Fault, isolateFaults } from '../stores/postgres/isolate-faults';
import type { Subscription } from './subscription';

/** The events that can make a backorder fillable: arrived or released stock, changed settings, a changed queue. */
const TYPES = [
  'inventory.supply-counted.v1',
  'inventory.supply-moved.v1',
  'inventory.damaged-stock-repaired.v1',
  'inventory.held-stock-released.v1',
  'inventory.committed-stock-released.v1',
  'inventory.backorder-filled.v1',
  'inventory.backorder-withdrawn.v1',
  'inventory.node-set.v1',
  'inventory.source-set.v1',
  'inventory.eligibility-rule-set.v1',
  'inventory.eligibility-rule-removed.v1',
];

/** A reaction that is longer may outlive the checkpoint's transaction; then its events are delivered again. */
const LONG_MS = 3_000;

export interface BackorderFilling {
  readonly reads: Pick<InventoryReads, 'waitingTurns'>;
  /** Fills the entries that are next in their queues, in one transaction. */
  fill(entries: readonly WaitingTurn[]): Promise<unknown>;
  /** Receives each entry that fails on its own data; the others are filled. */
  onFault(fault: Fault<WaitingTurn>): void;
}

/**
 * Creates the subscription that allocates new stock to backorders. Meanwhile no other order can take that stock:
 * backorders are subtracted from available to promise. A redelivered event has no effect: filled entries are gone.
 */
export function backorderFilling({ reads, fill, onFault }: BackorderFilling): Subscription {
  /** The events of the last long reaction. They are skipped on redelivery, or the checkpoint would never pass them. */
  let tried: ReadonlySet<string> = new Set();
  return {
    name: 'backorder-filling',
    revision: 2,
    types: TYPES,
    handler: {
      kind: 'reaction',
      async react(events) {
        const begunAt = performance.now();
        const fresh = events.filter(({ id }) => !tried.has(id));
        // The limit applies per queue. Entries past it are read once those ahead are filled: a fill is an event, too.
        const entries = fresh.length > 0 ? await reads.waitingTurns(skusOf(fresh), LARGEST_BATCH) : [];
        for (let from = 0; from < entries.length; from += LARGEST_BATCH) {
          const faults = await isolateFaults(entries.slice(from, from + LARGEST_BATCH), fill);
          faults.forEach(onFault);
        }
        const isLong = performance.now() - begunAt > LONG_MS;
        tried = new Set(isLong ? events.map(({ id }) => id) : []);
      },
    },
  };
}

/** Returns the SKUs of stock and queue events; null when a setting changed, which may concern any item. */
function skusOf(events: readonly PositionedEvent[]): readonly string[] | null {
  const skus = events.map(({ stream }) => /^(?:stock|backorder)\/([^/]+)/.exec(stream)?.[1]);
  return skus.includes(undefined) ? null : [...new Set(skus as string[])];
}
