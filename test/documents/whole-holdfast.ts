import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { loadDemoData } from '../../tools/local/demo-data';
import { findFreePorts } from '../../tools/processes/ports';
import { startSimulator } from '../support/simulator-process';
import { createTestDatabase } from '../support/test-database';

/** Covers the start of a server on a busy machine. */
const READY_WITHIN_MS = 120_000;
const SERVER = path.resolve(__dirname, '..', '..', 'src', 'main', 'server.ts');
const ADMIN_KEY = 'hf_admin_of_the_guides';

/** API, worker, relay and third parties as processes, with the demo data, as `npm start` runs them. */
export interface WholeHoldfast {
  /** The variables that the documents ask a reader to set, and the settings of the server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Returns what the server has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** `changes`: further variables of the server. */
export async function startWholeHoldfast(
  changes: Readonly<Record<string, string>> = {},
): Promise<WholeHoldfast> {
  const [database, simulator, [port = 0]] = await Promise.all([
    createTestDatabase(),
    startSimulator(),
    findFreePorts(1),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS ?? '',
    TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
    HOLDFAST_PORT: String(port),
    HOLDFAST_TASK_QUEUE: `guides-${port}`,
    HOLDFAST_ADMIN_KEY: ADMIN_KEY,
    HOLDFAST_PARTNERS_URL: simulator.partnersUrl,
    HOLDFAST_PARTNER_PATIENCE_SECONDS: '1',
    HOLDFAST_WEBHOOKS_ALLOW: '127.0.0.0/8',
    HOLDFAST_LOG_LEVEL: 'error',
    ...changes,
  };
  const server = spawn(process.execPath, ['--import', 'tsx', SERVER], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  await untilReady(url, server, () => output);
  await loadDemoData(url, ADMIN_KEY);
  return {
    environment: { ...settings, HOLDFAST: url, KEY: ADMIN_KEY, SIMULATOR: simulator.url },
    output: () => output,
    async stop() {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
      await simulator.stop();
      await database.drop();
    },
  };
}

async function untilReady(url: string, server: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (server.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the server is not ready:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
