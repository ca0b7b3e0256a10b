import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { SagaFixture } from './saga-fixture';

/**
 * The point at which a process dies: before the commit of a step, with all of its work done, or after the commit,
 * before its answer arrives. A call that changes something at a third party counts as a commit, and so does a look-up.
 */
export interface Failpoint {
  /** The name of an activity; `record` for the record of a command in the API process. */
  readonly step: string;
  readonly moment: 'before' | 'after';
  /** The commands of the saga in question; undefined: any saga. */
  readonly among?: readonly string[];
}

export const RECORD = 'record';

export interface FailpointWorker {
  /**
   * Starts the work or continues it, and dies once all of these failpoints are reached; without any it lives.
   * @throws when it has died meanwhile at earlier failpoints
   */
  work(...failpoints: readonly Failpoint[]): Promise<void>;
  /** Submits a command to the process's own intake, as the API does. */
  give(command: NewCommand): void;
  /** Returns the failpoints that it has still to reach. */
  ahead(): readonly Failpoint[];
  /** The signal that ended it; null when it ended by itself. */
  readonly death: Promise<string | null>;
  end(): Promise<void>;
}

const PROCESS = path.join(__dirname, 'saga-failpoint-process.ts');

/**
 * Forks a connected process with an intake and workers that does not work yet, so that the next process is ready while
 * one runs.
 */
export async function readyWorker({ settings }: Pick<SagaFixture, 'settings'>): Promise<FailpointWorker> {
  const { stores, taskQueue, partnersUrl } = settings;
  const child = fork(PROCESS, [stores.orders, taskQueue, partnersUrl], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const death = once(child, 'exit').then(([, signal]) => signal as string | null);
  let ahead: readonly Failpoint[] = [];
  child.on('message', (message: { ahead?: readonly Failpoint[] }) => {
    if (message.ahead) ahead = message.ahead;
  });
  await untilSaid(child, 'ready', death);
  return {
    death,
    async work(...failpoints) {
      ahead = failpoints;
      // A process that has ended receives nothing; `death` reports its end.
      child.send({ failpoints }, () => undefined);
      await untilSaid(child, 'working', death);
    },
    give(command) {
      child.send({ command }, () => undefined);
    },
    ahead: () => ahead,
    async end() {
      child.kill('SIGKILL');
      await death;
    },
  };
}

/** Waits for one message of a process. Other messages list the failpoints ahead of it. */
async function untilSaid(child: ChildProcess, wanted: string, death: Promise<unknown>): Promise<void> {
  let hear: (message: unknown) => void = () => undefined;
  const said = new Promise<boolean>((resolve) => {
    hear = (message) => {
      if (message === wanted) resolve(true);
    };
  });
  child.on('message', hear);
  const hasSaid = await Promise.race([said, death.then(() => false)]);
  child.off('message', hear);
  if (!hasSaid) throw new Error(`a process has ended before it was ${wanted}`);
}
