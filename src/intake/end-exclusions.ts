import type { Command } from '../contracts/commands';
import type { StepAnswer } from '../domain/decision';
import { decideEndExclusions } from '../domain/inventory/reservation/end-exclusions';
import type { InventoryStore } from '../stores/inventory/inventory-store';

/** The command to record the exclusions of one reservation that have ended by time. */
export interface EndExclusions extends Command {
  readonly reservationId: string;
}

/** Records the exclusions of reservations that have ended by time, in one transaction; others stay as they are. */
export function endExclusions(
  inventory: InventoryStore,
  commands: readonly EndExclusions[],
): Promise<StepAnswer[]> {
  const reservationIds = commands.map(({ reservationId }) => reservationId);
  const scope = { skus: null, reservationIds, orderIds: [], claims: [] };
  return inventory.step('endExclusions', commands, scope, (session, command) =>
    decideEndExclusions(session.reservation(command.reservationId), session.now),
  );
}
