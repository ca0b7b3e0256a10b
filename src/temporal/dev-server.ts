import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';

export interface DevServerOptions {
  readonly port: number;
  /** Undefined: no Web UI, which tests do not need. */
  readonly uiPort: number | undefined;
  /** Undefined: everything is kept in memory. */
  readonly databaseFile: string | undefined;
  readonly namespace: string;
}

const IP = '127.0.0.1';
const ATTEMPT_MS = 2_000;
const PAUSE_MS = 100;

/**
 * A queue shard is polled at most this often a second. The default of 20 makes every task of a lone workflow wait up
 * to 50 ms; with this a workflow of three activities went from 350 to 94 ms.
 */
const MAX_POLLS_PER_SECOND = 1_000;

/** The arguments of the official `temporal` program that make it Holdfast's local server. */
export function devServerArguments(options: DevServerOptions): string[] {
  const polling = ['transfer', 'timer', 'visibility'].map(
    (queue) => `history.${queue}ProcessorMaxPollRPS=${MAX_POLLS_PER_SECOND}`,
  );
  const attributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${type}`);
  return [
    ...['server', 'start-dev', '--ip', IP, '--port', String(options.port)],
    ...(options.uiPort === undefined ? ['--headless'] : ['--ui-ip', IP, '--ui-port', String(options.uiPort)]),
    ...(options.databaseFile === undefined ? [] : ['--db-filename', options.databaseFile]),
    ...['--sqlite-pragma', 'journal_mode=WAL'],
    ...['--namespace', options.namespace, '--log-level', 'error'],
    ...polling.flatMap((value) => ['--dynamic-config-value', value]),
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
  ];
}

export function devServerAddress(port: number): string {
  return `${IP}:${port}`;
}

/**
 * Waits until a Temporal server serves a namespace over gRPC.
 * @returns whether it did before `giveUp` said so
 */
export async function untilTemporalServes(
  address: string,
  namespace: string,
  giveUp: () => boolean,
): Promise<boolean> {
  while (!giveUp()) {
    if (await serves(address, namespace)) return true;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return false;
}

async function serves(address: string, namespace: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: ATTEMPT_MS });
    await connection.withDeadline(Date.now() + ATTEMPT_MS, () =>
      (connection as Connection).workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}
