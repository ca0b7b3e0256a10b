import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { Problem } from './framework/problem';

/** The longest time that a slow request may hold a socket. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than proxies keep idle connections, so that the proxy closes them first. */
const KEEP_ALIVE_MS = 75_000;

/** Express as a plain request handler; it calls `unrouted` for requests that it cannot route. */
type Dispatch = (request: IncomingMessage, response: ServerResponse, unrouted: () => void) => void;

/** Creates the HTTP server of the API. Requests that Node refuses before Express sees them get a problem too. */
export function createApiServer(app: Express): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  const dispatch = app as Dispatch;
  const server = createServer(limits, (request, response) => {
    dispatch(request, response, () => answerUnrouted(response));
  });
  server.on('clientError', answerUnreadable);
  return server;
}

/** Answers a request whose target Express cannot parse: it reaches no route and no error handler. */
function answerUnrouted(response: ServerResponse): void {
  const problem = new Problem('invalid-request', { detail: 'the request target is not a URL' });
  const body = JSON.stringify(problem.view('unread'));
  response
    .writeHead(problem.status, {
      'Content-Type': 'application/problem+json',
      'Content-Length': Buffer.byteLength(body),
    })
    .end(body);
}

function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = problemFor(error.code);
  const body = JSON.stringify(problem.view('unread'));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.message}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function problemFor(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers-too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request-timeout');
  return new Problem('invalid-request');
}
