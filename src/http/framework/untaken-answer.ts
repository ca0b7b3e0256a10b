import type { ServerResponse } from 'node:http';

/** How long a caller may take to receive an answer. */
const LONGEST_TAKING_MS = 20_000;

/**
 * Lets a caller go that does not receive an answer which is complete on this side. An answer that waits for others on
 * its connection has its time once they have left.
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
