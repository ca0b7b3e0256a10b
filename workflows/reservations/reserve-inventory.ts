import { proxyLocalActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import type { ReservationOutcome, ReserveInventory } from '../../src/contracts/commands';
import { markdownTable } from '../engine/markdown-table';
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
  return uncancelled(async () => {
    const outcomes = await inHalves<ReserveInventory, ReservationOutcome>(commands, {
      run: hold,
      faulted: ({ commandId }) => ({
        kind: 'refused',
        reservationId: commandId,
        reason: 'PROCESSING_FAILED',
      }),
      faultOf,
    });
    setCurrentDetails(reservationsPage(outcomes));
    return outcomes;
  });
}

/** Writes the page on reservations for the Web UI, as Markdown: their counts, and then the refused ones. */
function reservationsPage(outcomes: readonly ReservationOutcome[]): string {
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  const verdict = `**${outcomes.length - refused.length} held, ${refused.length} refused.** Nothing is left to do here.`;
  if (refused.length === 0) return verdict;
  const rows = refused.map(({ reservationId, reason, detail }) => [reservationId, detail ?? '', reason]);
  return `${verdict}\n\n${markdownTable(['refused', 'detail', 'reason'], rows)}`;
}

function hold(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
  const [only] = commands;
  const who =
    commands.length === 1 && only ? `reservation ${only.commandId}` : `${commands.length} reservations`;
  const summary = `Hold stock for ${who}`;
  return holdStock.executeWithOptions({ summary }, [{ commands }]);
}
