import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  /** The file that its output is appended to. A pipe would break when this process is killed. */
  readonly logFile: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Resolves with the way it ended, such as `exit code 1` or `SIGKILL`; never rejects. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
}

const POLL_MS = 20;

/**
 * Starts a process in its own session. Ctrl-C in the terminal then does not reach it, and the supervisor controls the
 * order of the stop.
 * @throws Error when the program cannot run
 */
export function spawnDetached(options: DetachedCommand): DetachedProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    detached: true,
    cwd: options.workingFolder,
    env: options.environment,
    stdio: ['ignore', log, log],
    ...options.account,
  });
  closeSync(log);
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).finally(() => {
    over = true;
  });
  if (child.pid === undefined) throw new Error(`${options.command} could not be run`);
  const identity = identityOf(child.pid) ?? { pid: child.pid, startedAt: 'already ended' };
  return { identity, ended, hasEnded: () => over };
}

/**
 * Sends a signal to a process, and kills its process group when it has not ended after `graceMs`. Waits for its end.
 * @returns true when the process ended without the kill
 */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<boolean> {
  if (!isRunning(identity)) return true;
  sendSignal(identity.pid, signal);
  if (await isGoneWithin(identity, graceMs)) return true;
  killGroup(identity);
  await isGoneWithin(identity, 5_000);
  return false;
}

/** Kills a process and its process group. Does nothing when the process has ended. */
export function killGroup(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return;
  sendSignal(-identity.pid, 'SIGKILL');
  sendSignal(identity.pid, 'SIGKILL');
}

/** Returns the last lines of a log file, for an error message; empty when the file is unreadable. */
export function lastLines(logFile: string, count: number): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

async function isGoneWithin(identity: ProcessIdentity, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isRunning(identity)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
