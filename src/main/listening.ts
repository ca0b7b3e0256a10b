import type { Server } from 'node:http';

/**
 * Connections that wait to be accepted. With Node's 511 the kernel forgets some of a burst that both sides believe to be
 * open, and they are reset much later instead of getting their 503.
 */
const BACKLOG = 4_096;

/** Resolves when the server takes connections; rejects where the port is taken. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

/** Lets the requests under way end; idle connections are cut. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
