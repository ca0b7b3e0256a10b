import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../decision';
import { refused } from '../refusal';
import { type Account, type AccountEvent, moneyOf } from './account';
import { owedOf } from './hold';

export interface RefundRequest {
  readonly orderId: string;
  /** The command that returned units. */
  readonly returnId: string;
  /** Minor units. */
  readonly amount: number;
}

/**
 * Refunds the captured price of returned units: the customer owes less, or has paid ahead. What the order still holds
 * stays held.
 */
export function decideRefundReturn(
  account: Account,
  { orderId, returnId, amount }: RefundRequest,
): Decision<StepAnswer, AccountEvent> {
  const hold = account.holds[orderId];
  if (amount === 0 || (hold && Object.hasOwn(hold.refunds, returnId))) return unchanged(done);
  const owed = hold ? owedOf(hold) : 0;
  const money = moneyOf(account);
  if (amount > owed)
    return refusedForNow(
      refused('CREDIT_NOT_HELD', `${money(amount)} to refund, ${money(owed)} captured and not refunded`),
    );
  const data = { orderId, returnId, amount };
  return { answer: done, events: [{ type: 'credit.return-refunded.v1', data }] };
}
