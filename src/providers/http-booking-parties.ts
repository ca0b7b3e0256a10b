import type {
  BookedLines,
  BookingOutcome,
  CancelOutcome,
  FoundOutcome,
  Unknown,
} from '../contracts/bookings';
import { activeTraceparent } from '../tracing/spans';
import type { BookingParties } from './booking-parties';
import { type PartyCredentials, withCredentials } from './party-credentials';

/** Shorter than the timeout of the activities, so that they return `unknown` instead of timing out. */
const TIMEOUT_MS = 5_000;
const LARGEST_ANSWER = 64 * 1024;
const MOST_REFERENCES = 100;
/** The statuses of a party that does not accept the credentials. Nothing is said about the booking. */
const DENIALS: readonly number[] = [401, 403];

interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Creates the client of third parties at `<address>/<party>/bookings/<key>`. It validates every answer.
 * @param credentials by party; a party without gets none
 */
export function httpBookingParties(
  address: string,
  timeoutMs = TIMEOUT_MS,
  credentials: Readonly<Record<string, PartyCredentials>> = {},
): BookingParties {
  const call = (method: string, party: string, key: string, more: { query?: string; body?: object } = {}) => {
    const url = `${address}/${encodeURIComponent(party)}/bookings/${encodeURIComponent(key)}${more.query ?? ''}`;
    const own = Object.hasOwn(credentials, party) ? credentials[party] : undefined;
    return answerTo(url, method, more.body, { timeoutMs, credentials: own });
  };
  return {
    book: async (party, key, body) => bookingOutcome(await call('PUT', party, key, { body })),
    lookUp: async (party, key) => foundOutcome(await call('GET', party, key)),
    cancel: async (party, key) => cancelOutcome(await call('DELETE', party, key)),
    async cancelReference(party, key, reference) {
      const query = `?reference=${encodeURIComponent(reference)}`;
      return cancelOutcome(await call('DELETE', party, key, { query }));
    },
    reduce: async (party, key, lines) => reducedOutcome(await call('PATCH', party, key, { body: { lines } })),
  };
}

async function answerTo(
  url: string,
  method: string,
  content: object | undefined,
  {
    timeoutMs,
    credentials,
  }: { readonly timeoutMs: number; readonly credentials: PartyCredentials | undefined },
): Promise<Answered | Unknown> {
  const traceparent = activeTraceparent();
  try {
    const body = content && JSON.stringify(content);
    const headers: Record<string, string> = {
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      headers: await withCredentials({ method, url, headers, body }, credentials),
      ...(body === undefined ? {} : { body }),
    });
    if (DENIALS.includes(response.status)) {
      await response.body?.cancel();
      return denied(response.status);
    }
    return { kind: 'answered', status: response.status, body: objectIn(await textOf(response)) };
  } catch (error) {
    return { kind: 'unknown', detail: reasonOf(error) };
  }
}

/** Reads the body of an answer. @throws when it exceeds the limit: a third party must not fill our memory */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > LARGEST_ANSWER) throw new Error(`the answer has more than ${LARGEST_ANSWER} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (value === null || typeof value !== 'object') throw new Error('the answer is not a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

/** Returns the message of an error's cause, because the error of fetch itself says little. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

function bookingOutcome(answer: Answered | Unknown): BookingOutcome {
  if (answer.kind === 'unknown') return answer;
  const { status, body } = answer;
  const references = referencesIn(body);
  if (status === 200 && references) return { kind: 'booked', references };
  if (status === 409 && isShortText(body.reason)) return { kind: 'refused', reason: body.reason };
  return senseless(status);
}

function foundOutcome(answer: Answered | Unknown): FoundOutcome {
  if (answer.kind === 'unknown') return answer;
  const { status, body } = answer;
  if (status === 404) return { kind: 'absent' };
  if (status !== 200) return senseless(status);
  const references = referencesIn(body);
  if (body.state === 'BOOKED' && references) return { kind: 'booked', references, ...linesIn(body) };
  if (body.state === 'REFUSED' && isShortText(body.reason)) return { kind: 'refused', reason: body.reason };
  return body.state === 'CANCELLED' ? { kind: 'cancelled' } : senseless(status);
}

function cancelOutcome(answer: Answered | Unknown): CancelOutcome {
  if (answer.kind === 'unknown') return answer;
  return answer.status === 200 ? { kind: 'cancelled' } : senseless(answer.status);
}

function reducedOutcome(answer: Answered | Unknown): FoundOutcome {
  if (answer.kind === 'answered' && answer.status === 409 && isShortText(answer.body.reason))
    return { kind: 'unknown', detail: `keeps all that it has booked: ${answer.body.reason}` };
  const found = foundOutcome(answer);
  // The caller reduces only a booking it has just found, so a 404 means that the party does not support the call.
  return found.kind === 'absent' ? senseless(404) : found;
}

function denied(status: number): Unknown {
  return {
    kind: 'unknown',
    isDenied: true,
    detail: `does not accept the credentials of Holdfast (${status})`,
  };
}

function senseless(status: number): Unknown {
  return { kind: 'unknown', detail: `answered ${status} in a way that cannot be used` };
}

function referencesIn({ references }: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const areGood =
    Array.isArray(references) &&
    references.length > 0 &&
    references.length <= MOST_REFERENCES &&
    references.every(isShortText);
  return areGood ? [...new Set(references)] : undefined;
}

/** Returns the lines of a booking; none when the party reports no valid lines. */
function linesIn({ lines }: Readonly<Record<string, unknown>>): { readonly lines?: BookedLines } {
  if (!Array.isArray(lines) || !lines.every(isLine)) return {};
  return { lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}

function isLine(value: unknown): value is BookedLines[number] {
  if (value === null || typeof value !== 'object') return false;
  const { sku, quantity } = value as { readonly sku?: unknown; readonly quantity?: unknown };
  return isShortText(sku) && Number.isSafeInteger(quantity) && Number(quantity) >= 0;
}

const LONGEST_TEXT = 200;

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_TEXT;
}
