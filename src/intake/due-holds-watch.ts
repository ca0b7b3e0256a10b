import type { ExpireReservation } from '../contracts/commands';
import type { InventoryReads } from '../stores/inventory-reads';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
const MOST_AT_ONCE = 85;

/**
 * Starts the saga that tidies holds whose time is up, and nothing when none are. Their stock is free from that
 * moment on anyway; this makes the log say so.
 */
export function dueHoldsWatch(
  reads: Pick<InventoryReads, 'dueHolds'>,
  expire: (commands: readonly ExpireReservation[]) => Promise<number>,
): Watch {
  return {
    name: 'due-holds',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueHolds(MOST_AT_ONCE);
      if (due.length > 0) await expire(due.map(({ id, caller }) => expireCommand(id, caller)));
    },
  };
}

function expireCommand(reservationId: string, caller: string): ExpireReservation {
  return { commandId: `${reservationId}/expire`, caller, correlation: reservationId, reservationId };
}
