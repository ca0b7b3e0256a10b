import { SYSTEM_CALLER } from '../contracts/commands';
import type { InventoryFeed } from '../stores/inventory/feed/inventory-feed';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
/** Stock rows per transaction: as many as a portion of a feed, for the same reason. */
const MOST_AT_ONCE = 500;
/** The bound of one run: when a large feed falls silent, all its rows are due at once. */
const MOST_TRANSACTIONS = 20;

const CAUSE = { commandId: 'supply-expiry', caller: SYSTEM_CALLER, correlation: 'supply-expiry' };

/**
 * Creates the watch that records expired supply in the log. Each transaction stands alone and needs no compensation, so
 * no saga carries it (src/intake/direct-commands.ts). The watch only records: expired supply counts as zero from the
 * moment of expiry, by the clock.
 */
export function supplyExpiryWatch(feed: Pick<InventoryFeed, 'noteExpiries'>): Watch {
  return {
    name: 'supply-expiry',
    everyMs: EVERY_MS,
    async look() {
      for (let done = 0; done < MOST_TRANSACTIONS; done += 1) {
        if ((await feed.noteExpiries(MOST_AT_ONCE, CAUSE)) < MOST_AT_ONCE) return;
      }
    },
  };
}
