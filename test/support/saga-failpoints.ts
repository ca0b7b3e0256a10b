import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BookingParties } from '../../src/providers/booking-parties';
import type { SagaFixture } from './saga-fixture';

/** Where a worker dies: the first time this step reaches the moment before, or after, its transaction commits or a third party is called. */
export interface Failpoint {
  readonly step: string;
  readonly moment: 'before' | 'after';
  /** Of the calls to third parties in the step, the one that is meant; without it the first is. */
  readonly call?: keyof BookingParties;
  /** The commands of the saga that is meant; without them any saga is. */
  readonly among?: readonly string[];
}

export interface FailpointWorker {
  /**
   * Takes up work, or goes on with it: to die once all of these failpoints have been reached, or without any to live.
   * @throws where it has died meanwhile, of those that it had before
   */
  work(...failpoints: readonly Failpoint[]): Promise<void>;
  /** The failpoints that it has still to reach. */
  ahead(): readonly Failpoint[];
  /** The signal it died of; null where it ended by itself. */
  readonly death: Promise<string | null>;
  end(): Promise<void>;
}

const WORKER = path.join(__dirname, 'saga-failpoint-worker.ts');

/** A worker process, started and connected, that does not work yet: the next one is got ready while one runs. */
export async function readyWorker({ settings }: SagaFixture): Promise<FailpointWorker> {
  const { stores, taskQueue, partnersUrl, deadlines } = settings;
  const child = fork(WORKER, [stores.orders, taskQueue, partnersUrl, JSON.stringify(deadlines)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const death = once(child, 'exit').then(([, signal]) => signal as string | null);
  await untilSaid(child, 'ready', death);
  let ahead: readonly Failpoint[] = [];
  child.on('message', (message: { ahead?: readonly Failpoint[] }) => {
    if (message.ahead) ahead = message.ahead;
  });
  return {
    death,
    async work(...failpoints) {
      ahead = failpoints;
      // One that has ended hears nothing: its death says so.
      child.send(failpoints, () => undefined);
      await untilSaid(child, 'working', death);
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
  if (!hasSaid) throw new Error(`a worker process has ended before it was ${wanted}`);
}
