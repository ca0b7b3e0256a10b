import { randomUUID } from 'node:crypto';

/** So many of one thing. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * What a third party has under one key of a caller. `references`: its own names for what it has booked. `lines`: what
 * there is of it now, where it is of a kind that there can be less of.
 */
export interface Booking {
  readonly state: 'BOOKED' | 'REFUSED' | 'CANCELLED';
  readonly references: readonly string[];
  readonly reason?: string;
  readonly lines?: readonly Line[];
}

/** What came of asking for a booking; `other-content`: the key stands for something else. */
export type BookingAnswer =
  | { readonly kind: 'booked'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'other-content' };

interface Entry extends Booking {
  /** As text, to tell the same request from another under the same key; null where a cancellation came first. */
  readonly what: string | null;
}

/**
 * The books of all third parties, in memory: they are gone when the process ends. One key is one booking, whatever is
 * booked: the same request again gets the same answer, and a key that was cancelled is never booked any more.
 */
export class PartyBooks {
  readonly #parties = new Map<string, Map<string, Entry>>();

  /** Books, `times` times over: a good party does it once. */
  book(party: string, key: string, what: { readonly lines?: unknown }, times = 1): BookingAnswer {
    const existing = this.#of(party).get(key);
    if (existing) return answerOf(existing, JSON.stringify(what));
    const references = Array.from({ length: times }, () => `${party}-${randomUUID()}`);
    const lines = areLines(what.lines) ? { lines: what.lines } : {};
    this.#of(party).set(key, { state: 'BOOKED', references, ...lines, what: JSON.stringify(what) });
    return { kind: 'booked', references };
  }

  /** Says no, and remembers it, unless the key has its answer already. */
  refuse(party: string, key: string, what: unknown, reason: string): BookingAnswer {
    const existing = this.#of(party).get(key);
    if (existing) return answerOf(existing, JSON.stringify(what));
    this.#of(party).set(key, { state: 'REFUSED', references: [], reason, what: JSON.stringify(what) });
    return { kind: 'refused', reason };
  }

  lookUp(party: string, key: string): Booking | undefined {
    const entry = this.#parties.get(party)?.get(key);
    return entry && shown(entry);
  }

  /** Cancels what a key stands for. One that nobody has used yet is refused from now on. */
  cancel(party: string, key: string): void {
    const what = this.#of(party).get(key)?.what ?? null;
    this.#of(party).set(key, { state: 'CANCELLED', references: [], what });
  }

  /** Cancels one of the bookings under a key; the last one to go cancels the key. */
  cancelReference(party: string, key: string, reference: string): void {
    const entry = this.#parties.get(party)?.get(key);
    if (!entry?.references.includes(reference)) return;
    const references = entry.references.filter((one) => one !== reference);
    if (references.length === 0) this.cancel(party, key);
    else this.#of(party).set(key, { ...entry, references });
  }

  /** Leaves no more than these lines of a booking; false where it cannot be had in parts. What is over stays so. */
  reduce(party: string, key: string, most: readonly Line[]): boolean {
    const entry = this.#parties.get(party)?.get(key);
    if (entry?.state !== 'BOOKED') return true;
    if (!entry.lines) return false;
    const lines = entry.lines.map((line) => ({ ...line, quantity: lesser(line, most) }));
    const left = lines.filter(({ quantity }) => quantity > 0);
    if (left.length === 0) this.cancel(party, key);
    else this.#of(party).set(key, { ...entry, lines: left });
    return true;
  }

  /** Everything one party has, by key. */
  all(party: string): Readonly<Record<string, Booking>> {
    const entries = [...(this.#parties.get(party) ?? [])];
    return Object.fromEntries(entries.map(([key, entry]) => [key, shown(entry)]));
  }

  #of(party: string): Map<string, Entry> {
    const book = this.#parties.get(party) ?? new Map<string, Entry>();
    this.#parties.set(party, book);
    return book;
  }
}

function answerOf({ state, references, reason, what }: Entry, wanted: string): BookingAnswer {
  if (state === 'CANCELLED') return { kind: 'refused', reason: 'CANCELLED' };
  if (what !== wanted) return { kind: 'other-content' };
  return state === 'BOOKED' ? { kind: 'booked', references } : { kind: 'refused', reason: reason ?? '' };
}

function shown({ state, references, reason, lines }: Entry): Booking {
  return { state, references, ...(reason === undefined ? {} : { reason }), ...(lines ? { lines } : {}) };
}

function lesser({ sku, quantity }: Line, most: readonly Line[]): number {
  return Math.min(quantity, most.find((line) => line.sku === sku)?.quantity ?? 0);
}

/** Whether what is booked, or is to be left of it, is so many of some things. */
export function areLines(value: unknown): value is readonly Line[] {
  return Array.isArray(value) && value.length > 0 && value.every(isLine);
}

function isLine(value: unknown): value is Line {
  if (value === null || typeof value !== 'object') return false;
  const { sku, quantity } = value as Readonly<Record<string, unknown>>;
  return typeof sku === 'string' && Number.isSafeInteger(quantity) && Number(quantity) > 0;
}
