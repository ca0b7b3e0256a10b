import { CALLS, FAULT_MODES, type Fault } from './faults';
import { areLines, type Line } from './party-books';
import type { Required } from './required-credentials';

/** An invalid request. The message is for the caller. */
export class BadRequest extends Error {}

const PARTY = /^[\w.-]{1,64}$/;
/** Parts that are percent-encoded, joined. */
const KEY = /^[\w./:%!'()*~-]{1,200}$/;
const REASON = /^[A-Z][A-Z_]{0,63}$/;
const MOST_TIMES = 1_000_000;
const LONGEST_DELAY_MS = 60_000;
const FIELDS = ['mode', 'times', 'call', 'delayMs', 'reason'];

/** Reads the name of a party. @throws BadRequest */
export function partyFrom(value: unknown): string {
  return matching(value, PARTY, 'a party is 1 to 64 letters, digits, dots, dashes or underscores');
}

/** Reads the key of a booking. @throws BadRequest */
export function keyFrom(value: unknown): string {
  return matching(
    value,
    KEY,
    'a key is 1 to 200 characters: percent-encoded parts, joined by slashes or colons',
  );
}

/** Reads an optional reference. @throws BadRequest */
export function referenceFrom(value: unknown): string | undefined {
  return value === undefined ? undefined : matching(value, KEY, 'a reference is given once, as text');
}

/** Reads the content of a booking: any JSON object. @throws BadRequest */
export function wantedFrom(body: unknown): object {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new BadRequest('the body says what is to be booked, as a JSON object');
  return body;
}

/** Reads the lines to reduce a booking to. @throws BadRequest */
export function linesFrom(body: unknown): readonly Line[] {
  const { lines } = wantedFrom(body) as { readonly lines?: unknown };
  if (!areLines(lines)) throw new BadRequest('lines says how many of each sku are to be left');
  return lines;
}

/** Reads a fault. @throws BadRequest that names the wrong field */
export function faultFrom(body: unknown): Fault {
  const fields = wantedFrom(body) as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw new BadRequest(`${unknown} is no field of a fault`);
  const { mode, times, call, delayMs, reason } = fields;
  return {
    mode: oneOf(mode, FAULT_MODES, 'mode'),
    ...(times === undefined ? {} : { times: wholeNumber(times, 1, MOST_TIMES, 'times') }),
    ...(call === undefined ? {} : { call: oneOf(call, CALLS, 'call') }),
    ...(delayMs === undefined ? {} : { delayMs: wholeNumber(delayMs, 0, LONGEST_DELAY_MS, 'delayMs') }),
    ...(reason === undefined ? {} : { reason: matching(reason, REASON, 'reason is in capitals') }),
  };
}

/** Reads the credentials that a party asks for; undefined: none. @throws BadRequest */
export function credentialsFrom(body: unknown): Required | undefined {
  const { bearer, hmac } = wantedFrom(body) as { readonly bearer?: unknown; readonly hmac?: unknown };
  if (bearer === undefined && hmac === undefined) return undefined;
  if (typeof bearer === 'string') return { bearer };
  const { keyId, secret } = wantedFrom(hmac) as { readonly keyId?: unknown; readonly secret?: unknown };
  if (typeof keyId === 'string' && typeof secret === 'string') return { hmac: { keyId, secret } };
  throw new BadRequest('credentials are {bearer} or {hmac: {keyId, secret}}');
}

function matching(value: unknown, pattern: RegExp, rule: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new BadRequest(rule);
  return value;
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[], field: string): Value {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new BadRequest(`${field} is one of ${values.join(', ')}`);
  return found;
}

function wholeNumber(value: unknown, least: number, most: number, field: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    throw new BadRequest(`${field} is a whole number from ${least} to ${most}`);
  return value;
}
