import type { Unknown } from '../contracts/bookings';
import type { BookingParties } from './booking-parties';
import { type GuardLimits, PartyGuard } from './party-guard';

/**
 * Guards the calls to each party by a limit and a circuit breaker of its own, so that a slow or silent party delays no
 * other. A call that is not made returns `unknown`, like an unanswered one. `onChange` is called when a breaker opens
 * or closes.
 */
export function guardedParties(
  parties: BookingParties,
  limits?: GuardLimits,
  onChange?: (party: string, isSilent: boolean) => void,
): BookingParties {
  const guards = new Map<string, PartyGuard>();
  const guarded = <Outcome extends { readonly kind: string }>(
    party: string,
    call: () => Promise<Outcome | Unknown>,
  ): Promise<Outcome | Unknown> => {
    const guard = guards.get(party) ?? new PartyGuard(limits, (isSilent) => onChange?.(party, isSilent));
    guards.set(party, guard);
    return guard.call(call);
  };
  return {
    book: (party, ...rest) => guarded(party, () => parties.book(party, ...rest)),
    lookUp: (party, ...rest) => guarded(party, () => parties.lookUp(party, ...rest)),
    cancel: (party, ...rest) => guarded(party, () => parties.cancel(party, ...rest)),
    cancelReference: (party, ...rest) => guarded(party, () => parties.cancelReference(party, ...rest)),
    reduce: (party, ...rest) => guarded(party, () => parties.reduce(party, ...rest)),
  };
}
