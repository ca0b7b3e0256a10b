import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';

export const EVENT_STREAM = 'text/event-stream';

/** A comment that shows both ends, and the proxies between them, that the connection is alive. */
export const EVENT_STREAM_HEARTBEAT = ':\n\n';

/** How long a caller may take to receive the rest of a stream that has ended. */
const LAST_OF_IT_MS = 1_000;

/**
 * Writes a server-sent event. JSON text has no line breaks, so the data is one line. A message without an id keeps the
 * id of the one before it.
 */
export function eventStreamText({
  id,
  event,
  data,
}: {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: object;
}): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * The headers of an event stream. The connection is closed after it, so that a stopping server does not wait for
 * another request on it; and nginx must not buffer it.
 */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': EVENT_STREAM,
  Connection: 'close',
  'X-Accel-Buffering': 'no',
};

/**
 * Sends the head, then a stream: each part once the previous one has left this process. When the stream or the response
 * closes, the other one closes too.
 */
export function sendStream(request: Request, response: Response, stream: Readable): void {
  if (request.method === 'HEAD') {
    stream.destroy();
    response.end();
    return;
  }
  response.flushHeaders();
  stream.once('error', (error) => {
    request.fault = error;
  });
  stream.once('close', () => {
    const cut = setTimeout(() => response.destroy(), LAST_OF_IT_MS);
    response.once('close', () => clearTimeout(cut));
  });
  const leave = () => stream.destroy();
  response.once('close', leave);
  // A response queued behind others on its connection emits no `close` when the socket closes.
  const { socket } = request;
  socket.once('close', leave);
  stream.once('close', () => socket.off('close', leave));
  stream.on('data', (part) => {
    stream.pause();
    response.write(part, () => stream.resume());
  });
  stream.once('end', () => response.end());
}
