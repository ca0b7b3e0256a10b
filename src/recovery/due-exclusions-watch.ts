import { SYSTEM_CALLER } from '../contracts/commands';
import type { ReservationCommand } from '../intake/reservation-command';
import type { DueExclusion, InventoryReads } from '../stores/inventory/inventory-reads';
import { dueBatchWatch } from './due-batch-watch';
import type { Watch } from './watch';

/**
 * Creates the watch that records exclusions of waiting orders that have ended by time. Searches go by the clock; the
 * record is the event that fills the entries with the stock of those nodes.
 */
export function dueExclusionsWatch(
  reads: Pick<InventoryReads, 'dueExclusions'>,
  end: (commands: readonly ReservationCommand[]) => Promise<unknown>,
): Watch {
  return dueBatchWatch({
    name: 'due-exclusions',
    due: async (limit, without) => (await reads.dueExclusions(limit, without)).map(endCommand),
    carryOut: end,
    failure: 'these exclusions could not be ended',
  });
}

function endCommand({ reservationId, orderId, retryAt }: DueExclusion): ReservationCommand {
  const commandId = `${reservationId}/retry/${retryAt}`;
  return { commandId, caller: SYSTEM_CALLER, correlation: orderId, reservationId };
}
