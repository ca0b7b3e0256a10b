import { createServer } from 'node:net';

export interface NeededPort {
  /** The environment variable that moves it. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** The first of these ports that something else listens on (or that we may not open), with the reason. */
export async function findTakenPort(
  ports: readonly NeededPort[],
): Promise<(NeededPort & { readonly reason: string }) | undefined> {
  for (const needed of ports) {
    const reason = await reasonPortCannotOpen(needed.host, needed.port);
    if (reason !== undefined) return { ...needed, reason };
  }
  return undefined;
}

/**
 * Different ports of 127.0.0.1 that nothing listens on at this moment. Ours only once something has opened them.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  // All are held open until the last is found, or the same one could be found twice.
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function reasonPortCannotOpen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
