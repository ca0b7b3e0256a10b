import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgresServer } from '../../tools/postgres/postgres-server';
import { lastLines, spawnDetached } from '../../tools/processes/detached-process';
import { findFreePorts } from '../../tools/processes/ports';
import { findTemporalBinary } from '../../tools/temporal/temporal-binary';
import { startTemporalServer } from '../../tools/temporal/temporal-server';
import { TEMPLATE_DATABASE, withDatabase, withServer } from './test-database';

/**
 * The servers of one test run, in a process that stops them when its parent goes away. The end of its standard input
 * signals that, whether jest has ended, was interrupted or was killed.
 */
const ROOT = path.resolve(__dirname, '..', '..');
/** A whole run takes less. */
const ROOM_BYTES = 4 * 2 ** 30;
const stopping = new AbortController();
const folder = mkdtempSync(path.join(fastFolder(), 'holdfast-test-'));
const stops: Array<() => Promise<void>> = [];

process.stdin.resume();
process.stdin.on('end', () => stopping.abort());
process.stdin.on('error', () => stopping.abort());

/** Returns a folder in memory, if there is room: a copy of the template takes 20 ms there and 400 ms on a disk. */
function fastFolder(): string {
  if (!existsSync('/dev/shm')) return tmpdir();
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize > ROOM_BYTES ? '/dev/shm' : tmpdir();
}

async function startServers(): Promise<void> {
  const [postgresPort = 0, temporalPort = 0] = await findFreePorts(2);
  const postgres = await startPostgresServer({
    dataFolder: folder,
    port: postgresPort,
    durable: false,
    onSpawn: () => undefined,
  });
  stops.push(postgres.stop);
  stopping.signal.throwIfAborted();
  const migrated = migrateTemplate(postgres.url);
  const address = process.env.HOLDFAST_TEST_TEMPORAL_ADDRESS ?? (await startDevServer(temporalPort));
  await migrated;
  console.log(JSON.stringify({ DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: address }));
}

/** Returns the address of a Temporal of this run alone. */
async function startDevServer(port: number): Promise<string> {
  const binary = await findTemporalBinary({ report: (line) => console.error(line), signal: stopping.signal });
  const temporal = await startTemporalServer({
    binary,
    dataFolder: folder,
    port,
    uiPort: undefined,
    namespace: 'default',
    inMemory: true,
    onSpawn: () => undefined,
  });
  stops.push(temporal.stop);
  return temporal.address;
}

/** Migrates in a child process, as production does: the engine keeps its process alive. */
async function migrateTemplate(serverUrl: string): Promise<void> {
  await withServer(serverUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`));
  const logFile = path.join(folder, 'migration.log');
  const migration = spawnDetached({
    command: process.execPath,
    args: ['--import', 'tsx', path.join(ROOT, 'src', 'main', 'migrate.ts')],
    environment: { ...process.env, DATABASE_URL: withDatabase(serverUrl, TEMPLATE_DATABASE) },
    workingFolder: ROOT,
    logFile,
  });
  const how = await migration.ended;
  if (how !== 'exit code 0') throw new Error(`the migration failed (${how}):\n${lastLines(logFile, 20)}`);
}

async function main(): Promise<number> {
  let code = 0;
  try {
    await startServers();
    await new Promise<void>((resolve) => {
      if (stopping.signal.aborted) resolve();
      stopping.signal.addEventListener('abort', () => resolve());
    });
  } catch (error) {
    if (!stopping.signal.aborted) {
      console.error(error instanceof Error ? error.message : String(error));
      code = 1;
    }
  }
  await Promise.all(stops.map((stop) => stop()));
  rmSync(folder, { recursive: true, force: true });
  return code;
}

main().then((code) => process.exit(code));
