import { SYSTEM_CALLER } from '../contracts/commands';
import type { ReservationCommand } from '../intake/reservation-command';
import type { InventoryReads } from '../stores/inventory/inventory-reads';
import { dueBatchWatch } from './due-batch-watch';
import type { Watch } from './watch';

/**
 * Creates the watch that expires due holds. Their stock counts as available from the moment of expiry; the watch records
 * it in the log.
 */
export function dueHoldsWatch(
  reads: Pick<InventoryReads, 'dueHolds'>,
  expire: (commands: readonly ReservationCommand[]) => Promise<unknown>,
): Watch {
  return dueBatchWatch({
    name: 'due-holds',
    due: async (limit, without) => (await reads.dueHolds(limit, without)).map(expireCommand),
    carryOut: expire,
    failure: 'these holds could not be expired',
  });
}

function expireCommand(id: string): ReservationCommand {
  return { commandId: `${id}/expire`, caller: SYSTEM_CALLER, correlation: id, reservationId: id };
}
