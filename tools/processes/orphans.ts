import { endProcess } from './detached-process';
import { isRunning } from './process-identity';
import { CHILD_NAMES, type RunLock } from './run-lock';

const GRACE_MS = 10_000;

/**
 * Ends the processes that a killed run left running, in the order of an orderly stop. This run cannot reuse them:
 * pipes, keys and settings may have changed.
 */
export async function endOrphans(lock: RunLock, report: (line: string) => void): Promise<void> {
  for (const name of CHILD_NAMES) {
    for (const child of lock.children()) {
      if (child.name !== name || !isRunning(child.identity)) continue;
      report(`ending the ${name} that an earlier run left behind (process ${child.identity.pid})`);
      await endProcess(child.identity, name === 'server' ? 'SIGTERM' : 'SIGINT', GRACE_MS);
    }
  }
  lock.forgetEnded();
}
