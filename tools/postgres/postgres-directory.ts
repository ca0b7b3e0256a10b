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
import { promisify } from 'node:util';
import type { Unprivileged } from './postgres-account';
import { POSTGRES_MAJOR } from './postgres-binaries';

/** The user that owns everything in an embedded PostgreSQL. */
const POSTGRES_USER = 'holdfast';
export const DATABASE = 'holdfast';

const run = promisify(execFile);

export function postgresDirectory(dataFolder: string): string {
  return path.join(dataFolder, 'postgres');
}

/**
 * Refuses a directory that this PostgreSQL cannot use. Holdfast renames a directory into place only after initdb has
 * succeeded, so an incomplete directory is not Holdfast's.
 * @throws Error, one line, with the remedy
 */
export function refuseForeignDirectory(dataFolder: string): void {
  const directory = postgresDirectory(dataFolder);
  if (!existsSync(directory)) return;
  const mend = 'move it away, or run npm run reset, which loses the data';
  const versionFile = path.join(directory, 'PG_VERSION');
  if (!existsSync(versionFile)) {
    const what = readdirSync(directory).length === 0 ? 'is empty' : 'is not a PostgreSQL data directory';
    throw new Error(`${directory} ${what}: ${mend}`);
  }
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== POSTGRES_MAJOR) {
    throw new Error(
      `${directory} was made by PostgreSQL ${version}, but PostgreSQL ${POSTGRES_MAJOR} is installed: ${mend}`,
    );
  }
  if (!existsSync(passwordFile(dataFolder))) {
    throw new Error(
      `${passwordFile(dataFolder)} is missing, and ${directory} cannot be opened without it: ${mend}`,
    );
  }
}

/**
 * Creates an empty data directory with its own password.
 * @throws Error, one line, when initdb fails
 */
export async function makeDirectory(
  dataFolder: string,
  initdb: string,
  rights: Unprivileged,
  durable: boolean,
): Promise<void> {
  const directory = postgresDirectory(dataFolder);
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile(dataFolder), randomBytes(18).toString('hex'), { mode: 0o600 });
  if (rights.owner) {
    chownSync(unfinished, rights.owner.uid, rights.owner.gid);
    chownSync(passwordFile(dataFolder), rights.owner.uid, rights.owner.gid);
  }
  const { command, args } = rights.wrap(initdb, [
    ...[`--pgdata=${unfinished}`, `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile(dataFolder)}`],
    ...['--auth=scram-sha-256', '--encoding=UTF8'],
    // The same sort order on every machine, independent of its locales.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(durable ? [] : ['--no-sync']),
  ]);
  try {
    await run(command, args, { cwd: '/', ...rights.account });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error(`initdb failed on ${directory}: ${(stderr || message).trim().split('\n').at(-1)}`);
  }
  renameSync(unfinished, directory);
}

/**
 * Returns the URL of a database in this directory, as its owner.
 * @throws Error, one line, when there is no such directory yet
 */
export function databaseUrl(dataFolder: string, port: number, database = DATABASE): string {
  return `postgresql://${POSTGRES_USER}:${readPassword(dataFolder)}@127.0.0.1:${port}/${database}`;
}

/** Returns the password of the owner. @throws Error, one line, when there is no such directory yet */
export function readPassword(dataFolder: string): string {
  const file = passwordFile(dataFolder);
  if (!existsSync(file)) throw new Error(`${file} does not exist: run npm start once, or set DATABASE_URL`);
  return readFileSync(file, 'utf8').trim();
}

function passwordFile(dataFolder: string): string {
  return path.join(dataFolder, 'postgres-password');
}
