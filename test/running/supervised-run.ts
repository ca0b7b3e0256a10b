import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../../tools/processes/process-identity';
import type { Child } from '../../tools/processes/run-lock';

/** Covers the start of the servers on a busy machine. */
const PRINTED_WITHIN_MS = 120_000;

/** A supervisor process as `npm start` runs it, with a stub for the server. */
export class SupervisedRun {
  output = '';
  private readonly process: ChildProcess;
  private readonly exit: Promise<number | NodeJS.Signals | null>;

  constructor(private readonly environment: Readonly<Record<string, string>>) {
    this.process = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'stub-start.ts')], {
      // The stub has no routes for demo data.
      env: {
        ...process.env,
        DATABASE_URL: '',
        TEMPORAL_ADDRESS: '',
        HOLDFAST_DEMO_DATA: '0',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.exit = new Promise((resolve) =>
      this.process.once('close', (code, signal) => resolve(code ?? signal)),
    );
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  ended(): Promise<number | NodeJS.Signals | null> {
    return this.exit;
  }

  /**
   * Waits until these words are printed. @throws Error with the output when they do not appear or the process ends
   * first
   */
  async untilPrinted(words: string): Promise<void> {
    const deadline = Date.now() + PRINTED_WITHIN_MS;
    while (!this.output.includes(words)) {
      if (this.process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`"${words}" was not printed, but:\n${this.output}`);
      }
      await sleep(30);
    }
  }

  async askServer(route = '/'): Promise<{ readonly pid: number; readonly databaseUrl: string }> {
    const response = await fetch(`http://127.0.0.1:${this.environment.HOLDFAST_PORT}${route}`);
    return (await response.json()) as { pid: number; databaseUrl: string };
  }

  /** The child processes in the lock on the data folder. */
  children(): readonly Child[] {
    const folder = this.environment.HOLDFAST_DATA ?? '';
    const file = readdirSync(folder).find((entry) => /^run-\d+\.json$/.test(entry)) ?? '';
    return JSON.parse(readFileSync(path.join(folder, file), 'utf8')).children;
  }
}

export function namesRunning(children: readonly Child[]): string[] {
  return children.filter((child) => isRunning(child.identity)).map((child) => child.name);
}
