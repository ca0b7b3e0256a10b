import { type AccountBalance, type AccountEvent, evolveAccount, unopenedAccount } from './account';
import type { Hold } from './hold';

/**
 * An account folded from its log. Holds and payments are kept apart and changed in place: evolving copies those in an
 * account, which is slow for 20,000 of them.
 */
export interface AccountFold {
  readonly balance: AccountBalance;
  readonly holds: Map<string, Hold>;
  readonly payments: Map<string, number>;
}

export function emptyAccountFold(customerId: string): AccountFold {
  const { holds: _, payments: __, ...balance } = unopenedAccount(customerId);
  return { balance, holds: new Map(), payments: new Map() };
}

/** Applies an event to a fold, as `evolveAccount` does to an account. */
export function evolveAccountFold(
  { balance, holds, payments }: AccountFold,
  event: AccountEvent,
): AccountFold {
  const orderId = 'orderId' in event.data ? event.data.orderId : '';
  const hold = holds.get(orderId);
  const before = { ...balance, holds: hold ? { [orderId]: hold } : {}, payments: {} };
  const { holds: changed, payments: paid, ...after } = evolveAccount(before, event);
  for (const one of Object.values(changed)) holds.set(one.orderId, one);
  for (const [id, amount] of Object.entries(paid)) payments.set(id, amount);
  return { balance: after, holds, payments };
}
