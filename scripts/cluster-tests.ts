import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../src/main/project-root';
import { freeLocalPorts } from '../tools/local/free-local-ports';
import { startPostgresServer } from '../tools/postgres/postgres-server';
import { findFreePorts } from '../tools/processes/ports';
import { startTemporalCluster } from '../tools/temporal-cluster/temporal-cluster';

/** The tests whose sagas run on the Temporal server of the whole run. */
const END_TO_END = ['test/workflows', 'test/recovery', 'test/failpoints', 'test/observability'];

/**
 * `npm run test:cluster [-- <tests>]`: starts a full Temporal server on PostgreSQL with several shards, and runs the
 * end-to-end tests and the demo on it.
 * @returns the exit code: 0 when all pass
 */
async function main(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cluster-'));
  const [port = 0] = await findFreePorts(1);
  const onSpawn = () => undefined;
  const postgres = await startPostgresServer({ dataFolder: folder, port, durable: false, onSpawn });
  const stops = [postgres.stop];
  try {
    const databaseUrl = postgres.url;
    const cluster = await startTemporalCluster({ folder, databaseUrl, report: console.log, onSpawn });
    stops.unshift(cluster.stop);
    console.log(`A full Temporal server serves at ${cluster.address}`);
    const tests = process.argv.length > 2 ? process.argv.slice(2) : END_TO_END;
    const tested = await run(['node_modules/jest/bin/jest.js', ...tests], {
      HOLDFAST_TEST_TEMPORAL_ADDRESS: cluster.address,
    });
    const told = await run(['--import', 'tsx', 'scripts/demo.ts'], {
      ...(await freeLocalPorts()),
      HOLDFAST_DATA: path.join(folder, 'demo'),
      TEMPORAL_ADDRESS: cluster.address,
    });
    return tested || told;
  } finally {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot(),
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
