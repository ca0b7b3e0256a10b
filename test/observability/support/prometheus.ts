import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePorts } from '../../../tools/processes/ports';
import { eventually } from '../../support/saga-fixture';

/** Returns the reason why a program cannot be run; undefined when it can. */
export function missing(program: string): string | undefined {
  try {
    execFileSync(program, ['--version'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A Prometheus server as a process. */
export interface Prometheus {
  /** Evaluates an expression now. @returns its series @throws Error with Prometheus's own message */
  query(expression: string): Promise<readonly object[]>;
  stop(): Promise<void>;
}

/** Starts Debian's Prometheus with a configuration. */
export async function startPrometheus(configuration: string): Promise<Prometheus> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-prometheus-'));
  const file = path.join(folder, 'prometheus.yml');
  writeFileSync(file, configuration);
  const [port = 0] = await findFreePorts(1);
  const flags = {
    'config.file': file,
    'storage.tsdb.path': path.join(folder, 'data'),
    'web.listen-address': `127.0.0.1:${port}`,
  };
  const server = spawn(
    'prometheus',
    Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/-/ready`)).status).toBe(200));
  return {
    async query(expression) {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { status, data, error } = (await answer.json()) as Answer;
      if (status !== 'success') throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    async stop() {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}

interface Answer {
  readonly status: string;
  readonly data: { readonly result: readonly object[] };
  readonly error?: string;
}
