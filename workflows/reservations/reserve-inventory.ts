import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import type { ReservationOutcome, ReserveInventory } from '../../src/contracts/commands';
import { STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';

const { holdStock } = proxyLocalActivities<Activities>(STEP);

/**
 * Holds stock for a while, for carts that are not orders yet. Its one step writes the claim of the key, the answer and
 * the hold in one transaction: there is nothing to undo.
 */
export function reserveInventory(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
  return uncancelled(() => hold(commands));
}

/** Where the step meets a fault the batch is split, down to the command that it fails for. */
async function hold(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
  const [only] = commands;
  const summary = commands.length === 1 && only ? only.commandId : `${commands.length} reservations`;
  try {
    return await holdStock.executeWithOptions({ summary }, [{ commands }]);
  } catch (error) {
    if (!faultOf(error) || !only) throw error;
    if (commands.length === 1)
      return [{ kind: 'refused', reservationId: only.commandId, reason: 'PROCESSING_FAILED' }];
    const middle = Math.ceil(commands.length / 2);
    return [...(await hold(commands.slice(0, middle))), ...(await hold(commands.slice(middle)))];
  }
}
