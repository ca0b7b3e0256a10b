import type { ProblemView } from '../../contracts/api/problems';

/** Every kind of problem, by the last part of its type URI. The catalogue at that URI answers with these texts. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning: 'A part of the request is missing, unknown or out of bounds. `errors` names each field.',
    action: 'Correct the fields that `errors` names, and send the request again.',
  },
  unauthenticated: {
    status: 401,
    title: 'An API key or a token is required',
    meaning: 'The request has no API key or token, or one that is unknown, revoked or expired.',
    action: 'Send `Authorization: Bearer` with a valid key or token.',
  },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    meaning: 'The key or token is valid, but it lacks the scope that this call needs.',
    action: 'Use a key or token with the scope that `detail` names.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'No operation has this path, or nothing has this id. `detail` names it.',
    action: 'Check the path and the id.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not support this method',
    meaning: 'The path supports other methods only.',
    action: 'Use a method that `Allow` lists.',
  },
  'not-acceptable': {
    status: 406,
    title: 'No acceptable media type',
    meaning: '`Accept` allows none of the media types that this call can answer with.',
    action: 'Accept one of the media types that `errors` names.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    meaning: 'The request did not arrive completely in time.',
    action: 'Send it again, faster or in smaller parts.',
  },
  conflict: {
    status: 409,
    title: 'The present state does not allow this',
    meaning: 'Another command is changing the order, or the present state does not allow the change.',
    action:
      'Repeat the request after the time in `Retry-After`. Without that header, read the present state first.',
  },
  'in-use': {
    status: 409,
    title: 'It is in use',
    meaning: 'Other objects refer to the object that the request removes. `references` lists them.',
    action: 'Remove or change these objects first.',
  },
  refused: {
    status: 409,
    title: 'The command was refused',
    meaning:
      'The request is valid, but a business rule refuses the command. `reason` has the code of the rule.',
    action: 'Read the explanation of the reason: `GET /problems/{reason}`.',
  },
  'events-archived': {
    status: 410,
    title: 'The events are archived',
    meaning:
      'The request reads the log from a moment or a position before its start: the earlier events are in the archive. ' +
      '`errors` names the field, and the first moment that can be read.',
    action: 'Read from a later moment. A follower begins again without a position, or from a snapshot.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body has more bytes, rows or values than this call reads.',
    action: 'Send it in smaller parts.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type of the body is not supported',
    meaning: 'The body has a media type that this call does not read, is not in UTF-8, or is compressed.',
    action: 'Send one of the media types that `detail` names.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used for another request',
    meaning: 'The key belongs to an earlier request with another path or body.',
    action: 'Use a new key for a new command, or repeat the earlier request as it was.',
  },
  'unknown-reference': {
    status: 422,
    title: 'The body names something that does not exist',
    meaning: 'The body names an item or a node that does not exist. `errors` says where.',
    action: 'Set it up first, or correct the name.',
  },
  'too-many-requests': {
    status: 429,
    title: 'The caller has too many requests open',
    meaning: 'The caller has as many streams open, or reads waiting, as one caller may have.',
    action: 'Repeat the request after the time in `Retry-After`, or close a stream.',
  },
  'quota-exceeded': {
    status: 429,
    title: 'The API key or the caller is at its limit',
    meaning:
      'The key or the caller has sent as many requests in a second, or has as many open, as it may. `detail` names the limit; ' +
      'nothing was done.',
    action: 'Repeat the request after the time in `Retry-After`. An admin sets the limits of a key.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The headers have more bytes than a request may have.',
    action: 'Send fewer or shorter headers.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    meaning: 'Holdfast failed on the request. Its log has the error under the request id in `instance`.',
    action: 'Repeat the request with the same key. If it fails again, report the error with `instance`.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    meaning:
      'A store or the issuer of tokens is unavailable, or too many requests are waiting. The command may have been recorded.',
    action: 'Repeat the request with the same key after the time in `Retry-After`.',
  },
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
    const { status, title } = PROBLEMS[this.kind];
    return { type: `/problems/${this.kind}`, status, title, ...shown, instance };
  }
}

/** Returns the problem of a request with one field at fault. */
export function invalid(field: string, message: string): Problem {
  return new Problem('invalid-request', { detail: `${field}: ${message}`, errors: [{ field, message }] });
}

/** Returns the problem of a body that is too large. It closes the connection, so that the rest need not be read. */
export function bodyTooLarge(message: string, detail = message): Problem {
  const errors = [{ field: 'body', message }];
  return new Problem('too-large', { detail, errors, headers: { Connection: 'close' } });
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
  return unavailable('too many commands are waiting: repeat the request in a moment', error);
}

/** Returns the problem of a new order or trip while too many commands are open; nothing was taken. */
export function tooManyOpen(): Problem {
  return unavailable('too many commands are open: repeat the request in a moment');
}
