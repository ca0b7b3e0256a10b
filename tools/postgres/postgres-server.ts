import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type DetachedProcess, endProcess, lastLines, spawnDetached } from '../processes/detached-process';
import { commandLineOf, identityOf, type ProcessIdentity } from '../processes/process-identity';
import { type Unprivileged, unprivileged } from './postgres-account';
import { findPostgresBinaries } from './postgres-binaries';
import {
  DATABASE,
  databaseUrl,
  makeDirectory,
  postgresDirectory,
  refuseForeignDirectory,
} from './postgres-directory';

export interface PostgresOptions {
  /** The folder of `postgres/`, `postgres.log` and `postgres-password`. The caller owns the folder's lock. */
  readonly dataFolder: string;
  readonly port: number;
  /** False disables crash safety, for the throw-away databases of tests. */
  readonly durable: boolean;
  /** Called as soon as the process exists, so that a crash of this process cannot leave it unrecorded. */
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

export interface PostgresServer {
  /** The URL of the database `holdfast`, as its owner. */
  readonly url: string;
  /** Resolves with the way the server ended. */
  readonly ended: Promise<string>;
  /** Stops the server in an orderly way and closes its connections. */
  stop(): Promise<void>;
}

const STARTING_MS = 60_000;
/** After kill -9 the children of the old server live on briefly, and a start fails until they have ended. */
const RETRYING_MS = 6_000;
const RETRY_PAUSE_MS = 300;
const STOPPING_MS = 20_000;

/**
 * Starts PostgreSQL on 127.0.0.1. Creates its data directory when there is none.
 * @throws Error, one line, when the data directory cannot be used or the server does not start
 */
export async function startPostgresServer(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = findPostgresBinaries();
  const directory = postgresDirectory(options.dataFolder);
  const rights = unprivileged(directory, binaries.postgres);
  refuseForeignDirectory(options.dataFolder);
  if (!existsSync(directory)) {
    await makeDirectory(options.dataFolder, binaries.initdb, rights, options.durable);
  }
  await endOrphan(directory);
  const adminUrl = databaseUrl(options.dataFolder, options.port, 'postgres');
  const spawn = () => spawnPostgres(options, binaries.postgres, rights);
  const server = await startWithRetries(options, spawn, adminUrl);
  try {
    await ensureDatabase(adminUrl);
  } catch (error) {
    await stop(server);
    throw error;
  }
  return {
    url: databaseUrl(options.dataFolder, options.port),
    ended: server.ended,
    stop: () => stop(server),
  };
}

async function stop(server: DetachedProcess): Promise<void> {
  await endProcess(server.identity, 'SIGINT', STOPPING_MS);
}

/**
 * Ends a server that survived the death of its parent and holds the lock on the directory. Removes the lock file, also
 * when its pid now belongs to another program: PostgreSQL would take that program for a running server.
 */
async function endOrphan(directory: string): Promise<void> {
  const lockFile = path.join(directory, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const identity = identityOf(Number(readFileSync(lockFile, 'utf8').split('\n')[0]));
  if (identity && commandLineOf(identity.pid).includes(`postgres -D ${directory} `)) {
    await endProcess(identity, 'SIGINT', STOPPING_MS);
  }
  rmSync(lockFile, { force: true });
}

async function startWithRetries(
  options: PostgresOptions,
  spawn: () => DetachedProcess,
  url: string,
): Promise<DetachedProcess> {
  const giveUpAt = Date.now() + RETRYING_MS;
  for (;;) {
    const server = spawn();
    options.onSpawn(server.identity);
    if (await answers(server, url)) return server;
    await stop(server);
    if (Date.now() > giveUpAt) throw new Error(whyItFailed(options.dataFolder));
    await sleep(RETRY_PAUSE_MS);
  }
}

function spawnPostgres(options: PostgresOptions, program: string, rights: Unprivileged): DetachedProcess {
  const settings = [
    `port=${options.port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    ...(options.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const args = ['-D', postgresDirectory(options.dataFolder), ...settings.flatMap((entry) => ['-c', entry])];
  return spawnDetached({
    ...rights.wrap(program, args),
    environment: { ...process.env, LC_MESSAGES: 'C', PGDATA: undefined },
    // The account that PostgreSQL runs as may not be able to enter our working folder.
    workingFolder: '/',
    logFile: path.join(options.dataFolder, 'postgres.log'),
    account: rights.account,
  });
}

/** Returns true when the server answers a query in time. It refuses queries while it recovers from a crash. */
async function answers(server: DetachedProcess, url: string): Promise<boolean> {
  const deadline = Date.now() + STARTING_MS;
  while (!server.hasEnded() && Date.now() < deadline) {
    const refusal = await tryQuery(url, 'SELECT 1');
    if (refusal === undefined) return true;
    if (/password authentication failed/.test(refusal)) return false;
    await sleep(40);
  }
  return false;
}

async function tryQuery(url: string, sql: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const refusal = await tryQuery(adminUrl, `CREATE DATABASE ${DATABASE}`);
  if (refusal !== undefined && !refusal.includes('already exists')) {
    throw new Error(`the database ${DATABASE} could not be created: ${refusal}`);
  }
}

function whyItFailed(dataFolder: string): string {
  const logFile = path.join(dataFolder, 'postgres.log');
  const lines = lastLines(logFile, 40).split('\n');
  const cause =
    lines.filter((line) => /FATAL|PANIC|could not|not found|denied/.test(line)).at(-1) ?? lines.at(-1);
  return (
    `PostgreSQL does not start on ${postgresDirectory(dataFolder)}: ${cause?.trim()} ` +
    `(${logFile}; npm run reset begins anew and loses the data)`
  );
}
