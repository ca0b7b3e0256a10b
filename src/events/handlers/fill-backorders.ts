import { SYSTEM_CALLER } from '../../contracts/commands';
import type { StepAnswer } from '../../domain/decision';
import { decideFill, type FillGiven } from '../../domain/inventory/reservation/fill-backorder';
import { decideFillWhole } from '../../domain/inventory/reservation/fill-whole';
import { compositeName } from '../../names/composite-name';
import type { WaitingTurn } from '../../stores/inventory/inventory-reads';
import type { InventoryStore } from '../../stores/inventory/inventory-store';

/**
 * Fills entries of backorder queues, in one transaction on the inventory store. An entry is filled once: it leaves its
 * queue, and the answer is stored under the key of the fill.
 */
export function fillBackorders(
  inventory: InventoryStore,
  entries: readonly WaitingTurn[],
): Promise<StepAnswer<FillGiven>[]> {
  const commands = entries.map((entry) => ({
    ...entry,
    commandId: fillId(entry),
    caller: SYSTEM_CALLER,
    correlation: entry.orderId,
  }));
  const skus = [...new Set(entries.flatMap((entry) => entry.skus))].sort();
  const reservationIds = entries.map(({ reservationId }) => reservationId);
  const scope = { skus, reservationIds, orderIds: [], claims: [] };
  return inventory.step('fillBackorder', commands, scope, (session, command) => {
    const existing = session.reservation(command.reservationId);
    return existing?.shipComplete
      ? decideFillWhole(existing, command, session.room, session.now)
      : decideFill(existing, command, session.room, session.now);
  });
}

/** Returns the idempotency key of a fill, the same in every store. */
export function fillId({
  reservationId,
  sku,
  place,
}: Pick<WaitingTurn, 'reservationId' | 'sku' | 'place'>): string {
  return compositeName(reservationId, 'fill', sku, place);
}
