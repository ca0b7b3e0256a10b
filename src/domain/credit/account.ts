import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import { type Refusal, refused } from '../refusal';

/** One order's claim on a customer's credit. RELEASED is final, and for an order that never held it is a tombstone. */
export interface Hold {
  readonly orderId: string;
  readonly amount: number;
  readonly state: 'HELD' | 'RELEASED';
}

/** A customer's credit, in minor units. `currency` is null until the account has been opened. */
export interface Account {
  readonly customerId: string;
  readonly currency: string | null;
  readonly limit: number;
  readonly held: number;
  readonly capturedUnpaid: number;
  readonly holds: Readonly<Record<string, Hold>>;
}

export type AccountEvent =
  | {
      readonly type: 'credit.account-set.v1';
      readonly data: { readonly currency: string; readonly limit: number };
    }
  | {
      readonly type: 'credit.credit-held.v1';
      readonly data: { readonly orderId: string; readonly amount: number };
    }
  | { readonly type: 'credit.credit-released.v1'; readonly data: { readonly orderId: string } }
  | { readonly type: 'credit.hold-forestalled.v1'; readonly data: { readonly orderId: string } };

export interface HoldRequest {
  readonly orderId: string;
  readonly currency: string;
  readonly amount: number;
}

export function unopenedAccount(customerId: string): Account {
  return { customerId, currency: null, limit: 0, held: 0, capturedUnpaid: 0, holds: {} };
}

export function availableCredit(account: Account): number {
  return account.limit - account.held - account.capturedUnpaid;
}

export function evolveAccount(account: Account, event: AccountEvent): Account {
  switch (event.type) {
    case 'credit.account-set.v1':
      return { ...account, ...event.data };
    case 'credit.credit-held.v1': {
      const { orderId, amount } = event.data;
      return withHold({ ...account, held: account.held + amount }, { orderId, amount, state: 'HELD' });
    }
    case 'credit.credit-released.v1': {
      const amount = account.holds[event.data.orderId]?.amount ?? 0;
      const { orderId } = event.data;
      return withHold({ ...account, held: account.held - amount }, { orderId, amount, state: 'RELEASED' });
    }
    case 'credit.hold-forestalled.v1':
      return withHold(account, { orderId: event.data.orderId, amount: 0, state: 'RELEASED' });
    default:
      return never(event);
  }
}

function withHold(account: Account, hold: Hold): Account {
  return { ...account, holds: { ...account.holds, [hold.orderId]: hold } };
}

/**
 * Opens an account or changes its limit. A limit below what is held is allowed: it stops new holds and takes
 * nothing back. The currency of an account that exists cannot change, because its holds are in that currency.
 */
export function decideSetAccount(
  account: Account,
  wanted: { readonly currency: string; readonly limit: number },
): Decision<StepAnswer, AccountEvent> {
  if (account.currency !== null && account.currency !== wanted.currency) {
    return unchanged(refused('CURRENCY_MISMATCH', `the account is kept in ${account.currency}`));
  }
  if (account.currency === wanted.currency && account.limit === wanted.limit) return unchanged(done);
  return { answer: done, events: [{ type: 'credit.account-set.v1', data: { ...wanted } }] };
}

/** Holds an order's total. That this order already holds is checked first: a retry must not meet its own hold. */
export function decideHoldCredit(account: Account, request: HoldRequest): Decision<StepAnswer, AccountEvent> {
  const existing = account.holds[request.orderId];
  if (existing?.state === 'HELD') return unchanged(done);
  if (existing?.state === 'RELEASED') return unchanged(refused('RELEASED_EARLIER'));
  const refusal = refusalToHold(account, request);
  if (refusal) return unchanged(refusal);
  const { orderId, amount } = request;
  return { answer: done, events: [{ type: 'credit.credit-held.v1', data: { orderId, amount } }] };
}

function refusalToHold(account: Account, request: HoldRequest): Refusal | undefined {
  if (account.currency === null) return refused('UNKNOWN_CUSTOMER');
  if (account.currency !== request.currency) {
    return refused('CURRENCY_MISMATCH', `the account is kept in ${account.currency}`);
  }
  if (request.amount > availableCredit(account)) {
    return refused('CREDIT_LIMIT_EXCEEDED', `${request.amount} asked, ${availableCredit(account)} available`);
  }
  return undefined;
}

/** Undoes a hold. Where there is none yet, a tombstone is left, so that a hold that arrives late is refused. */
export function decideReleaseCredit(
  account: Account,
  { orderId }: { readonly orderId: string },
): Decision<StepAnswer, AccountEvent> {
  const existing = account.holds[orderId];
  if (existing?.state === 'RELEASED') return unchanged(done);
  const type = existing ? 'credit.credit-released.v1' : 'credit.hold-forestalled.v1';
  return { answer: done, events: [{ type, data: { orderId } }] };
}
