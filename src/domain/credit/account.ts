import { moneyText } from '../../names/money-text';
import { type Decision, done, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';
import { decideRemove, type Reference, type Removal } from '../removal';
import { evolveHold, type Hold, type HoldEvent, heldOf, nothingHeld, owedOf } from './hold';

/** A customer's account balance, in minor units. `currency` is null until the account is opened. */
export interface AccountBalance {
  readonly customerId: string;
  readonly currency: string | null;
  readonly limit: number;
  readonly held: number;
  /** Captured less refunded and paid; negative when the customer has paid ahead. */
  readonly capturedUnpaid: number;
}

export interface Account extends AccountBalance {
  readonly holds: Readonly<Record<string, Hold>>;
  /** Amounts paid, by payment id. */
  readonly payments: Readonly<Record<string, number>>;
}

/** Every event of a customer's credit account, `credit/{customerId}`. */
export type AccountEvent =
  | {
      /** A credit account is opened, or its limit is changed. Minor units. */
      readonly type: 'credit.account-set.v1';
      readonly data: { readonly currency: string; readonly limit: number };
    }
  /** The account is closed. It can be opened again, also in another currency. */
  | { readonly type: 'credit.account-closed.v1'; readonly data: object }
  | {
      /** The customer paid. */
      readonly type: 'credit.payment-received.v1';
      readonly data: { readonly paymentId: string; readonly amount: number };
    }
  | HoldEvent;

export interface HoldRequest {
  readonly orderId: string;
  readonly currency: string;
  readonly amount: number;
}

export function unopenedAccount(customerId: string): Account {
  return { customerId, currency: null, limit: 0, held: 0, capturedUnpaid: 0, holds: {}, payments: {} };
}

export function availableCredit({ limit, held, capturedUnpaid }: AccountBalance): number {
  return limit - held - capturedUnpaid;
}

export function evolveAccount(account: Account, event: AccountEvent): Account {
  switch (event.type) {
    case 'credit.account-set.v1':
      return { ...account, ...event.data };
    case 'credit.account-closed.v1':
      return { ...account, currency: null, limit: 0 };
    case 'credit.payment-received.v1': {
      const { paymentId, amount } = event.data;
      const payments = { ...account.payments, [paymentId]: amount };
      return { ...account, capturedUnpaid: account.capturedUnpaid - amount, payments };
    }
    default:
      return withHold(account, event);
  }
}

/** Changes the account's totals by the change of one hold, so that each amount counts once. */
function withHold(account: Account, event: HoldEvent): Account {
  const { orderId } = event.data;
  const before = account.holds[orderId] ?? nothingHeld(orderId);
  const after = evolveHold(before, event);
  return {
    ...account,
    held: account.held + heldOf(after) - heldOf(before),
    capturedUnpaid: account.capturedUnpaid + owedOf(after) - owedOf(before),
    holds: { ...account.holds, [orderId]: after },
  };
}

/**
 * Opens an account or changes its limit. A limit below the held amount stops new holds and releases none. The currency
 * of an open account cannot change, because its holds are in that currency.
 */
export function decideSetAccount(
  account: Account,
  wanted: { readonly currency: string; readonly limit: number },
): Decision<StepAnswer, AccountEvent> {
  if (account.currency !== null && account.currency !== wanted.currency) {
    return unchanged(refused('CURRENCY_MISMATCH', `the account is in ${account.currency}`));
  }
  if (account.currency === wanted.currency && account.limit === wanted.limit) return unchanged(done);
  return { answer: done, events: [{ type: 'credit.account-set.v1', data: { ...wanted } }] };
}

/** Closes an account on which nothing is held, owed or paid ahead. `wasClosed`: the log has an earlier closure. */
export function decideCloseAccount(
  { currency, held, capturedUnpaid }: AccountBalance,
  wasClosed: boolean,
): Decision<Removal, AccountEvent> {
  if (currency === null) return unchanged({ kind: wasClosed ? 'done' : 'unknown' });
  const references: Reference[] = [
    ...(held === 0 ? [] : [{ kind: 'credit', id: `held for orders: ${held}` } as const]),
    ...(capturedUnpaid === 0
      ? []
      : [{ kind: 'credit', id: `captured and unpaid: ${capturedUnpaid}` } as const]),
  ];
  return decideRemove<AccountEvent>({ type: 'credit.account-closed.v1', data: {} }, references);
}

/**
 * Holds credit for an order's total. Checks for an existing hold first, so that a retry does not compete with its own
 * hold.
 */
export function decideHoldCredit(account: Account, request: HoldRequest): Decision<StepAnswer, AccountEvent> {
  const existing = account.holds[request.orderId];
  if (existing) return unchanged(existing.state === 'RELEASED' ? refused('RELEASED_EARLIER') : done);
  const refusal = refusalToHold(account, request);
  if (refusal) return unchanged(refusal);
  const { orderId, amount } = request;
  return { answer: done, events: [{ type: 'credit.credit-held.v1', data: { orderId, amount } }] };
}

/** Returns a function that writes amounts of an account as people write them. A closed account has no currency. */
export function moneyOf({ currency }: Pick<Account, 'currency'>): (minor: number) => string {
  return (minor) => (currency === null ? String(minor) : moneyText(minor, currency));
}

function refusalToHold(account: Account, request: HoldRequest): Refusal | undefined {
  if (account.currency === null) return refused('UNKNOWN_CUSTOMER');
  if (account.currency !== request.currency) {
    return refused('CURRENCY_MISMATCH', `the account is in ${account.currency}`);
  }
  if (request.amount > availableCredit(account)) {
    const [asked, available] = [request.amount, availableCredit(account)].map(moneyOf(account));
    return refused('CREDIT_LIMIT_EXCEEDED', `${asked} asked, ${available} available`);
  }
  return undefined;
}

/**
 * Releases the credit that an order still holds; captured credit stays captured. Without a hold it leaves a tombstone,
 * so that a late hold is refused.
 */
export function decideReleaseCredit(
  account: Account,
  { orderId }: { readonly orderId: string },
): Decision<StepAnswer, AccountEvent> {
  const existing = account.holds[orderId];
  if (existing?.state === 'RELEASED') return unchanged(done);
  const type = existing ? 'credit.credit-released.v1' : 'credit.hold-forestalled.v1';
  return { answer: done, events: [{ type, data: { orderId } }] };
}
