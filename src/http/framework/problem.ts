import type { ProblemView } from '../../contracts/api/problems';

/** Every kind of problem, by the last part of its type URI. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'An API key is required' },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'The method does not exist here' },
  'not-acceptable': { status: 406, title: 'There is no answer of the kinds that are accepted' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The present state does not allow this' },
  'in-use': { status: 409, title: 'Something refers to it' },
  refused: { status: 409, title: 'The command was refused' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is in a format that is not read here' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'unknown-reference': { status: 422, title: 'The body names something that does not exist' },
  'too-many-requests': { status: 429, title: 'The caller has too many of these at once' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'Not possible at the moment' },
} as const;

export type ProblemName = keyof typeof PROBLEMS;

type Particulars = Pick<ProblemView, 'detail' | 'errors' | 'reason' | 'shortages' | 'references'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** An error that the HTTP layer answers as an RFC 9457 problem. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly kind: ProblemName,
    private readonly particulars: Particulars = {},
    options?: ErrorOptions,
  ) {
    super(particulars.detail ?? PROBLEMS[kind].title, options);
    this.status = PROBLEMS[kind].status;
    this.headers = particulars.headers ?? {};
  }

  /** Returns the body of the answer; `instance` is the id of the request. */
  view(instance: string): ProblemView {
    const { headers: _, ...shown } = this.particulars;
    return { type: `/problems/${this.kind}`, ...PROBLEMS[this.kind], ...shown, instance };
  }
}

/** Returns the problem of a request with one field at fault. */
export function invalid(field: string, message: string): Problem {
  return new Problem('invalid-request', { detail: `${field}: ${message}`, errors: [{ field, message }] });
}

/** Returns the problem of a request that may succeed in a moment. `cause` is for the log. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('unavailable', { detail, headers: { 'Retry-After': '1' } }, { cause });
}

export function notFound(what: string): Problem {
  return new Problem('not-found', { detail: `${what} does not exist` });
}

/** Returns the problem of a command that meets a full intake queue; nothing was taken. */
export function tooManyWaiting(error: unknown): Problem {
  return unavailable('too many commands are waiting: try again in a moment', error);
}

/** Returns the problem of a new order or trip while too many commands are open; nothing was taken. */
export function tooManyOpen(): Problem {
  return unavailable('too many orders are being processed: try again in a moment');
}
