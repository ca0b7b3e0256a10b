import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { SagaFixture } from './saga-fixture';

/**
 * Where a process dies: just before a step commits, when all of it has been done, or just after, when nobody has heard of
 * it yet. A call that changes something at a third party counts as a commit, and so does one that looks something up.
 */
export interface Failpoint {
  /** The name of an activity; `record`: the record of a command in the process of the API. */
  readonly step: string;
  readonly moment: 'before' | 'after';
  /** The commands of the saga that is meant; without them any saga is. */
  readonly among?: readonly string[];
}

export const RECORD = 'record';

export interface FailpointWorker {
  /**
   * Takes up work, or goes on with it: to die once all of these failpoints have been reached, or without any to live.
   * @throws where it has died meanwhile, of those that it had before
   */
  work(...failpoints: readonly Failpoint[]): Promise<void>;
  /** Gives a command to the process's own intake, as the API does. */
  give(command: NewCommand): void;
  /** The failpoints that it has still to reach. */
  ahead(): readonly Failpoint[];
  /** The signal it died of; null where it ended by itself. */
  readonly death: Promise<string | null>;
  end(): Promise<void>;
}

const PROCESS = path.join(__dirname, 'saga-failpoint-process.ts');

/** A process with an intake and workers, connected, that does not work yet: the next one is got ready while one runs. */
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
      // One that has ended hears nothing: its death says so.
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

/** Says other things too: which failpoints are ahead of it. */
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
