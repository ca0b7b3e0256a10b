import { stockSteps } from '../../../activities/stock-steps';
import type { ReservationOutcome, ReserveInventory } from '../../../src/contracts/commands';
import type { Stores } from '../../../src/stores/stores';

const SAGA = 'saga-of-the-test';

/** Holds stock by the real step, as the saga does. */
export async function hold(
  { inventory }: Stores,
  commands: readonly ReserveInventory[],
): Promise<ReservationOutcome[]> {
  const members = commands.map((command) => ({ command, given: {} }));
  const answers = await stockSteps(inventory).holdStock({ sagaId: SAGA, members });
  return answers.map((answer, index) => {
    const reservationId = commands[index]?.commandId ?? '';
    return answer.kind === 'done'
      ? { kind: 'held', reservationId, allocations: answer.allocations, expiresAt: answer.expiresAt ?? '' }
      : { ...answer, reservationId };
  });
}
