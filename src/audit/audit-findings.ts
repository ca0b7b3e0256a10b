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

type Fields = Readonly<Record<string, unknown>>;

/**
 * Describes the fields in which a row differs from the fold of its log, parts by their path (`holds.ord_1.amount`);
 * undefined when they are equal.
 */
export function difference(row: object, folded: object): string | undefined {
  const found = differences(row as Fields, folded as Fields, '');
  return found.length === 0 ? undefined : found.join('; ');
}

/** Compares a row with its folded stream, the version included. */
export function matchRow(
  findings: Findings,
  stream: string,
  row: object | undefined,
  folded: object | undefined,
): void {
  const found =
    row && folded
      ? difference(row, folded)
      : row
        ? 'there is a row, and its log gives nothing'
        : folded && 'there is a log and no row';
  if (found) findings.add(`${stream}: ${found}.`);
}

function differences(stored: Fields, logged: Fields, path: string): readonly string[] {
  return [...new Set([...Object.keys(stored), ...Object.keys(logged)])].flatMap((field) => {
    const [is, should] = [stored[field], logged[field]];
    if (isDeepStrictEqual(is, should)) return [];
    const name = `${path}${field}`;
    if (isFields(is) && isFields(should)) return differences(is, should, `${name}.`);
    return [`${name} is ${canonical(is)}, by the log ${canonical(should)}`];
  });
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
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
