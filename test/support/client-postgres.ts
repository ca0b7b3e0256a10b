import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unprivileged } from '../../tools/postgres/postgres-account';
import { endProcess, spawnDetached } from '../../tools/processes/detached-process';
import { findFreePorts } from '../../tools/processes/ports';
import { eventually } from './saga-fixture';
import { withServer } from './test-database';

const NEEDED = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'createdb'];

/**
 * Finds a PostgreSQL with its client programs. The one that npm installs has none, and `pg_dump` refuses a server that is
 * newer than itself.
 * @returns the folder of the programs; undefined when there is none
 */
export function findClientPostgres(): string | undefined {
  const { stdout, status } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const newest = spawnSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1'], {
    encoding: 'utf8',
  });
  const folders = [...(status === 0 ? [stdout.trim()] : []), newest.stdout.trim()];
  return folders.find((folder) => NEEDED.every((program) => existsSync(path.join(folder, program))));
}

/** Starts an empty PostgreSQL of the programs in a folder. */
export async function startClientPostgres(programs: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-client-postgres-'));
  const directory = path.join(folder, 'data');
  const [port = 0] = await findFreePorts(1);
  const server = path.join(programs, 'postgres');
  const rights = unprivileged(directory, server);
  mkdirSync(directory, { mode: 0o700 });
  if (rights.owner) for (const one of [folder, directory]) chownSync(one, rights.owner.uid, rights.owner.gid);
  const made = rights.wrap(path.join(programs, 'initdb'), [
    ...[
      `--pgdata=${directory}`,
      '--username=holdfast',
      '--auth=trust',
      '--locale=C',
      '--encoding=UTF8',
      '--no-sync',
    ],
  ]);
  execFileSync(made.command, [...made.args], { cwd: '/', stdio: 'pipe', ...rights.account });
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
  const running = spawnDetached({
    ...rights.wrap(server, ['-D', directory, ...settings.flatMap((one) => ['-c', one])]),
    environment: process.env,
    workingFolder: '/',
    logFile: path.join(tmpdir(), `${path.basename(folder)}.log`),
    account: rights.account,
  });
  const url = `postgresql://holdfast@127.0.0.1:${port}/postgres`;
  await eventually(() => withServer(url, (client) => client.query('SELECT 1')));
  return {
    url,
    async stop() {
      await endProcess(running.identity, 'SIGINT', 20_000);
      rmSync(folder, { recursive: true, force: true });
      rmSync(path.join(tmpdir(), `${path.basename(folder)}.log`), { force: true });
    },
  };
}
