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

/** A port that nothing listens on at this moment. Ours only once something has opened it. */
export async function findFreePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0, exclusive: true }, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error(`no TCP port on ${host}`);
  return address.port;
}

function reasonPortCannotOpen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
