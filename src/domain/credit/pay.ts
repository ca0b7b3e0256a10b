import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { refused } from '../refusal';
import type { Account, AccountEvent } from './account';

export interface Payment {
  readonly paymentId: string;
  readonly amount: number;
}

/** In minor units. More is a mistake, and some thousand of them would leave the numbers that are exact. */
export const MOST_PAID_AHEAD = 1_000_000_000_000;

/**
 * Notes what a customer has paid. A payment of more than is owed is kept: the money is there, and it counts for what
 * ships next (docs/decisions/0009-paid-ahead.md).
 */
export function decidePay(
  account: Account,
  { paymentId, amount }: Payment,
): Decision<StepAnswer, AccountEvent> {
  if (Object.hasOwn(account.payments, paymentId)) return unchanged(done);
  if (account.currency === null) return unchanged(refused('UNKNOWN_CUSTOMER'));
  const owed = account.capturedUnpaid;
  if (amount - owed > MOST_PAID_AHEAD) {
    const most = `${owed} owed, at most ${MOST_PAID_AHEAD} may be paid ahead`;
    return unchanged(refused('PAYMENT_TOO_LARGE', `${amount} paid, ${most}`));
  }
  return { answer: done, events: [{ type: 'credit.payment-received.v1', data: { paymentId, amount } }] };
}
