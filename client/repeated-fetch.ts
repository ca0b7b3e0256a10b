import { HoldfastUnreachable } from './holdfast-problem';

const KEY = 'Idempotency-Key';
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const EVENT_STREAM = 'text/event-stream';
/** Holdfast, or a proxy before it, is unavailable. The command may have been recorded. */
const UNAVAILABLE: ReadonlySet<number> = new Set([502, 503, 504]);
/** The key is at its limit; nothing was done. */
const TOO_MANY = 429;

type Attempt = { readonly response: Response } | { readonly broken: unknown };

/**
 * Returns a `fetch` that repeats a call for `patienceMs` at most: after 429, and, where a second effect is impossible,
 * after 502, 503, 504 and a broken connection. It pauses for `Retry-After`, else longer each time. The last answer is
 * returned as it is.
 * @throws HoldfastUnreachable when the last attempt had no answer; the reason of the request's signal once it aborts
 */
export function repeatedFetch(patienceMs: number): (request: Request) => Promise<Response> {
  return async (request) => {
    const giveUpAt = Date.now() + patienceMs;
    for (let attempts = 1; ; attempts++) {
      const attempt = await attempted(request, giveUpAt - Date.now());
      const pauseMs = pauseAfter(attempt, attempts);
      if (mayRepeat(request, attempt) && Date.now() + pauseMs < giveUpAt) {
        await pause(pauseMs, request.signal);
        continue;
      }
      if ('response' in attempt) return attempt.response;
      throw new HoldfastUnreachable(`${request.method} ${request.url}`, {
        attempts,
        idempotencyKey: request.headers.get(KEY),
        cause: attempt.broken,
      });
    }
  };
}

/** Sends the request and reads the whole answer, because a connection can break within it. A stream is not read. */
async function attempted(request: Request, msLeft: number): Promise<Attempt> {
  const isStream = request.headers.get('Accept') === EVENT_STREAM;
  const signal = isStream
    ? request.signal
    : AbortSignal.any([request.signal, AbortSignal.timeout(Math.max(msLeft, 1))]);
  try {
    const response = await fetch(request.clone(), { signal });
    if ((isStream && response.ok) || response.status === 204) return { response };
    return { response: new Response(await response.arrayBuffer(), response) };
  } catch (error) {
    request.signal.throwIfAborted();
    return { broken: error };
  }
}

function mayRepeat({ method, headers }: Request, attempt: Attempt): boolean {
  const status = 'response' in attempt ? attempt.response.status : undefined;
  if (status === TOO_MANY) return true;
  const hasOneEffect = method !== 'POST' || headers.has(KEY);
  return hasOneEffect && (status === undefined || UNAVAILABLE.has(status));
}

function pauseAfter(attempt: Attempt, attempts: number): number {
  const asked = 'response' in attempt ? attempt.response.headers.get('Retry-After') : null;
  if (asked !== null && /^\d+$/.test(asked)) return Number(asked) * 1_000;
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
}

/** Waits. @throws the reason of the signal once it aborts */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
