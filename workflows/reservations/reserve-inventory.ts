import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import type { ReservationOutcome, ReserveInventory } from '../../src/contracts/commands';
import { inHalves } from '../engine/splitting';
import { STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';

const { holdStock } = proxyLocalActivities<Activities>(STEP);

/**
 * Holds stock for a limited time, for carts that are not orders yet. Its one step writes the claim of the idempotency
 * key, the answer and the hold in one transaction, so no compensation is needed.
 */
export function reserveInventory(
  commands: readonly ReserveInventory[],
): Promise<readonly ReservationOutcome[]> {
  return uncancelled(() =>
    inHalves<ReserveInventory, ReservationOutcome>(commands, {
      run: hold,
      faulted: ({ commandId }) => ({
        kind: 'refused',
        reservationId: commandId,
        reason: 'PROCESSING_FAILED',
      }),
      faultOf,
    }),
  );
}

function hold(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
  const [only] = commands;
  const summary = commands.length === 1 && only ? only.commandId : `${commands.length} reservations`;
  return holdStock.executeWithOptions({ summary }, [{ commands }]);
}
