import type { z } from 'zod';
import { Problem } from './problem';

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

const MOST_ERRORS = 20;
const LONGEST_FIELD = 100;

/**
 * Parses a value with a schema.
 * @param whole the name of the value itself, for faults outside its fields (`body`, `query`)
 * @throws Problem invalid-request that names the fields at fault
 */
export function checked<S extends z.ZodType>(schema: S, value: unknown, whole: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, whole);
  throw new Problem('invalid-request', {
    detail: errors.map(({ field, message }) => `${field}: ${message}`).join('; '),
    errors,
  });
}

/** Lists the faults that a schema found, each by its field, as in `lines[0].quantity`. */
export function fieldErrors(error: z.ZodError, whole: string): FieldError[] {
  return error.issues.slice(0, MOST_ERRORS).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MOST_ERRORS).map((key) => ({
          field: fieldName([...issue.path, key], whole),
          message: 'is not a known field',
        }))
      : [{ field: fieldName(issue.path, whole), message: issue.message }],
  );
}

/** Writes a path as in `lines[0].quantity`. The text is cut short, because names can be as long as a body. */
export function fieldName(path: readonly PropertyKey[], whole: string): string {
  const name = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return (name === '' ? whole : name).slice(0, LONGEST_FIELD);
}
