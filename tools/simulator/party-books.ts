import { randomUUID } from 'node:crypto';

/** A quantity of one SKU. */
export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * The state of one key at a third party. `references` are the party's own names for the bookings. `lines` are the
 * current quantities, for a booking that can be reduced.
 */
export interface Booking {
  readonly state: 'BOOKED' | 'REFUSED' | 'CANCELLED';
  readonly references: readonly string[];
  readonly reason?: string;
  readonly lines?: readonly Line[];
}

/** The result of a booking request; `other-content` means that the key belongs to another request. */
export type BookingAnswer =
  | { readonly kind: 'booked'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'other-content' };

interface Entry extends Booking {
  /** The request as text, to detect another request under the same key; null when a cancellation came first. */
  readonly what: string | null;
}

/**
 * The books of all third parties, in memory only. One key is one booking: a repeated request gets the same answer, and
 * a cancelled key cannot be booked again.
 */
export class PartyBooks {
  readonly #parties = new Map<string, Map<string, Entry>>();

  /** Books a request `times` times; a correct party books once. */
  book(party: string, key: string, what: { readonly lines?: unknown }, times = 1): BookingAnswer {
    const existing = this.#of(party).get(key);
    if (existing) return answerOf(existing, JSON.stringify(what));
    const references = Array.from({ length: times }, () => `${party}-${randomUUID()}`);
    const lines = areLines(what.lines) ? { lines: what.lines } : {};
    this.#of(party).set(key, { state: 'BOOKED', references, ...lines, what: JSON.stringify(what) });
    return { kind: 'booked', references };
  }

  /** Refuses a request and stores the refusal, unless the key already has an answer. */
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

  /** Cancels a key, also an unused one. Later bookings under it are refused. */
  cancel(party: string, key: string): void {
    const what = this.#of(party).get(key)?.what ?? null;
    this.#of(party).set(key, { state: 'CANCELLED', references: [], what });
  }

  /** Cancels one of the bookings under a key. Cancelling the last one cancels the key. */
  cancelReference(party: string, key: string, reference: string): void {
    const entry = this.#parties.get(party)?.get(key);
    if (!entry?.references.includes(reference)) return;
    const references = entry.references.filter((one) => one !== reference);
    if (references.length === 0) this.cancel(party, key);
    else this.#of(party).set(key, { ...entry, references });
  }

  /** Reduces a booking to at most `most`. A key without a booking stays unchanged. @returns false if it has no lines */
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

  /** Returns all entries of one party, by key. */
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

/** Returns true when a value is a non-empty list of SKUs with positive quantities. */
export function areLines(value: unknown): value is readonly Line[] {
  return Array.isArray(value) && value.length > 0 && value.every(isLine);
}

function isLine(value: unknown): value is Line {
  if (value === null || typeof value !== 'object') return false;
  const { sku, quantity } = value as Readonly<Record<string, unknown>>;
  return typeof sku === 'string' && Number.isSafeInteger(quantity) && Number(quantity) > 0;
}
