import type { BookingParties } from '../../src/providers/booking-parties';

/** How a third party meets a request that names it: it says no, or does what it is asked and is not heard. */
const MANNERS = ['refuses', 'unheard'] as const;

type Manner = (typeof MANNERS)[number];

/** What a request says so that a party meets it in some manner: it may be an item's SKU or a traveller's name. */
export function mannerAt(party: string, manner: Manner): string {
  return `${party}-${manner}`;
}

/** Third parties that meet each request as it says itself, whoever makes it and however often. */
export function mannered(parties: BookingParties): BookingParties {
  return {
    book: async (party, key, what) => {
      const text = JSON.stringify(what);
      const manner = MANNERS.find((one) => text.includes(mannerAt(party, one)));
      if (manner === 'refuses') return { kind: 'refused', reason: 'NO_VACANCY' };
      const outcome = await parties.book(party, key, what);
      return manner === 'unheard' ? { kind: 'unknown', detail: 'nobody has heard it' } : outcome;
    },
    lookUp: (...asked) => parties.lookUp(...asked),
    cancel: (...asked) => parties.cancel(...asked),
    cancelReference: (...asked) => parties.cancelReference(...asked),
    reduce: (...asked) => parties.reduce(...asked),
  };
}
