import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

export interface DetachedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  /** Everything it prints is appended here. A pipe to us would break the moment we are killed. */
  readonly logFile: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface DetachedProcess {
  readonly identity: ProcessIdentity;
  /** Settles with how it ended, such as `exit code 1` or `SIGKILL`; never rejects. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
}

const POLL_MS = 20;

/**
 * Starts a process in a session of its own, so that a terminal's Ctrl-C reaches only us and we choose the order in
 * which things stop.
 * @throws Error when the program cannot be run
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
 * Asks a process to end, and after the grace ends its whole process group the hard way. Returns when it is gone.
 * @returns whether it went by itself
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

/** Ends a process and everything in its group at once. Does nothing when it has ended already. */
export function killGroup(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return;
  sendSignal(-identity.pid, 'SIGKILL');
  sendSignal(identity.pid, 'SIGKILL');
}

/** The last lines of a log file, for an error message; empty when there is none. */
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
