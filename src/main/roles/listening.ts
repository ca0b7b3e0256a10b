import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The limit of connections that wait to be accepted. With Node's default of 511 the kernel drops some connections of a
 * burst that both sides take for open. They are reset much later instead of getting their 503.
 */
const BACKLOG = 4_096;

/** After the stop, a new connection has this long to send the head of its request. */
const ARRIVAL_MS = 1_000;
const SWEEP_MS = 100;

/** The connections without a request yet: browsers open some in advance. Node counts them as busy. */
const unused = new WeakMap<Server, Set<Socket>>();

/** Starts to listen. Resolves when the server accepts connections; rejects when the port is taken. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  const opened = new Set<Socket>();
  unused.set(server, opened);
  server.on('connection', (socket) => {
    opened.add(socket);
    socket.once('close', () => opened.delete(socket));
  });
  server.on('request', ({ socket }) => opened.delete(socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/** Stops a server after its running requests. Closes idle connections at once, and unused ones after a while. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    // A kept-alive connection becomes idle after its answer, and would stay open until its keep-alive timeout.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => {
      for (const socket of unused.get(server) ?? []) socket.destroy();
    }, ARRIVAL_MS);
    server.close((error) => {
      clearInterval(sweep);
      clearTimeout(cut);
      if (error) reject(error);
      else resolve();
    });
  });
}
