import type { Decision, StepAnswer } from '../decision';
import { unchanged } from '../decision';
import { type RefusalReason, refused } from '../refusal';
import type { Order } from './order';
import type { OrderEvent } from './order-events';
import { decideFailRevision } from './revise-order';
import { refusedLate } from './semantic-lock';
import { type CutShort, decideStop, type Unfinished } from './stop-command';

/** A revision that could not have what it needs, or met a fault; `remaining` are the undos that did not succeed. */
export interface FallenRevision extends CutShort {
  readonly reason: RefusalReason;
  readonly remaining: readonly string[];
}

/**
 * The undo of a revision's claim, run last: the order is as it was, and says why. While something that it got is not
 * given back it keeps the order, so that whoever finds it lost goes back again, or an operator does. A claim that is
 * still to come is refused when it does; `claimed` is what it has answered, if anything.
 */
export function decideUndoClaimRevision(
  order: Order | undefined,
  claimed: StepAnswer | undefined,
  fallen: FallenRevision,
): Decision<StepAnswer | Unfinished, OrderEvent> {
  if (claimed?.kind === 'refused') return unchanged(claimed);
  const { commandId, reason, remaining } = fallen;
  const isTaken = order?.pending?.commandId === commandId;
  if (!claimed && !isTaken) return refusedLate(order, 'revise', commandId, refused('PROCESSING_FAILED'));
  return remaining.length > 0 || isApplied(order, commandId)
    ? decideStop(order, fallen)
    : decideFailRevision(order, { commandId }, reason);
}

/** Somebody else who runs it has got further. */
function isApplied(order: Order | undefined, commandId: string): boolean {
  const pending = order?.pending;
  return pending?.kind === 'revise' && pending.commandId === commandId && pending.applied !== null;
}
