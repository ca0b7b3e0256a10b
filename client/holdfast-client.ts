import { type FeedFrom, feed, type Positioned, pages, untilAborted } from './feeds';
import {
  Calls,
  type Event,
  type LatestStock,
  type ListOrdersData,
  type Order,
  type TimelineEvent,
} from './generated';
import { createClient, createConfig } from './generated/client';
import { KEYED_OPERATIONS } from './generated/keyed-operations';
import { HoldfastProblem, HoldfastUnreachable, invalidId, problemOf } from './holdfast-problem';
import { pause, repeatedFetch } from './repeated-fetch';

export { type FeedFrom, type Positioned, pages } from './feeds';
export * from './generated';
export { HoldfastProblem, HoldfastUnreachable } from './holdfast-problem';

/** Covers the longest wait for an outcome, and a restart of the API. */
const PATIENCE_MS = 60_000;
const A_PAGE = { limit: 1_000 };
const PAUSE_BETWEEN_STREAMS_MS = 500;

/** The address of a Holdfast, and a key to it. */
export interface Connection {
  /** Such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** An API key. */
  readonly key: string;
  /** The seconds that a command waits for its outcome, 30 at most. Left out: it is answered once it is recorded. */
  readonly wait?: number;
  /** The milliseconds for which a call is repeated. Left out: a minute. */
  readonly patienceMs?: number;
}

/** Connects to a Holdfast. Nothing is sent before the first call. */
export function connect(connection: Connection): Holdfast {
  return new Holdfast(connection);
}

/**
 * The API of Holdfast: every operation of the OpenAPI document by its id, such as `placeOrder`, with repeats. A command
 * gets an idempotency key of its own unless the caller gives one in `headers`.
 * @throws HoldfastProblem from every call that the API refuses, HoldfastUnreachable when no answer arrived in time
 */
export class Holdfast extends Calls {
  constructor(private readonly connection: Connection) {
    super({ client: clientOf(connection) });
  }

  /** Returns the same API, whose commands wait for their outcome for this many seconds. */
  waiting(seconds: number): Holdfast {
    return new Holdfast({ ...this.connection, wait: seconds });
  }

  /** Iterates over orders, newest first. */
  orders(query: ListOrdersData['query'] = {}): AsyncGenerator<Order> {
    return pages((cursor) => this.listOrders({ query: { ...query, ...cursor } }));
  }

  /** Iterates over the events of all three stores, those of one stream in order. */
  events({
    types,
    stream,
    ...from
  }: FeedFrom & {
    /** Such as `['inventory.*', 'orders.order-approved.v1']`. */
    readonly types?: readonly string[];
    readonly stream?: string;
  } = {}): AsyncGenerator<Positioned<Event>> {
    const filter = {
      ...(types ? { types: types.join() } : {}),
      ...(stream === undefined ? {} : { stream }),
    };
    return feed(
      ({ query, ...call }) => this.listEvents({ query: { ...query, ...filter, ...A_PAGE }, ...call }),
      from,
    );
  }

  /** Iterates over the newest state of the stock of each item at each node that has changed. */
  latestStock(from: FeedFrom = {}): AsyncGenerator<Positioned<LatestStock['items'][number]>> {
    return feed(
      ({ query, ...call }) => this.getLatestStock({ query: { ...query, ...A_PAGE }, ...call }),
      from,
    );
  }

  /** Follows the events of an order as they happen, in all three stores, until the signal aborts. */
  async *orderEvents(
    id: string,
    { after = '', signal = new AbortController().signal }: Omit<FeedFrom, 'follow'> = {},
  ): AsyncGenerator<Positioned<TimelineEvent>> {
    let position = after;
    while (!signal.aborted) {
      let refusal: unknown;
      const leaving = new AbortController();
      const { stream } = await this.client.sse.get<{ 200: TimelineEvent }>({
        url: '/v1/orders/{id}/events',
        path: { id },
        security: [{ scheme: 'bearer', type: 'http' }],
        headers: { Accept: 'text/event-stream', ...(position === '' ? {} : { 'Last-Event-ID': position }) },
        signal: AbortSignal.any([signal, leaving.signal]),
        // This loop resumes the stream, also after the server has ended it in order.
        sseMaxRetryAttempts: 1,
        onSseEvent: (message) => {
          position = message.id ?? position;
        },
        onSseError: (error) => {
          if (error instanceof HoldfastProblem || error instanceof HoldfastUnreachable) refusal = error;
        },
      });
      try {
        for await (const event of stream) yield { ...event, position };
      } finally {
        leaving.abort();
      }
      if (refusal) throw refusal;
      await untilAborted(pause(PAUSE_BETWEEN_STREAMS_MS, signal), signal);
    }
  }
}

function clientOf({ url, key, wait = 0, patienceMs = PATIENCE_MS }: Connection) {
  const client = createClient(
    createConfig({ baseUrl: url, auth: key, throwOnError: true, fetch: answered(repeatedFetch(patienceMs)) }),
  );
  client.interceptors.request.use((request, { url: path, path: ids }) => {
    // A URL drops such a segment, so the call would go to another path.
    for (const [name, id] of Object.entries(ids ?? {}))
      if (id === '.' || id === '..' || id === '') throw invalidId(`${request.method} ${path}`, name, id);
    if (KEYED_OPERATIONS.has(`${request.method} ${path}`) && !request.headers.has('Idempotency-Key'))
      request.headers.set('Idempotency-Key', crypto.randomUUID());
    if (wait > 0 && request.method === 'POST' && !request.headers.has('Prefer'))
      request.headers.set('Prefer', `wait=${wait}`);
    return request;
  });
  return client;
}

/** Throws the problem of an answer that is no success, also where a stream was asked for. */
function answered(send: (request: Request) => Promise<Response>): typeof fetch {
  return async (input) => {
    const request = input as Request;
    const response = await send(request);
    if (response.ok) return response;
    const text = await response.text();
    throw problemOf(`${request.method} ${request.url}`, response.status, parsed(text));
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
