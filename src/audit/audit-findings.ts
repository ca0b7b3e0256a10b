import { isDeepStrictEqual } from 'node:util';

/** The most findings kept: more tell an operator nothing new, and 20,000 broken rows must not fill the memory. */
const MOST_FINDINGS = 500;

/** The findings of an audit, one sentence each. */
export class Findings {
  readonly #sentences: string[] = [];
  #left = 0;

  add(sentence: string): void {
    if (this.#sentences.length < MOST_FINDINGS) this.#sentences.push(sentence);
    else this.#left += 1;
  }

  list(): readonly string[] {
    return this.#left === 0 ? this.#sentences : [...this.#sentences, `And ${this.#left} more findings.`];
  }
}

/** Describes the fields in which a row differs from the fold of its log; undefined when they are equal. */
export function difference(row: object, folded: object): string | undefined {
  const stored = row as Readonly<Record<string, unknown>>;
  const logged = folded as Readonly<Record<string, unknown>>;
  const fields = [...new Set([...Object.keys(stored), ...Object.keys(logged)])];
  const different = fields.filter((field) => !isDeepStrictEqual(stored[field], logged[field]));
  if (different.length === 0) return undefined;
  return different
    .map((field) => `${field} is ${canonical(stored[field])}, by the log ${canonical(logged[field])}`)
    .join('; ');
}

/** Writes a value as JSON with sorted keys, because JSONB does not keep their order. */
export function canonical(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
  return text ?? 'absent';
}
