import type { ServerResponse } from 'node:http';

/** How long a caller may take to receive an answer. */
const LONGEST_TAKING_MS = 20_000;

/**
 * Disconnects a caller that does not receive a completed answer in time. For an answer that is queued behind others on
 * its connection, the time begins when they have been sent.
 */
export function letGoUnlessTaken(response: ServerResponse): void {
  if (!response.socket) {
    response.once('socket', () => setImmediate(letGoUnlessTaken, response));
    return;
  }
  if (response.socket.writableLength === 0) return;
  const cut = setTimeout(() => response.destroy(), LONGEST_TAKING_MS);
  response.once('close', () => clearTimeout(cut));
}
