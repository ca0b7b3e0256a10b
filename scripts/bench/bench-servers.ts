import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { projectRoot } from '../../src/main/project-root';
import { startPostgresServer } from '../../tools/postgres/postgres-server';
import { endProcess, spawnDetached } from '../../tools/processes/detached-process';
import { findFreePorts } from '../../tools/processes/ports';
import type { ProcessIdentity } from '../../tools/processes/process-identity';
import { findTemporalBinary } from '../../tools/temporal/temporal-binary';
import { startTemporalServer, type TemporalServer } from '../../tools/temporal/temporal-server';
import { type ClusterOptions, startTemporalCluster } from '../../tools/temporal-cluster/temporal-cluster';

/** The Temporal server of a bench: as in development, or as in production, with its state in the PostgreSQL of Holdfast. */
export type TemporalKind = 'dev server' | 'cluster';

/** The real servers of one bench, with the durability that `npm start` has, and Holdfast as one process. */
export interface BenchServers {
  readonly apiUrl: string;
  readonly adminKey: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly temporalKind: TemporalKind;
  readonly pids: { readonly server: number; readonly temporal: number; readonly postgres: number };
  /** Creates and migrates another database on the same PostgreSQL. Returns its URL. */
  addDatabase(name: string): Promise<string>;
  /** Starts another process beside the server, on the same databases and task queue. */
  startSecond(
    role?: 'server' | 'api',
  ): Promise<{ readonly apiUrl: string; readonly pid: number; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

const ADMIN_KEY = 'hf_bench';
const READY_MS = 60_000;

export async function startBenchServers(
  report: (line: string) => void,
  temporalKind: TemporalKind = 'dev server',
): Promise<BenchServers> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-bench-'));
  const [postgresPort = 0, port = 0] = await findFreePorts(2);
  const identities: Record<string, ProcessIdentity> = {};
  const remember = (name: string) => (identity: ProcessIdentity) => {
    identities[name] = identity;
  };
  const shared = { dataFolder: folder };
  const onPostgres = remember('postgres');
  const postgres = await startPostgresServer({
    ...shared,
    port: postgresPort,
    durable: true,
    onSpawn: onPostgres,
  });
  const temporal = await STARTS[temporalKind]({
    folder,
    databaseUrl: postgres.url,
    report,
    onSpawn: remember('temporal'),
  });
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    HOLDFAST_PORT: String(port),
    HOLDFAST_ADMIN_KEY: ADMIN_KEY,
    HOLDFAST_LOG_LEVEL: 'info',
  };
  await runScript('migrate', environment, folder);
  const server = spawnRole('server', environment, folder);
  const apiUrl = `http://127.0.0.1:${port}`;
  await untilReady(apiUrl);
  return {
    apiUrl,
    adminKey: ADMIN_KEY,
    environment,
    temporalKind,
    pids: {
      server: server.identity.pid,
      temporal: identities.temporal?.pid ?? 0,
      postgres: identities.postgres?.pid ?? 0,
    },
    addDatabase: (name) => addDatabase(name, postgres.url, environment, folder),
    startSecond: (role = 'server') => startSecond(role, environment, folder),
    async stop() {
      await endProcess(server.identity, 'SIGTERM', READY_MS);
      await temporal.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const STARTS: Readonly<Record<TemporalKind, (options: ClusterOptions) => Promise<TemporalServer>>> = {
  'dev server': startDevServer,
  cluster: startTemporalCluster,
};

async function startDevServer({ folder, report, onSpawn }: ClusterOptions): Promise<TemporalServer> {
  const [port = 0] = await findFreePorts(1);
  return startTemporalServer({
    binary: await findTemporalBinary({ report, signal: new AbortController().signal }),
    dataFolder: folder,
    port,
    uiPort: undefined,
    namespace: 'default',
    inMemory: false,
    onSpawn,
  });
}

async function addDatabase(
  name: string,
  serverUrl: string,
  environment: NodeJS.ProcessEnv,
  folder: string,
): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await runScript('migrate', { ...environment, DATABASE_URL: url.href }, folder);
  return url.href;
}

async function startSecond(role: 'server' | 'api', environment: NodeJS.ProcessEnv, folder: string) {
  const [port = 0] = await findFreePorts(1);
  const server = spawnRole(role, { ...environment, HOLDFAST_PORT: String(port) }, folder, `${role}-2`);
  const apiUrl = `http://127.0.0.1:${port}`;
  await untilReady(apiUrl);
  const stop = () => endProcess(server.identity, 'SIGTERM', READY_MS).then(() => undefined);
  return { apiUrl, pid: server.identity.pid, stop };
}

/**
 * Starts the process that runs the yardsticks on the same servers. Name a task queue in the environment where it has
 * another database, so that it does not go on with the sagas of an earlier process.
 */
export function forkYardsticks(environment: NodeJS.ProcessEnv): ChildProcess {
  return fork(path.join(__dirname, 'yardsticks', 'yardstick-process.js'), {
    // A task queue of its own keeps the server's worker from running the yardsticks' sagas.
    env: { HOLDFAST_TASK_QUEUE: 'holdfast-bench-sagas', ...environment },
  });
}

/** Runs the compiled role, as in production: loaders slow the workflow sandbox down. */
function spawnRole(role: string, environment: NodeJS.ProcessEnv, folder: string, name = role) {
  return spawnDetached({
    command: process.execPath,
    args: [path.resolve(__dirname, '..', '..', 'src', 'main', `${role}.js`)],
    environment,
    workingFolder: projectRoot(),
    logFile: path.join(folder, `${name}.log`),
  });
}

async function runScript(role: string, environment: NodeJS.ProcessEnv, folder: string): Promise<void> {
  const how = await spawnRole(role, environment, folder).ended;
  if (how !== 'exit code 0') throw new Error(`${role} failed: ${how}`);
}

async function untilReady(apiUrl: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(100)) {
    const isReady = await fetch(`${apiUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
  }
  throw new Error('the server did not become ready');
}
