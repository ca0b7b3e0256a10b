import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import { type Account, type AccountEvent, availableCredit } from './account';
import { type Hold, heldOf } from './hold';

export interface AdjustRequest {
  readonly orderId: string;
  /** The command that changes the order; undoing an increase names it again. */
  readonly adjustmentId: string;
  /** How much dearer the order gets; below zero: cheaper. */
  readonly by: number;
}

/** Fits a hold to an order that has changed: more of it has to fit under the limit, less of it is given back. */
export function decideAdjustHold(
  account: Account,
  { orderId, adjustmentId, by }: AdjustRequest,
): Decision<StepAnswer, AccountEvent> {
  if (by === 0) return unchanged(done);
  const hold = account.holds[orderId];
  const known = hold?.adjustments[adjustmentId];
  if (known) return unchanged(known.state === 'MADE' ? done : refused('RELEASED_EARLIER'));
  if (!hold) return refusedForNow(refused('CREDIT_NOT_HELD', 'nothing is held for the order'));
  if (hold.state !== 'HELD') {
    // What is over has nothing to give back: a settled hold is what was shipped, and a released one is gone.
    return unchanged(by < 0 ? done : refused('RELEASED_EARLIER'));
  }
  if (by < 0) return giveBack(hold, { orderId, adjustmentId, by });
  const refusal = refusalToIncrease(account, by);
  if (refusal) return unchanged(refusal);
  return { answer: done, events: [{ type: 'credit.hold-adjusted.v1', data: { orderId, adjustmentId, by } }] };
}

function giveBack(hold: Hold, data: AdjustRequest): Decision<StepAnswer, AccountEvent> {
  const refusal = refusalToGiveBack(hold, -data.by);
  if (refusal) return refusedForNow(refusal);
  return { answer: done, events: [{ type: 'credit.hold-adjusted.v1', data }] };
}

function refusalToIncrease(account: Account, more: number): Refusal | undefined {
  const available = availableCredit(account);
  if (more <= available) return undefined;
  return refused('CREDIT_LIMIT_EXCEEDED', `${more} more asked, ${available} available`);
}

function refusalToGiveBack(hold: Hold, less: number): Refusal | undefined {
  if (less <= heldOf(hold)) return undefined;
  return refused('CREDIT_NOT_HELD', `${less} to give back, ${heldOf(hold)} held`);
}

/**
 * Undoes an increase. Before it has happened a tombstone is left, so that a late one is refused. A decrease comes
 * after its command can fail no more, and stays.
 */
export function decideRevokeIncrease(
  account: Account,
  { orderId, adjustmentId }: Omit<AdjustRequest, 'by'>,
): Decision<StepAnswer, AccountEvent> {
  const hold = account.holds[orderId];
  const known = hold?.adjustments[adjustmentId];
  // Where nothing is held any more, nothing can be added and nothing is left to give back.
  if (hold?.state !== 'HELD' || known?.state === 'REVOKED') return unchanged(done);
  if (!known) {
    const data = { orderId, adjustmentId };
    return { answer: done, events: [{ type: 'credit.adjustment-forestalled.v1', data }] };
  }
  const { by } = known;
  if (by < 0) return unchanged(done);
  const refusal = refusalToGiveBack(hold, by);
  if (refusal) return refusedForNow(refusal);
  const data = { orderId, adjustmentId, by };
  return { answer: done, events: [{ type: 'credit.adjustment-revoked.v1', data }] };
}
