import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

declare global {
  /** Passed from the global setup to the global teardown, which run in one process. */
  var holdfastTestServers: ChildProcess | undefined;
}

/** Starts one PostgreSQL and one Temporal server for the whole run and passes their addresses to the tests. */
export default async function startTestServers(): Promise<void> {
  const servers = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'test-servers.ts')], {
    // A Ctrl-C in the terminal must not reach the servers: they stop in order by themselves once jest has ended.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: path.resolve(__dirname, '..', '..'),
  });
  globalThis.holdfastTestServers = servers;
  const [line] = await Promise.race([firstLine(servers), exitOf(servers)]);
  if (line === undefined) throw new Error('the servers for the tests did not start: see above');
  Object.assign(process.env, JSON.parse(line));
}

async function firstLine(servers: ChildProcess): Promise<string[]> {
  if (servers.stdout === null) return [];
  return new Promise((resolve) => {
    createInterface({ input: servers.stdout as NodeJS.ReadableStream }).once('line', (line) =>
      resolve([line]),
    );
  });
}

function exitOf(servers: ChildProcess): Promise<string[]> {
  return new Promise((resolve) => servers.once('exit', () => resolve([])));
}
