import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import { type Account, type AccountEvent, availableCredit, moneyOf } from './account';
import { type Hold, heldOf } from './hold';

export interface AdjustRequest {
  readonly orderId: string;
  /** The command that changes the order. The compensation of an increase names it again. */
  readonly adjustmentId: string;
  /** The change of the held amount, in minor units; negative for a decrease. */
  readonly by: number;
}

/** Adjusts the hold of a changed order. An increase must fit under the limit; a decrease is released. */
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
    // A settled hold equals the value shipped and a released hold is zero: a decrease has nothing to release.
    return unchanged(by < 0 ? done : refused('RELEASED_EARLIER'));
  }
  if (by < 0) return giveBack(account, hold, { orderId, adjustmentId, by });
  const refusal = refusalToIncrease(account, by);
  if (refusal) return unchanged(refusal);
  return { answer: done, events: [{ type: 'credit.hold-adjusted.v1', data: { orderId, adjustmentId, by } }] };
}

function giveBack(account: Account, hold: Hold, data: AdjustRequest): Decision<StepAnswer, AccountEvent> {
  const refusal = refusalToGiveBack(account, hold, -data.by);
  if (refusal) return refusedForNow(refusal);
  return { answer: done, events: [{ type: 'credit.hold-adjusted.v1', data }] };
}

function refusalToIncrease(account: Account, more: number): Refusal | undefined {
  const available = availableCredit(account);
  if (more <= available) return undefined;
  const money = moneyOf(account);
  return refused('CREDIT_LIMIT_EXCEEDED', `${money(more)} more asked, ${money(available)} available`);
}

function refusalToGiveBack(account: Account, hold: Hold, less: number): Refusal | undefined {
  if (less <= heldOf(hold)) return undefined;
  const money = moneyOf(account);
  return refused('CREDIT_NOT_HELD', `${money(less)} to give back, ${money(heldOf(hold))} held`);
}

/**
 * Compensates an increase. Leaves a tombstone when the increase has not happened, so that a late one is refused. A
 * decrease has no compensation: it runs only once its command can no longer fail.
 */
export function decideRevokeIncrease(
  account: Account,
  { orderId, adjustmentId }: Omit<AdjustRequest, 'by'>,
): Decision<StepAnswer, AccountEvent> {
  const hold = account.holds[orderId];
  const known = hold?.adjustments[adjustmentId];
  // Without an open hold, no increase can still happen and no credit is left to release.
  if (hold?.state !== 'HELD' || known?.state === 'REVOKED') return unchanged(done);
  if (!known) {
    const data = { orderId, adjustmentId };
    return { answer: done, events: [{ type: 'credit.adjustment-forestalled.v1', data }] };
  }
  const { by } = known;
  if (by < 0) return unchanged(done);
  const refusal = refusalToGiveBack(account, hold, by);
  if (refusal) return refusedForNow(refusal);
  const data = { orderId, adjustmentId, by };
  return { answer: done, events: [{ type: 'credit.adjustment-revoked.v1', data }] };
}
