import type { Command } from '../contracts/commands';
import type { CommandScope } from '../stores/inventory/inventory-store';

/** A command on one reservation that needs no data but the reservation's id. */
export interface ReservationCommand extends Command {
  readonly reservationId: string;
}

/** Returns the scope of commands that need nothing but their reservations. */
export function scopeOf(commands: readonly ReservationCommand[]): CommandScope {
  const reservationIds = commands.map(({ reservationId }) => reservationId);
  return { skus: null, reservationIds, orderIds: [], claims: [] };
}
