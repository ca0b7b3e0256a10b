import { LARGEST_BATCH } from '../contracts/saga';
import type { HoldCommand } from '../intake/hold-commands';
import type { InventoryReads } from '../stores/inventory/inventory-reads';
import { isolateFaults } from '../stores/postgres/isolate-faults';
import { Backoff } from './backoff';
import type { Watch } from './watch';

const EVERY_MS = 1_000;

/**
 * Creates the watch that expires due holds, a batch per transaction. Their stock counts as available from the moment of
 * expiry; the watch records it in the log. A hold that cannot be expired does not stop the others and is retried later.
 */
export function dueHoldsWatch(
  reads: Pick<InventoryReads, 'dueHolds'>,
  expire: (commands: readonly HoldCommand[]) => Promise<unknown>,
): Watch {
  const backoff = new Backoff();
  return {
    name: 'due-holds',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueHolds(LARGEST_BATCH, backoff.pausing(performance.now()));
      const commands = due.map(({ id, caller }) => expireCommand(id, caller));
      const faults = await isolateFaults(commands, expire);
      if (faults.length === 0) return;
      const ids = faults.map(({ item }) => item.reservationId);
      for (const id of ids) backoff.failed(id, performance.now());
      const errors = faults.map(({ error }) => error);
      throw new AggregateError(errors, `these holds could not be expired: ${ids.join(', ')}`);
    },
  };
}

function expireCommand(reservationId: string, caller: string): HoldCommand {
  return { commandId: `${reservationId}/expire`, caller, correlation: reservationId, reservationId };
}
