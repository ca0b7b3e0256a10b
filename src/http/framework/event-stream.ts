import type { Readable } from 'node:stream';
import type { Request, Response } from 'express';

export const EVENT_STREAM = 'text/event-stream';

/** A comment: it shows both ends, and the proxies between them, that the other is still there. */
export const EVENT_STREAM_HEARTBEAT = ':\n\n';

/** How long a caller has to take the last of a stream that is over. */
const LAST_OF_IT_MS = 1_000;

/** A server-sent event. JSON text has no line breaks, so it is one line of data. */
export function eventStreamText({
  id,
  event,
  data,
}: {
  readonly id: string;
  readonly event: string;
  readonly data: object;
}): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * Of an answer that goes on. The connection is closed after it, so that a server that stops does not wait for another
 * request on it; and nginx holds nothing of it back.
 */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': EVENT_STREAM,
  Connection: 'close',
  'X-Accel-Buffering': 'no',
};

/**
 * Sends a stream as it comes, after the head: each part once the one before it is out of this process. When either of the
 * two ends, so does the other.
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
  // An answer that waits for others on its connection does not close when that does.
  const { socket } = request;
  socket.once('close', leave);
  stream.once('close', () => socket.off('close', leave));
  stream.on('data', (part) => {
    stream.pause();
    response.write(part, () => stream.resume());
  });
  stream.once('end', () => response.end());
}
