import { chmodSync } from 'node:fs';
import { killGroup } from '../processes/detached-process';
import { endOrphans } from '../processes/orphans';
import { RunLock } from '../processes/run-lock';
import { listenForStop } from '../processes/stop-signals';
import { refuseTakenPorts } from './local-ports';
import { LocalRun } from './local-run';
import type { LocalSettings } from './local-settings';

const HARD_END_EXIT_CODE = 130;

/**
 * Runs Holdfast on this machine until a stop signal arrives or a part fails permanently.
 * @returns the exit code: 0 after an orderly stop
 */
export async function supervise(
  settings: LocalSettings,
  serverScript: string,
  report: (line: string) => void,
): Promise<number> {
  const lock = RunLock.take(settings.dataFolder);
  keepPrivate(settings.dataFolder);
  const signal = listenForStop(() => {
    for (const child of lock.children()) killGroup(child.identity);
    process.exit(HARD_END_EXIT_CODE);
  });
  await endOrphans(lock, report);
  await refuseTakenPorts(settings);
  const run = new LocalRun({ settings, lock, serverScript, report, signal });
  const failure = await failureOf(run, signal);
  if (failure !== undefined) report(failure);
  await run.stop();
  report('stopped');
  return failure === undefined ? 0 : 1;
}

/**
 * Keeps the data of orders and the keys from other users of this machine. Every file that this process and its servers make
 * from now on is readable by its owner only. A PostgreSQL that root starts runs as another user, who must pass through
 * the folder.
 */
function keepPrivate(folder: string): void {
  process.umask(0o077);
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
}

/** Runs until a stop or a failure. @returns the failure; undefined after a stop signal */
async function failureOf(run: LocalRun, signal: AbortSignal): Promise<string | undefined> {
  try {
    await run.start();
    return await Promise.race([run.broken(), untilAborted(signal)]);
  } catch (error) {
    if (signal.aborted) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
