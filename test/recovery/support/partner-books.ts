import type { BookedLines, FoundOutcome } from '../../../src/contracts/bookings';
import type { BookingParties } from '../../../src/providers/booking-parties';

/** A partner's reply to one run of a saga. The reply is for that run alone; the bookings are visible to all runs. */
export type PartnerWord =
  | 'confirms'
  /** Books twice under one key, and reports both. */
  | 'confirms twice'
  | 'refuses'
  /** Books, but its answer and every look-up are lost. */
  | 'books unheard'
  /** Cannot be reached. */
  | 'is silent';

interface Booking {
  readonly lines: BookedLines;
  readonly references: readonly string[];
}

/** A partner with one set of books for the runs of an order, and a reply of its own for each run. */
export class PartnerBooks {
  readonly #bookings = new Map<string, Booking>();
  readonly #cancelled = new Set<string>();
  #references = 0;

  /** The number of all units that it has booked. */
  get units(): number {
    return [...this.#bookings.values()]
      .flatMap(({ lines, references }) => references.flatMap(() => lines))
      .reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** The references of all its bookings. */
  get references(): readonly string[] {
    return [...this.#bookings.values()].flatMap(({ references }) => references);
  }

  /** Returns the partner with the replies to one run. After `heal` it answers every call. */
  heardAs(word: PartnerWord): BookingParties & { heal(): void } {
    let isHealed = false;
    const isDeaf = () => !isHealed && (word === 'is silent' || word === 'books unheard');
    return {
      heal: () => {
        isHealed = true;
      },
      book: async (_, key, what) => {
        if (word === 'is silent') return unknown;
        if (this.#cancelled.has(key)) return { kind: 'refused', reason: 'CANCELLED' };
        if (word === 'refuses') return { kind: 'refused', reason: 'NO_CAPACITY' };
        const { lines = [] } = what as { readonly lines?: BookedLines };
        const { references } = this.#booked(key, lines, word === 'confirms twice' ? 2 : 1);
        return word === 'books unheard' ? unknown : { kind: 'booked', references };
      },
      lookUp: async (_, key) => (isDeaf() ? unknown : this.#found(key)),
      cancel: async (_, key) => {
        this.#bookings.delete(key);
        this.#cancelled.add(key);
        return { kind: 'cancelled' };
      },
      cancelReference: async (_, key, reference) => {
        const booking = this.#bookings.get(key);
        const references = booking?.references.filter((one) => one !== reference) ?? [];
        if (booking) this.#bookings.set(key, { ...booking, references });
        return { kind: 'cancelled' };
      },
      reduce: async (_, key, lines) => {
        const booking = this.#bookings.get(key);
        if (booking) this.#bookings.set(key, { ...booking, lines: least(booking.lines, lines) });
        return this.#found(key);
      },
    };
  }

  #booked(key: string, lines: BookedLines, times: number): Booking {
    const known = this.#bookings.get(key);
    if (known) return known;
    const references = Array.from({ length: times }, () => `ref-${++this.#references}`);
    const booking = { lines, references };
    this.#bookings.set(key, booking);
    return booking;
  }

  #found(key: string): FoundOutcome {
    const booking = this.#bookings.get(key);
    if (booking) return { kind: 'booked', ...booking };
    return { kind: this.#cancelled.has(key) ? 'cancelled' : 'absent' };
  }
}

const unknown = { kind: 'unknown', detail: 'no answer' } as const;

function least(lines: BookedLines, wanted: BookedLines): BookedLines {
  return lines.map(({ sku, quantity }) => ({
    sku,
    quantity: Math.min(quantity, wanted.find((line) => line.sku === sku)?.quantity ?? 0),
  }));
}
