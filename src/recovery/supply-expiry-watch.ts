import type { InventoryFeed } from '../stores/inventory/feed/inventory-feed';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
/** Stock rows a transaction: as many as a portion of a feed has, for the same reason. */
const MOST_AT_ONCE = 500;
/** When a large feed falls silent all its rows are due at once; a look takes a good part of them, and ends. */
const MOST_TRANSACTIONS = 20;

const CAUSE = { commandId: 'supply-expiry', correlation: 'supply-expiry' };

/**
 * Notes that feeds have fallen silent. It is a single transaction without anything to undo, so no saga carries it
 * (direct-commands.ts), and it only notes: what is expired counts as zero from that moment on, by the clock.
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
