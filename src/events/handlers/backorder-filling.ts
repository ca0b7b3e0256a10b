import { LARGEST_BATCH } from '../../contracts/saga';
import type { InventoryReads, WaitingTurn } from '../../stores/inventory/inventory-reads';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { type Fault, isolateFaults } from '../../stores/postgres/isolate-faults';
import type { Subscription } from '../subscriptions/subscription';

/**
 * The events that can make a backorder fillable: arrived or released stock, changed settings, a changed queue. A new
 * entry may be fillable at once: an order's limits of shipments and partners do not apply to its fills.
 */
const TYPES = [
  'inventory.supply-counted.v1',
  'inventory.supply-moved.v1',
  'inventory.damaged-stock-repaired.v1',
  'inventory.stock-returned.v1',
  'inventory.held-stock-released.v1',
  'inventory.committed-stock-released.v1',
  'inventory.backorder-placed.v1',
  'inventory.backorder-restricted.v1',
  'inventory.backorder-filled.v1',
  'inventory.backorder-withdrawn.v1',
  'inventory.item-set.v1',
  'inventory.node-set.v1',
  'inventory.source-set.v1',
  'inventory.source-removed.v1',
  'inventory.eligibility-rule-set.v1',
  'inventory.eligibility-rule-removed.v1',
];

/** Items whose queues are walked at once. A changed setting concerns all items that orders wait for. */
const ITEMS_AT_ONCE = 100;

export interface BackorderFilling {
  readonly reads: Pick<InventoryReads, 'awaitedItems' | 'fillableTurns'>;
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
  return {
    name: 'backorder-filling',
    log: 'inventory',
    revision: 3,
    types: TYPES,
    handler: {
      kind: 'reaction',
      async react(events) {
        const awaited = await reads.awaitedItems(skusOf(events));
        for (const skus of portionsOf(awaited, ITEMS_AT_ONCE)) {
          // The limit applies per queue. Entries past it are filled later: a fill is an event, too.
          for (const entries of portionsOf(await reads.fillableTurns(skus, LARGEST_BATCH), LARGEST_BATCH))
            (await isolateFaults(entries, fill)).forEach(onFault);
        }
      },
    },
  };
}

function portionsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}

/** Returns the SKUs of events about items; null when a setting changed that may concern any item. */
function skusOf(events: readonly PositionedEvent[]): readonly string[] | null {
  const skus = events.flatMap(({ key }) => ('sku' in key ? key.sku : []));
  return skus.length < events.length ? null : [...new Set(skus)];
}
