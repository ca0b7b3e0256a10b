import type { BookingParties } from '../../src/providers/booking-parties';

/** The manners in which a third party meets a request that names it: it refuses, or acts and loses its answer. */
const MANNERS = ['refuses', 'unheard'] as const;

type Manner = (typeof MANNERS)[number];

/**
 * Returns the text that makes a party meet a request in some manner: an item's SKU or a traveller's name may bear it.
 */
export function mannerAt(party: string, manner: Manner): string {
  return `${party}-${manner}`;
}

/** Returns third parties that meet each request as its text says, whichever caller sends it and however often. */
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
