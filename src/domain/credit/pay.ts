import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { refused } from '../refusal';
import { type Account, type AccountEvent, moneyOf } from './account';

export interface Payment {
  readonly paymentId: string;
  readonly amount: number;
}

/**
 * The most that a customer may have paid ahead, in minor units. A larger amount is a mistake, and a few thousand of
 * them would exceed the range of exact integers.
 */
export const MOST_PAID_AHEAD = 1_000_000_000_000;

/** Records a payment. An overpayment is kept and counts for the next shipments (docs/decisions/0009-paid-ahead.md). */
export function decidePay(
  account: Account,
  { paymentId, amount }: Payment,
): Decision<StepAnswer, AccountEvent> {
  if (Object.hasOwn(account.payments, paymentId)) return unchanged(done);
  if (account.currency === null) return unchanged(refused('UNKNOWN_CUSTOMER'));
  const owed = account.capturedUnpaid;
  if (amount - owed > MOST_PAID_AHEAD) {
    const money = moneyOf(account);
    const most = `${money(owed)} owed, at most ${money(MOST_PAID_AHEAD)} may be paid ahead`;
    return unchanged(refused('PAYMENT_TOO_LARGE', `${money(amount)} paid, ${most}`));
  }
  return { answer: done, events: [{ type: 'credit.payment-received.v1', data: { paymentId, amount } }] };
}
