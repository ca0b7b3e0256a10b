import { LARGEST_BATCH } from '../contracts/saga';
import type { EndExclusions } from '../intake/end-exclusions';
import type { DueExclusion, InventoryReads } from '../stores/inventory/inventory-reads';
import { isolateFaults } from '../stores/postgres/isolate-faults';
import { Backoff } from './backoff';
import type { Watch } from './watch';

const EVERY_MS = 1_000;

/**
 * Creates the watch that records exclusions of waiting orders that have ended by time. Searches go by the clock; the
 * record is the event that fills the entries with the stock of those nodes.
 */
export function dueExclusionsWatch(
  reads: Pick<InventoryReads, 'dueExclusions'>,
  end: (commands: readonly EndExclusions[]) => Promise<unknown>,
): Watch {
  const backoff = new Backoff();
  return {
    name: 'due-exclusions',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueExclusions(LARGEST_BATCH, backoff.pausing(performance.now()));
      const faults = await isolateFaults(due.map(endCommand), end);
      if (faults.length === 0) return;
      const ids = faults.map(({ item }) => item.reservationId);
      for (const id of ids) backoff.failed(id, performance.now());
      throw new AggregateError(
        faults.map(({ error }) => error),
        `these exclusions could not be ended: ${ids.join(', ')}`,
      );
    },
  };
}

function endCommand({ reservationId, orderId, retryAt }: DueExclusion): EndExclusions {
  const commandId = `${reservationId}/retry/${retryAt}`;
  return { commandId, caller: 'relay', correlation: orderId, reservationId };
}
