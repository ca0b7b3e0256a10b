import { LARGEST_BATCH } from '../contracts/saga';
import type { InventoryReads, WaitingTurn } from '../stores/inventory/inventory-reads';
import type { PositionedEvent } from '../stores/log/event-rows';
import { type Fault, isolateFaults } from '../stores/postgres/isolate-faults';
import type { Subscription } from './subscription';

/** What can bring stock within reach of an order that waits: what comes or is given back, settings, turns taken. */
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

/** A checkpoint may not be saved after a reaction that takes longer than a transaction may: its events come again. */
const LONG_MS = 3_000;

export interface BackorderFilling {
  readonly reads: Pick<InventoryReads, 'waitingTurns'>;
  /** Fills the entries whose turn it is, in one transaction. */
  fill(entries: readonly WaitingTurn[]): Promise<unknown>;
  /** Hears of an entry that cannot be filled on account of its data; the others are filled. */
  onFault(fault: Fault<WaitingTurn>): void;
}

/**
 * Gives new stock to the orders that wait for it. It cannot be sold to anybody else meanwhile, as what is promised is
 * taken off what is available; this allocates the units themselves. Events that come again find filled entries gone.
 */
export function backorderFilling({ reads, fill, onFault }: BackorderFilling): Subscription {
  /** Events whose entries were tried by a long reaction. Tried again each time they come, they would never be passed. */
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
        // An entry further back in its queue is looked at after those ahead have been filled.
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

/** Null: a setting changed, which may concern any item. */
function skusOf(events: readonly PositionedEvent[]): readonly string[] | null {
  const skus = events.map(({ stream }) => /^(?:stock|backorder)\/([^/]+)/.exec(stream)?.[1]);
  return skus.includes(undefined) ? null : [...new Set(skus as string[])];
}
