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
    detail: faultText(errors),
    errors,
  });
}

/** Writes faults as one text: `lines[0].quantity: must be at least 1; currency: is required`. */
export function faultText(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

/** Lists the faults that a schema found, each by its field, as in `lines[0].quantity`. */
export function fieldErrors(error: z.ZodError, whole: string): FieldError[] {
  return error.issues.slice(0, MOST_ERRORS).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MOST_ERRORS).map((key) => ({
          field: fieldName([...issue.path, key], whole),
          message: 'is not a known field',
        }))
      : [{ field: fieldName(issue.path, whole), message: messageOf(issue) }],
  );
}

/** The openings of the library's own messages: a schema that gives no message of its own has one of these. */
const LIBRARY_MESSAGE = /^(Invalid|Too small|Too big|Unrecognized)/;

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  tuple: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};

/** Says what a value must be, in words a caller understands. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues.map(messageOf).join(', ');
  if (!LIBRARY_MESSAGE.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is required';
      return EXPECTED[issue.expected] ?? `must be of type ${issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return 'is not in a form that this call reads';
  }
}

function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length > 1 ? `${values.slice(0, -1).join(', ')} or ${last}` : last;
}

/** Writes a path as in `lines[0].quantity`. The text is cut short, because names can be as long as a body. */
export function fieldName(path: readonly PropertyKey[], whole: string): string {
  const name = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return (name === '' ? whole : name).slice(0, LONGEST_FIELD);
}
