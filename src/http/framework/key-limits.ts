import type { KeyLimits } from '../../stores/orders/api-keys';

/** The use of a key in one process. */
export interface KeyUse {
  /** The requests that the key may send at once; grows by `requestsPerSecond`, up to one second's worth. */
  readonly tokens: number;
  /** The moment at which the key had so many, in ms on a monotonic clock. */
  readonly at: number;
  /** The requests of the key that are not answered completely. */
  readonly open: number;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly use: KeyUse }
  | { readonly kind: 'refused'; readonly use: KeyUse; readonly by: keyof KeyLimits; readonly waitMs: number };

/** The wait before a key with too many open requests is worth a try: nothing tells when one of them ends. */
const WAIT_FOR_ANSWERS_MS = 1_000;

/**
 * Admits a request of a key or refuses it. A refused request uses up nothing.
 * @param use undefined for a key that has sent no request
 */
export function decideAdmission(limits: KeyLimits, use: KeyUse | undefined, at: number): Admission {
  const { requestsPerSecond, concurrency } = limits;
  const rate = requestsPerSecond ?? Number.POSITIVE_INFINITY;
  const refilled = use ? use.tokens + refillOf(rate, at - use.at) : rate;
  const now: KeyUse = { tokens: Math.min(rate, refilled), at, open: use?.open ?? 0 };
  if (now.open >= (concurrency ?? Number.POSITIVE_INFINITY))
    return { kind: 'refused', use: now, by: 'concurrency', waitMs: WAIT_FOR_ANSWERS_MS };
  if (now.tokens < 1)
    return { kind: 'refused', use: now, by: 'requestsPerSecond', waitMs: ((1 - now.tokens) / rate) * 1_000 };
  return { kind: 'admitted', use: { ...now, tokens: now.tokens - 1, open: now.open + 1 } };
}

function refillOf(rate: number, elapsedMs: number): number {
  return elapsedMs === 0 ? 0 : (rate * elapsedMs) / 1_000;
}

/** Counts an admitted request as ended. */
export function afterAnswer(use: KeyUse): KeyUse {
  return { ...use, open: use.open - 1 };
}

/** Returns the headers of draft-ietf-httpapi-ratelimit-headers for a key; none when it has no limit. */
export function limitHeaders(
  { requestsPerSecond, concurrency }: KeyLimits,
  { tokens, open }: KeyUse,
): Readonly<Record<string, string>> {
  const policies: string[] = [];
  const left: string[] = [];
  if (requestsPerSecond !== null) {
    policies.push(`"requests";q=${requestsPerSecond};w=1`);
    left.push(`"requests";r=${Math.floor(tokens)};t=1`);
  }
  if (concurrency !== null) {
    policies.push(`"concurrent";q=${concurrency};qu="concurrent-requests"`);
    left.push(`"concurrent";r=${concurrency - open}`);
  }
  return policies.length === 0 ? {} : { 'RateLimit-Policy': policies.join(', '), RateLimit: left.join(', ') };
}
