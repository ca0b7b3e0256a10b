import type { StepAnswer } from '../domain/decision';
import { decideEndExclusions } from '../domain/inventory/reservation/end-exclusions';
import type { InventoryStore } from '../stores/inventory/inventory-store';
import { type ReservationCommand, scopeOf } from './reservation-command';

/** Records the exclusions of reservations that have ended by time, in one transaction; others stay as they are. */
export function endExclusions(
  inventory: InventoryStore,
  commands: readonly ReservationCommand[],
): Promise<StepAnswer[]> {
  return inventory.step('endExclusions', commands, scopeOf(commands), (session, command) =>
    decideEndExclusions(session.reservation(command.reservationId), session.now),
  );
}
