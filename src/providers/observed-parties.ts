import { type CallResult, resultOf } from '../contracts/call-results';
import { describeSpan, inChildSpan } from '../tracing/spans';
import type { BookingParties } from './booking-parties';

/** Receives each call to a third party: its kind, its result and the seconds that it took. */
export type ObservePartyCall = (party: string, call: string, result: CallResult, seconds: number) => void;

/** Reports every call to third parties to `observe`, and gives it a span. */
export function observedParties(parties: BookingParties, observe: ObservePartyCall): BookingParties {
  const observed = async <Outcome extends { readonly kind: string }>(
    party: string,
    name: keyof BookingParties,
    call: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    const since = performance.now();
    const attributes = { 'holdfast.party': party };
    const outcome = await inChildSpan(
      () => `party ${name}`,
      { kind: 'client', attributes },
      async () => {
        const answered = await call();
        describeSpan({ 'holdfast.answer': answered.kind });
        return answered;
      },
    );
    observe(party, name, resultOf(outcome), (performance.now() - since) / 1_000);
    return outcome;
  };
  return {
    book: (party, ...rest) => observed(party, 'book', () => parties.book(party, ...rest)),
    lookUp: (party, ...rest) => observed(party, 'lookUp', () => parties.lookUp(party, ...rest)),
    cancel: (party, ...rest) => observed(party, 'cancel', () => parties.cancel(party, ...rest)),
    cancelReference: (party, ...rest) =>
      observed(party, 'cancelReference', () => parties.cancelReference(party, ...rest)),
    reduce: (party, ...rest) => observed(party, 'reduce', () => parties.reduce(party, ...rest)),
  };
}
