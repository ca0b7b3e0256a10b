import type { StepAnswer } from '../domain/decision';
import { decideExtendHold } from '../domain/inventory/reservation/extend-hold';
import { decideExpire, decideReleaseByCaller } from '../domain/inventory/reservation/release';
import type { InventoryStore } from '../stores/inventory/inventory-store';
import { type ReservationCommand, scopeOf } from './reservation-command';

/**
 * Releases holds for their callers, in one transaction. The `commandId` `<reservation id>/release/<caller>` keys the
 * stored answer, because a refusal to one caller must not answer another.
 */
export function releaseHolds(
  inventory: InventoryStore,
  commands: readonly ReservationCommand[],
): Promise<StepAnswer[]> {
  return inventory.step('releaseHold', commands, scopeOf(commands), (session, command) =>
    decideReleaseByCaller(session.reservation(command.reservationId), command.caller),
  );
}

/** A command that lets a hold live longer: `ttlSeconds` from now. */
export interface ExtendHold extends ReservationCommand {
  readonly ttlSeconds: number;
}

/** Extends holds for their callers, in one transaction. */
export function extendHolds(
  inventory: InventoryStore,
  commands: readonly ExtendHold[],
): Promise<StepAnswer[]> {
  return inventory.step('extendHold', commands, scopeOf(commands), (session, command) =>
    decideExtendHold(session.reservation(command.reservationId), command, session.now),
  );
}

/** Expires the holds that are due, in one transaction; other holds stay as they are. */
export function expireHolds(
  inventory: InventoryStore,
  commands: readonly ReservationCommand[],
): Promise<StepAnswer[]> {
  return inventory.step('expireHold', commands, scopeOf(commands), (session, command) =>
    decideExpire(session.reservation(command.reservationId), session.now),
  );
}
