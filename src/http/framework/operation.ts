import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Scope } from '../../contracts/api/scopes';
import type { Cause } from '../../stores/log/event-log';
import type { Holder } from './authentication';
import { checked } from './field-errors';
import { fingerprintOf, IDEMPOTENCY_KEY } from './fingerprint';
import { Problem } from './problem';
import { strictQuery } from './query-string';
import { type BodyFormat, readBody } from './request-body';
import { type AnyScope, authorise, authoriseForSome } from './scopes';
import { traceOf } from './trace-context';

/** The reply to a request. Its body is `json`, `text` or `stream`; without any of them it has none. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: { readonly type: string; readonly content: string };
  /** Server-sent events, until they end. The stream is destroyed when the caller disconnects. */
  readonly stream?: Readable;
}

/** One possible answer, for the documentation. It has no body without a schema or a media type. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The media type of an answer that is not JSON. */
  readonly mediaType?: string;
  /** The schemas in other media types, for callers whose `Accept` prefers one of them to JSON. */
  readonly others?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request with all its parts checked. */
export interface Exchange<Params, Query, Headers, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Body;
  /** The media type of the operation that the caller prefers. */
  readonly mediaType: string;
  /** The name of the caller; empty on open operations. */
  readonly caller: string;
  readonly holder: Holder;
  /** Covers the path and the body, for operations that take an idempotency key; empty for all others. */
  readonly fingerprint: string;
  /** The cause of changes that this request makes without a command of its own. */
  readonly cause: Cause;
}

/** A request as it arrived. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly id: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly queryString: string;
  /** Returns the media type that the request prefers among these; false when it accepts none of them. */
  preferred(mediaTypes: string[]): string | false;
  authenticate(): Promise<Holder>;
}

interface Documentation {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** The path, with parameters in braces as in OpenAPI. */
  readonly path: string;
  /** Its name in clients: a verb and a noun, such as `placeOrder`. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly answers: Readonly<Record<number, Answer>>;
  /** The statuses of problems that this operation adds to those of all operations of its kind. */
  readonly problems?: readonly number[];
}

interface Declared<P extends z.ZodObject, Q extends z.ZodObject, H extends z.ZodObject, Body>
  extends Documentation {
  /**
   * The scope that a caller needs, or of which it needs one; null when the operation is open. `forSome`: a scope for
   * some things will do, and the operation itself checks which thing the request concerns. `any-key`: the scopes of the
   * caller do not matter.
   */
  readonly scope:
    | Scope
    | ((params: z.output<P>, query: z.output<Q>) => AnyScope)
    | { readonly forSome: Parameters<typeof authoriseForSome>[1] }
    | 'any-key'
    | null;
  readonly params?: P;
  readonly query?: Q;
  readonly headers?: H;
  readonly body?: BodyFormat<Body>;
  handle(exchange: Exchange<z.output<P>, z.output<Q>, z.output<H>, Body>): Promise<Reply>;
}

/** One route of the API: its documentation and its handler. */
export interface Operation extends Documentation {
  readonly isOpen: boolean;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly headers: z.ZodObject;
  readonly bodySchemas: Readonly<Record<string, z.ZodType>> | undefined;
  readonly isBodyOptional: boolean;
  /**
   * Checks the caller, then the request from its cheapest part to the body, and answers.
   * @throws Problem
   */
  answer(arrival: Arrival): Promise<Reply>;
}

const nothing = z.strictObject({});
const anyHeaders = z.object({});
const JSON_TYPE = 'application/json';
const ANONYMOUS: Holder = {
  caller: '',
  scopes: [],
  limits: { requestsPerSecond: null, concurrency: null },
};

/** Declares an operation: its schemas are contract, validation, types and documentation at once. */
export function operation<
  P extends z.ZodObject = typeof nothing,
  Q extends z.ZodObject = typeof nothing,
  H extends z.ZodObject = typeof anyHeaders,
  Body = undefined,
>(declared: Declared<P, Q, H, Body>): Operation {
  const { scope, params, query, headers, body, handle, ...documentation } = declared;
  const headerNames = Object.keys(headers?.shape ?? {});
  const takesKey = headerNames.includes(IDEMPOTENCY_KEY);
  const lists = Object.entries(query?.shape ?? {}).flatMap(([name, field]) =>
    field instanceof z.ZodArray ? [name] : [],
  );
  const others = Object.values(declared.answers).flatMap((answer) => Object.keys(answer.others ?? {}));
  return {
    ...documentation,
    isOpen: scope === null,
    params: params ?? nothing,
    query: query ?? nothing,
    headers: headers ?? anyHeaders,
    bodySchemas: body?.schemas,
    isBodyOptional: body?.isOptional ?? false,
    async answer(arrival) {
      const { request } = arrival;
      const holder = scope === null ? ANONYMOUS : await arrival.authenticate();
      const given = checked(params ?? nothing, arrival.params, 'path') as z.output<P>;
      if (typeof scope === 'string' && scope !== 'any-key') authorise(holder, [scope]);
      else if (typeof scope === 'object' && scope !== null) authoriseForSome(holder, scope.forSome);
      const asked = checked(
        query ?? nothing,
        strictQuery(arrival.queryString, lists),
        'query',
      ) as z.output<Q>;
      if (typeof scope === 'function') authorise(holder, scope(given, asked));
      const sent = pick(request.headers, headerNames);
      const exchange = {
        params: given,
        query: asked,
        headers: checked(headers ?? anyHeaders, sent, 'headers') as z.output<H>,
        mediaType: others.length === 0 ? JSON_TYPE : negotiated(arrival, [JSON_TYPE, ...others]),
        body: (body && (await readBody(request, body))) as Body,
        caller: holder.caller,
        holder,
        cause: causeOf(arrival, holder),
      };
      const content = { path: declared.path, params: given, body: exchange.body };
      return handle({ ...exchange, fingerprint: takesKey ? fingerprintOf(content) : '' });
    },
  };
}

function negotiated(arrival: Arrival, offers: string[]): string {
  const preferred = arrival.preferred(offers);
  if (preferred !== false) return preferred;
  const message = `must accept ${offers.join(' or ')}`;
  throw new Problem('not-acceptable', {
    detail: `Accept: ${message}`,
    errors: [{ field: 'Accept', message }],
  });
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, headers[name.toLowerCase()]]));
}

/**
 * Returns the cause of changes without a command of their own. Callers choose request ids: the prefix `req_` keeps such
 * an id from passing for an order id, and the change out of the timeline of that order.
 */
function causeOf({ id, request }: Arrival, { caller, keyId }: Holder): Cause {
  const commandId = `req_${id}`;
  return {
    commandId,
    caller,
    ...(keyId === undefined ? {} : { keyId }),
    correlation: commandId,
    ...traceOf(request.headers),
  };
}
