import { type Decision, done, type StepAnswer, unchangedForNow } from '../../decision';
import { refused } from '../../refusal';
import { isDue } from './release';
import type { InventoryEvent, Reservation } from './reservation';
import { onReservation, onStock } from './reservation-changes';

/**
 * Lets a hold live until `ttlSeconds` from now, for the caller that made it. It never ends earlier than before. A hold
 * that has run out stays over: its stock may be promised already. The answer is not stored: each call counts from its
 * own moment. `now` is the database's clock.
 */
export function decideExtendHold(
  existing: Reservation | undefined,
  { caller, ttlSeconds }: { readonly caller: string; readonly ttlSeconds: number },
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.caller !== caller) return unchangedForNow(refused('RESERVATION_MISMATCH'));
  const { id: reservationId, state, expiresAt } = existing;
  if (state !== 'HELD' || expiresAt === null || isDue(existing, now)) {
    const stands = state === 'HELD' ? 'EXPIRED' : state;
    return unchangedForNow(refused('RESERVATION_MISMATCH', `the reservation is ${stands}`));
  }
  const until = new Date(Date.parse(now) + ttlSeconds * 1_000).toISOString();
  if (until <= expiresAt) return unchangedForNow(done);
  const extended = { reservationId, expiresAt, until };
  return {
    answer: done,
    isForNow: true,
    events: [
      onReservation(reservationId, { type: 'inventory.hold-extended.v1', data: { expiresAt: until } }),
      ...onStock(existing.allocations, ({ quantity, grantedAt }) => ({
        type: 'inventory.held-stock-extended.v1',
        data: { ...extended, quantity, grantedAt },
      })),
      ...existing.caps.map(
        ({ capId, quantity }): InventoryEvent => ({
          of: 'cap',
          capId,
          event: { type: 'inventory.cap-claim-extended.v1', data: { ...extended, quantity } },
        }),
      ),
    ],
  };
}
