import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections that wait to be accepted. With Node's 511 the kernel forgets some of a burst that both sides believe to be
 * open, and they are reset much later instead of getting their 503.
 */
const BACKLOG = 4_096;

/** A request that is on its way when the server stops has this long to arrive, as far as its head. */
const ARRIVAL_MS = 1_000;
const SWEEP_MS = 100;

/** Connections on which nothing has been asked yet, as browsers open some ahead. Node takes them for busy. */
const unused = new WeakMap<Server, Set<Socket>>();

/** Resolves when the server takes connections; rejects where the port is taken. */
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

/** Lets the requests under way end; connections without one are cut, those that are new after a while. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that is kept alive becomes idle when its answer is out, and would stay so for as long as it may.
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
