import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import type { Authentication } from './authentication';
import { EVENT_STREAM_HEADERS, sendStream } from './event-stream';
import { problemOf } from './fault-problem';
import { KeyTraffic } from './key-traffic';
import type { Operation, Reply } from './operation';
import { Problem } from './problem';
import type { ObserveRequest } from './request-metrics';
import { letGoUnlessTaken } from './untaken-answer';

/** The route label of requests that match no operation. */
const NO_ROUTE = 'none';

/** Mounts operations, and for each of their paths a refusal of all other methods. */
export function mount(
  app: Express,
  operations: readonly Operation[],
  authentication: Authentication,
  observe: ObserveRequest,
): void {
  const gate = { authentication, traffic: new KeyTraffic() };
  for (const operation of operations) {
    app[operation.method](expressPath(operation.path), answering(operation, gate, observe));
  }
  for (const path of new Set(operations.map((operation) => operation.path))) {
    app.all(expressPath(path), refuseMethod(operations.filter((operation) => operation.path === path)));
  }
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** The checks of the caller of a request. */
interface Gate {
  readonly authentication: Authentication;
  readonly traffic: KeyTraffic;
}

function answering(
  operation: Operation,
  { authentication, traffic }: Gate,
  observe: ObserveRequest,
): RequestHandler {
  return async (request, response) => {
    const since = performance.now();
    request.operationPath = operation.path;
    let limits: Reply['headers'] = {};
    const reply = await operation
      .answer({
        request,
        id: request.id,
        params: request.params,
        queryString: queryStringOf(request.url),
        preferred: (mediaTypes) => request.accepts(mediaTypes),
        async authenticate() {
          const holder = await authentication.holderOf(request);
          request.caller = holder.caller;
          limits = traffic.admit(holder, response);
          return holder;
        },
      })
      .catch((error: unknown) => problemReply(error, request));
    send(request, response, { ...reply, headers: { ...limits, ...reply.headers } });
    observe(operation.method, operation.path, reply.status, (performance.now() - since) / 1_000);
  };
}

function queryStringOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

function refuseMethod(own: readonly Operation[]): RequestHandler {
  const methods = own.map(({ method }) => method.toUpperCase());
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  return (request) => {
    const detail = `${request.method} is not one of ${allowed}`;
    throw new Problem('method-not-allowed', { detail, headers: { Allow: allowed } });
  };
}

export const refuseUnknownPath: RequestHandler = () => {
  throw new Problem('not-found', { detail: 'no operation has this path' });
};

/** Answers errors that occur outside of any operation. */
export function problemHandler(observe: ObserveRequest): ErrorRequestHandler {
  // Express recognises an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const reply = problemReply(error, request);
    send(request, response, reply);
    observe(request.method.toLowerCase(), NO_ROUTE, reply.status, 0);
  };
}

function problemReply(error: unknown, request: Request): Reply {
  const problem = problemOf(error);

  // A 503 without a cause (no place left, or a process about to stop) is not a fault.
  if (problem.status === 500 || problem.cause !== undefined) request.fault = problem.cause ?? problem;
  const content = JSON.stringify(problem.view(request.id));
  return {
    status: problem.status,
    headers: problem.headers,
    text: { type: 'application/problem+json', content },
  };
}

/**
 * Sends a reply in one write and without Express's `send`: headers set one by one and a separate body cost a tenth of a
 * request, and no answer needs an entity tag.
 */
function send(
  request: Request,
  response: Response,
  { status, headers: own, json, text, stream }: Reply,
): void {
  if (response.headersSent || response.destroyed || request.socket.destroyed) {
    stream?.destroy();
    return;
  }
  const headers = {
    'X-Request-Id': request.id,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...own,
  };
  if (stream) {
    response.writeHead(status, { ...headers, ...EVENT_STREAM_HEADERS });
    sendStream(request, response, stream);
    return;
  }
  const content = text ? text.content : JSON.stringify(json);
  const isEmpty = content === undefined;
  response.writeHead(status, {
    ...headers,
    ...(isEmpty
      ? {}
      : {
          'Content-Type': text ? text.type : 'application/json',
          'Content-Length': Buffer.byteLength(content),
        }),
  });
  response.end(content);
  letGoUnlessTaken(response);
}
