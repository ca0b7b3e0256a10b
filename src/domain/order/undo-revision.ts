import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { type Refusal, type RefusalReason, refused } from '../refusal';
import type { Order } from './order';
import type { OrderEvent } from './order-events';
import { takenBy } from './semantic-lock';
import { type CutShort, decideCutShort, decideStop, type Unfinished, unfinished } from './stop-command';

/** The seal of a revision, among the undos of one that goes back. */
const SEAL = 'turnRevisionBack';

/** A revision that has fallen, what of it is undone, and which undos did not succeed. */
export interface FallenRevision extends CutShort {
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
}

/** It was turned back and has come to its end: nothing of it is left to undo. */
export interface Over {
  readonly kind: 'over';
  readonly reason: RefusalReason;
}

/**
 * Decides on the order that a revision goes back, before anything of it is undone: whoever else runs the same command
 * cannot apply it from here on, with steps that answer as they did before they were undone. The reason is the first one
 * that it was turned back for. Where the new content stands, or stood, nothing of it is undone. `applied` is what its
 * pivot has answered; where that is still to come, this refusal stands in the place of the answer.
 */
export function decideTurnBack(
  order: Order | undefined,
  applied: StepAnswer | undefined,
  { commandId, reason }: { readonly commandId: string; readonly reason: RefusalReason },
): Decision<Refusal | Unfinished | Over, OrderEvent> {
  const pending = takenBy(order, 'revise', commandId);
  if (!pending && applied?.kind === 'refused') return unchanged({ kind: 'over', reason: applied.reason });
  if (!pending || pending.applied) return unchanged(unfinished);
  if (pending.turnedBack) return unchanged(refused(pending.turnedBack));
  const data = { commandId, reason };
  return { answer: refused(reason), events: [{ type: 'orders.revision-turned-back.v1', data }] };
}

/**
 * The undo of a revision's claim, run last: one that was turned back lets the order go as it was, and says why. While
 * something that it got is not given back it keeps the order, so that whoever finds it lost goes back again, or an
 * operator does. One that was not turned back here has met its fault at the claim, which has answered `claimed`, if
 * anything: whoever else runs it may have got anywhere.
 */
export function decideUndoClaimRevision(
  order: Order | undefined,
  claimed: StepAnswer | undefined,
  fallen: FallenRevision,
): Decision<StepAnswer | Unfinished, OrderEvent> {
  const { commandId, undone, remaining } = fallen;
  if (!undone.includes(SEAL)) return decideCutShort(order, claimed, fallen);
  const reason = takenBy(order, 'revise', commandId)?.turnedBack;
  if (!reason) return unchanged(done);
  if (remaining.length > 0) return decideStop(order, fallen);
  return { answer: done, events: [{ type: 'orders.revision-failed.v1', data: { commandId, reason } }] };
}
