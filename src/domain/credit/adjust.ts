import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { refused } from '../refusal';
import { type Account, type AccountEvent, availableCredit } from './account';
import { type Hold, heldOf } from './hold';

export interface AdjustRequest {
  readonly orderId: string;
  /** The command that revises the order; undoing an increase names it again. */
  readonly adjustmentId: string;
  /** How much dearer the order gets; below zero: cheaper. */
  readonly by: number;
}

/** Fits a hold to an order that was revised: more of it has to fit under the limit, less of it is given back. */
export function decideAdjustHold(
  account: Account,
  { orderId, adjustmentId, by }: AdjustRequest,
): Decision<StepAnswer, AccountEvent> {
  if (by === 0) return unchanged(done);
  const hold = account.holds[orderId];
  const known = hold?.adjustments[adjustmentId];
  if (known) return unchanged(known.state === 'MADE' ? done : refused('RELEASED_EARLIER'));
  if (!hold) return unchanged(refused('CREDIT_NOT_HELD', 'nothing is held for the order'));
  // A cancelled order has given everything back already.
  if (hold.state === 'RELEASED') return unchanged(by < 0 ? done : refused('RELEASED_EARLIER'));
  if (by > availableCredit(account)) {
    return unchanged(
      refused('CREDIT_LIMIT_EXCEEDED', `${by} more asked, ${availableCredit(account)} available`),
    );
  }
  if (-by > heldOf(hold)) return unchanged(moreThanHeld(-by, hold));
  return { answer: done, events: [{ type: 'credit.hold-adjusted.v1', data: { orderId, adjustmentId, by } }] };
}

function moreThanHeld(asked: number, hold: Hold) {
  return refused('CREDIT_NOT_HELD', `${asked} to give back, ${heldOf(hold)} held`);
}

/**
 * Undoes an increase. Before it has happened a tombstone is left, so that a late one is refused. A decrease comes
 * after its revision can fail no more, and stays.
 */
export function decideRevokeIncrease(
  account: Account,
  { orderId, adjustmentId }: Omit<AdjustRequest, 'by'>,
): Decision<StepAnswer, AccountEvent> {
  const hold = account.holds[orderId];
  const known = hold?.adjustments[adjustmentId];
  // Without a hold, or after its release, nothing can be added and nothing is left to give back.
  if (hold?.state !== 'HELD' || known?.state === 'REVOKED') return unchanged(done);
  if (!known) {
    return {
      answer: done,
      events: [{ type: 'credit.adjustment-forestalled.v1', data: { orderId, adjustmentId } }],
    };
  }
  const { by } = known;
  if (by < 0) return unchanged(done);
  if (by > heldOf(hold)) return unchanged(moreThanHeld(by, hold));
  return {
    answer: done,
    events: [{ type: 'credit.adjustment-revoked.v1', data: { orderId, adjustmentId, by } }],
  };
}
