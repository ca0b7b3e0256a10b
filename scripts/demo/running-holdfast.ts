import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../src/main/project-root';
import { readOrMakeAdminKey } from '../../tools/local/admin-key';
import { loadDemoData } from '../../tools/local/demo-data';
import { localDatabaseUrl } from '../../tools/local/local-database';
import { readLocalSettings } from '../../tools/local/local-settings';
import { findChild } from '../../tools/processes/run-lock';

/** A local Holdfast that `npm start` runs: the demo may call, damage and kill it. */
export interface RunningHoldfast {
  readonly apiUrl: string;
  /** Undefined where the Temporal is another one, whose Web UI is not known. */
  readonly webUiUrl: string | undefined;
  readonly adminKey: string;
  readonly databaseUrl: string;
  /** The simulator of third parties. */
  readonly simulatorUrl: string;
  /** Kills the process that serves HTTP and runs the sagas, without a warning. Its supervisor starts another one. */
  killServer(): void;
  untilReady(): Promise<void>;
  /** Ends a Holdfast that the demo started; a Holdfast that ran before keeps running. */
  leave(): Promise<void>;
}

const READY_MS = 10 * 60_000;

/** Finds the Holdfast of `npm start`, or starts one with the same settings. */
export async function findOrStart(report: (line: string) => void): Promise<RunningHoldfast> {
  const settings = readLocalSettings();
  const { host, port, temporalUiPort, simulatorPort, dataFolder } = settings;
  const apiUrl = `http://${host}:${port}`;
  const untilReady = () => untilReadyAt(apiUrl);
  let started: ChildProcess | undefined;
  if (!(await isReady(apiUrl))) {
    report('Holdfast is not running: starting it for the demo ...');
    started = spawn(
      process.execPath,
      ['--import', 'tsx', path.join(projectRoot(), 'tools', 'local', 'start.ts')],
      {
        cwd: projectRoot(),
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    const ended = new Promise<never>((_, reject) => {
      started?.once('exit', () => reject(new Error('Holdfast did not start: its last lines say why')));
    });
    await Promise.race([untilReady(), ended]);
  }
  const adminKey = settings.adminKey ?? readOrMakeAdminKey(dataFolder);
  // The stories need its nodes and sources, and Holdfast may have been started without them.
  await loadDemoData(apiUrl, adminKey);
  return {
    apiUrl,
    webUiUrl: settings.temporalAddress ? undefined : `http://127.0.0.1:${temporalUiPort}`,
    adminKey,
    databaseUrl: localDatabaseUrl(settings),
    simulatorUrl: `http://127.0.0.1:${simulatorPort}`,
    killServer() {
      const server = findChild(dataFolder, 'server');
      if (!server) throw new Error('the server process was not found');
      process.kill(server.pid, 'SIGKILL');
    },
    untilReady,
    async leave() {
      if (!started) return;
      const ended = new Promise((resolve) => started.once('exit', resolve));
      started.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilReadyAt(apiUrl: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(200)) {
    if (await isReady(apiUrl)) return;
  }
  throw new Error(`nothing is ready at ${apiUrl}`);
}

function isReady(apiUrl: string): Promise<boolean> {
  return fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
