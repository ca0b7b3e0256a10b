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

/** Below the ports that systems give to whoever asks for any, and to connections: what is found stays free. */
const FIRST_PORT = 11_000;
/** Processes that look at the same time have ports of their own, as many of them as start one after the other. */
const SHARES = 200;
const SHARE = 100;
let looked = 0;

/**
 * Different ports of 127.0.0.1 that nothing listens on at this moment, and that are not found again in this process
 * for a while. Ours only once something has opened them.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let looks = 0; ports.length < count; looks++) {
    if (looks === SHARE) throw new Error(`of ${SHARE} ports of 127.0.0.1 fewer than ${count} are free`);
    const port = FIRST_PORT + (process.pid % SHARES) * SHARE + (looked++ % SHARE);
    if ((await reasonPortCannotOpen('127.0.0.1', port)) === undefined) ports.push(port);
  }
  return ports;
}

function reasonPortCannotOpen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
