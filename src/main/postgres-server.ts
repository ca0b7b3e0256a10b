import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Unprivileged, unprivileged } from './postgres-account';
import { findPostgresBinaries, POSTGRES_MAJOR, type PostgresBinaries } from './postgres-binaries';
import { type DetachedProcess, endProcess, lastLines, spawnDetached } from './supervisor/detached-process';
import { commandLineOf, identityOf, type ProcessIdentity } from './supervisor/process-identity';

export interface PostgresOptions {
  /** Holds `postgres/`, `postgres.log` and `postgres-password`. The caller owns the folder's lock. */
  readonly dataFolder: string;
  readonly port: number;
  /** False gives up what a crash would need, for databases that are thrown away after the tests. */
  readonly durable: boolean;
  /** Called at once when the process exists, so that no crash of ours leaves it unknown. */
  readonly onSpawn: (identity: ProcessIdentity) => void;
}

export interface PostgresServer {
  /** The database `holdfast`, as the owner of everything in it. */
  readonly url: string;
  /** Settles with how the server ended. */
  readonly ended: Promise<string>;
  /** Ends it in an orderly way; connections are cut. */
  stop(): Promise<void>;
}

const USER = 'holdfast';
const DATABASE = 'holdfast';
const STARTING_MS = 60_000;
/** After kill -9 the children of the old server live on for a moment, and starting fails until they are gone. */
const RETRYING_MS = 6_000;
const STOPPING_MS = 20_000;
const run = promisify(execFile);

/**
 * Starts PostgreSQL on 127.0.0.1, making its data directory first when there is none.
 * @throws Error, one line, when the data directory cannot be used or the server does not start
 */
export async function startPostgresServer(options: PostgresOptions): Promise<PostgresServer> {
  const binaries = findPostgresBinaries();
  const directory = path.join(options.dataFolder, 'postgres');
  const rights = unprivileged([binaries.postgres, path.join(directory, 'PG_VERSION')]);
  refuseForeignDirectory(directory);
  const password = readOrMakePassword(options.dataFolder, rights);
  if (!existsSync(directory)) await makeDirectory(directory, options, binaries, rights);
  await endOrphan(directory);
  const server = await startWithRetries(directory, options, binaries, rights, password);
  try {
    await ensureDatabase(urlOf(options.port, password, 'postgres'));
  } catch (error) {
    await stop(server);
    throw error;
  }
  return { url: urlOf(options.port, password, DATABASE), ended: server.ended, stop: () => stop(server) };
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

async function stop(server: DetachedProcess): Promise<void> {
  await endProcess(server.identity, 'SIGINT', STOPPING_MS);
}

/** A directory is renamed into place only when initdb is through, so an unfinished one is not ours. */
function refuseForeignDirectory(directory: string): void {
  if (!existsSync(directory)) return;
  const versionFile = path.join(directory, 'PG_VERSION');
  if (!existsSync(versionFile)) {
    if (readdirSync(directory).length === 0) {
      rmSync(directory, { recursive: true });
      return;
    }
    throw new Error(`${directory} is not a PostgreSQL data directory: move it away, or run npm run reset`);
  }
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== POSTGRES_MAJOR) {
    throw new Error(
      `${directory} was made by PostgreSQL ${version} and this is PostgreSQL ${POSTGRES_MAJOR}: move it away, or run npm run reset`,
    );
  }
}

function readOrMakePassword(dataFolder: string, rights: Unprivileged): string {
  const file = path.join(dataFolder, 'postgres-password');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 });
    if (rights.owner) chownSync(file, rights.owner.uid, rights.owner.gid);
  }
  return readFileSync(file, 'utf8').trim();
}

async function makeDirectory(
  directory: string,
  options: PostgresOptions,
  binaries: PostgresBinaries,
  rights: Unprivileged,
): Promise<void> {
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (rights.owner) chownSync(unfinished, rights.owner.uid, rights.owner.gid);
  const { command, args } = rights.wrap(binaries.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${USER}`,
    `--pwfile=${path.join(options.dataFolder, 'postgres-password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(options.durable ? [] : ['--no-sync']),
  ]);
  try {
    await run(command, args, { cwd: '/', ...rights.account });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`initdb failed in ${directory}: ${(stderr || message).trim().split('\n').at(-1)}`);
  }
  renameSync(unfinished, directory);
}

/**
 * PostgreSQL survives the death of whoever started it, with the lock on its directory. Ends such a server, and
 * removes a lock whose pid belongs to another program by now, which PostgreSQL itself would take for a living one.
 */
async function endOrphan(directory: string): Promise<void> {
  const lockFile = path.join(directory, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const identity = identityOf(Number(readFileSync(lockFile, 'utf8').split('\n')[0]));
  if (identity && commandLineOf(identity.pid).includes(directory)) {
    await endProcess(identity, 'SIGINT', STOPPING_MS);
  }
  rmSync(lockFile, { force: true });
}

async function startWithRetries(
  directory: string,
  options: PostgresOptions,
  binaries: PostgresBinaries,
  rights: Unprivileged,
  password: string,
): Promise<DetachedProcess> {
  const giveUpAt = Date.now() + RETRYING_MS;
  for (;;) {
    const server = spawnPostgres(directory, options, binaries, rights);
    options.onSpawn(server.identity);
    if (await answers(server, urlOf(options.port, password, 'postgres'))) return server;
    await stop(server);
    if (Date.now() > giveUpAt) throw new Error(whyItFailed(directory, options.dataFolder));
    await sleep(300);
  }
}

function spawnPostgres(
  directory: string,
  options: PostgresOptions,
  binaries: PostgresBinaries,
  rights: Unprivileged,
): DetachedProcess {
  const settings = [
    `port=${options.port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    ...(options.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const wrapped = rights.wrap(binaries.postgres, [
    '-D',
    directory,
    ...settings.flatMap((entry) => ['-c', entry]),
  ]);
  return spawnDetached({
    ...wrapped,
    environment: { ...process.env, LC_MESSAGES: 'C', PGDATA: undefined },
    workingFolder: '/',
    logFile: path.join(options.dataFolder, 'postgres.log'),
    account: rights.account,
  });
}

/** Whether the server answers a query before it ends. While it recovers from a crash it refuses, and we wait. */
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

function whyItFailed(directory: string, dataFolder: string): string {
  const logFile = path.join(dataFolder, 'postgres.log');
  const lines = lastLines(logFile, 40).split('\n');
  const cause =
    lines.filter((line) => /FATAL|PANIC|could not|not found|denied/.test(line)).at(-1) ?? lines.at(-1);
  return `PostgreSQL does not start on ${directory}: ${cause?.trim()} (${logFile}; npm run reset begins anew and loses the data)`;
}
