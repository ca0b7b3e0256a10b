import { createServer } from 'node:net';

export interface NeededPort {
  /** The environment variable that changes it. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Returns the first port that is in use or may not be opened, with the reason. */
export async function findTakenPort(
  ports: readonly NeededPort[],
): Promise<(NeededPort & { readonly reason: string }) | undefined> {
  for (const needed of ports) {
    const reason = await reasonPortCannotOpen(needed.host, needed.port);
    if (reason !== undefined) return { ...needed, reason };
  }
  return undefined;
}

/** Below the ephemeral ports of the system, so that a free port stays free. */
const FIRST_PORT = 11_000;
/** The port range is divided by pid: processes with consecutive pids search separate shares at the same time. */
const SHARES = 200;
const SHARE = 100;
let looked = 0;

/**
 * Finds distinct free ports of 127.0.0.1. This process does not return the same port again soon. The ports are not
 * reserved until the caller opens them.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let looks = 0; ports.length < count; looks++) {
    if (looks === SHARE) throw new Error(`fewer than ${count} of ${SHARE} ports of 127.0.0.1 are free`);
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
