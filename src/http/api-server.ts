import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { Problem } from './problem';

/** A request that trickles in holds a socket for this long at most. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than proxies keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server for the API; what Node refuses before Express sees it is answered as a problem too. */
export function createApiServer(app: Express): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.on('clientError', answerUnreadable);
  return server;
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
