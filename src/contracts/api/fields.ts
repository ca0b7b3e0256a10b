import { z } from 'zod';

/**
 * The fields of the API shapes, each with its bounds and error message. `/docs` fills in the examples of parameters and
 * of bodies: they fit the demo data of `npm start`, so that a call can be tried as it stands.
 */

/** Printable characters: letters, marks, digits, punctuation, symbols and the space. No space is first or last. */
const PRINTABLE = /^(?! )[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100}(?<! )$/u;

/** A URL drops a path segment of dots, and a JavaScript object loses a field with the third name. */
const NO_IDS: readonly string[] = ['.', '..', '__proto__'];

/**
 * An id of a customer, SKU, node, source, region, channel or message. An id that is not in Unicode form NFC is refused
 * and not converted, so that an id has one spelling.
 */
export const identifier = z
  .string()
  .regex(
    PRINTABLE,
    'must be 1 to 100 printable characters, without a space at its start or end (no control or invisible characters)',
  )
  .refine((id) => !NO_IDS.includes(id), `must not be ${NO_IDS.join(' or ')}`)
  .refine((id) => id === id.normalize('NFC'), 'must be in Unicode form NFC');

/**
 * Returns a schema of text for people. It refuses control characters and unpaired surrogates, which PostgreSQL and
 * terminals cannot handle.
 */
export function text(longest: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters or unpaired surrogates');
}

/** Returns a schema of whole numbers; -0 counts as 0. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
}

export const MOST_UNITS = 1_000_000;

/** The most lines of an order. */
export const MOST_LINES = 500;

export const quantity = wholeNumber(1, MOST_UNITS).meta({ example: 2 });

/** An amount in minor units of its currency. */
export const amount = wholeNumber(0, 1_000_000_000_000).meta({
  description: 'in minor units of the currency',
  example: 250_000,
});

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export const currency = z
  .string()
  .refine((code) => CURRENCIES.has(code), 'must be an ISO 4217 currency code in capitals')
  .meta({ description: 'ISO 4217', example: 'EUR' });

/** A moment in an answer. */
export const moment = z.iso.datetime().meta({ example: '2026-11-22T16:00:00.000Z' });

/** Earlier times are mistakes. The bound also excludes the year 0, which RFC 3339 has and PostgreSQL has not. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

/** A moment in a request: RFC 3339 with any offset, converted to UTC with milliseconds. */
export const givenMoment = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 date and time with Z or an offset' })
  .refine((value) => {
    const at = Date.parse(value);
    return at >= EARLIEST && at < LATEST;
  }, 'must lie between the years 2000 and 2200')
  .transform((value) => new Date(value).toISOString());

/** The query parameter of a read as of a past moment. `what`: the thing that is read, with its article. */
export const pastMoment = (what: string) =>
  givenMoment
    .optional()
    .meta({ description: `a moment in the past: ${what} is folded from its events up to then` });

/** The moment of a read of the past, in its answer. */
export const ASKED_MOMENT = { description: 'the `asOf` of the request' };

export const region = identifier.meta({
  description: 'the region of the delivery or of the node',
  example: 'north',
});
export const shippingMethod = identifier.meta({
  description: 'the shipping method that the buyer chose',
  example: 'express',
});
export const itemTag = identifier.meta({ description: 'a tag of items', example: 'alcohol' });
export const sku = identifier.meta({ example: 'MUG-01' });
export const nodeId = identifier.meta({ example: 'wh-north' });
export const customerId = identifier.meta({ example: 'ada' });
export const orderId = identifier.meta({ example: 'ord_7d3k9q2m4x8w1n6p' });
export const tripId = identifier.meta({ example: 'trp_7d3k9q2m4x8w1n6p' });
export const reservationId = identifier.meta({ example: 'rsv_7d3k9q2m4x8w1n6p' });
