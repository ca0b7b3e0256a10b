import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes';
import { SERVER_POLLING } from './server-polling';
import { callTemporal } from './temporal-call';

export interface DevServerOptions {
  readonly port: number;
  /** Undefined for no Web UI, as in tests. */
  readonly uiPort: number | undefined;
  /** Undefined to keep everything in memory. */
  readonly databaseFile: string | undefined;
  readonly namespace: string;
}

const IP = '127.0.0.1';
const PAUSE_MS = 100;

/** Returns the arguments that run the official `temporal` program as Holdfast's local server. */
export function devServerArguments(options: DevServerOptions): string[] {
  const polling = Object.entries(SERVER_POLLING).map(([name, value]) => `${name}=${value}`);
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
 * @returns false when `giveUp` returns true first
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
  try {
    await callTemporal(address, ({ workflowService }) => workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  }
}
