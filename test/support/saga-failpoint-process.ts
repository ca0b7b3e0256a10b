import { AsyncLocalStorage } from 'node:async_hooks';
import type { Worker } from '@temporalio/worker';
import { createActivities, createPartyActivities } from '../../activities/activities';
import { partyQueueOf } from '../../src/contracts/saga';
import { openIntakes } from '../../src/main/roles/intakes';
import { openContext } from '../../src/main/roles/process-context';
import { stepDepsOf } from '../../src/main/roles/worker-role';
import type { BookingParties } from '../../src/providers/booking-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { StorePool } from '../../src/stores/postgres/store-pool';
import { openStores, type Stores } from '../../src/stores/stores';
import { createPartyWorker, createSagaWorker } from '../../src/temporal/saga-worker';
import { mannered } from './mannered-parties';
import { cachedBundle } from './saga-bundle';
import { type Failpoint, RECORD } from './saga-failpoints';
import { quietRuntime, settingsFor } from './saga-settings';

/**
 * A process with an intake and workers that kills itself at the failpoints it is armed with. It waits at each of them
 * until all have been reached, so that one death meets many sagas. It takes no task before it is armed.
 */
const pointsOfStep = new AsyncLocalStorage<readonly Failpoint[]>();
let armed: readonly Failpoint[] = [];
let ahead = new Set<Failpoint>();

/** Steps that commit in one statement, a query that writes. */
const WRITING_QUERIES = [RECORD, 'handOver'];
/** Steps that only look up at a third party. */
const LOOKING = ['lookUpAtParty', 'lookUpAtPartner'];

async function dieAt(moment: Failpoint['moment'], steps?: readonly string[]): Promise<void> {
  const isHere = (point: Failpoint) => point.moment === moment && (!steps || steps.includes(point.step));
  const points = pointsOfStep.getStore()?.filter(isHere) ?? [];
  if (points.length === 0) return;
  for (const point of points) ahead.delete(point);
  process.send?.({ ahead: [...ahead] });
  if (ahead.size === 0) process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

async function deadly<T>(commit: () => Promise<T>, steps?: readonly string[]): Promise<T> {
  await dieAt('before', steps);
  const answer = await commit();
  await dieAt('after', steps);
  return answer;
}

/** Adds the failpoints. Only test code has them, so production cannot be made to die. */
function withFailpoints(stores: Stores): Stores {
  for (const { pool } of [stores.orders, stores.inventory, stores.credit]) makeDeadly(pool);
  return stores;
}

function makeDeadly(pool: StorePool): void {
  const { step, $executeRaw, $queryRaw } = pool;
  const deadlyPool: Pick<StorePool, 'step' | '$executeRaw' | '$queryRaw'> = {
    async step(work) {
      const answer = await step.call(pool, async (session) => {
        const result = await work(session);
        await dieAt('before');
        return result;
      });
      await dieAt('after');
      return answer as never;
    },
    $executeRaw: (...asked) => deadly(() => $executeRaw.apply(pool, asked)),
    $queryRaw: (...asked) => deadly(() => $queryRaw.apply(pool, asked) as Promise<never>, WRITING_QUERIES),
  };
  Object.assign(pool, deadlyPool);
}

function deadlyParties(parties: BookingParties): BookingParties {
  return {
    book: (...asked) => deadly(() => parties.book(...asked)),
    lookUp: (...asked) => deadly(() => parties.lookUp(...asked), LOOKING),
    cancel: (...asked) => deadly(() => parties.cancel(...asked)),
    cancelReference: (...asked) => deadly(() => parties.cancelReference(...asked)),
    reduce: (...asked) => deadly(() => parties.reduce(...asked)),
  };
}

function named(activities: object): object {
  return Object.fromEntries(
    Object.entries(activities).map(([name, step]) => [
      name,
      (input: unknown) => pointsOfStep.run(pointsOf(name, input), () => step(input)),
    ]),
  );
}

function pointsOf(name: string, input: unknown): readonly Failpoint[] {
  const text = JSON.stringify(input);
  return armed.filter(({ step, among }) => step === name && (among?.some((id) => text.includes(id)) ?? true));
}

/** Each step that waits at a failpoint keeps a connection until the death. */
const CONNECTIONS = 24;

async function main(databaseUrl: string, taskQueue: string, partnersUrl: string): Promise<void> {
  quietRuntime();
  const settings = settingsFor(databaseUrl, taskQueue, partnersUrl);
  const opened = await openContext(settings, false);
  await opened.stores.close();
  const context = {
    ...opened,
    stores: withFailpoints(openStores(settings.stores, CONNECTIONS)),
    parties: deadlyParties(mannered(httpBookingParties(partnersUrl))),
  };
  // Opens connections before the race begins.
  await context.stores.ping();
  const intakes = openIntakes(context);
  const give = (command: NewCommand) =>
    pointsOfStep.run(pointsOf(RECORD, command), () => intakes[command.kind].submit(command as never));
  const deps = stepDepsOf(context);
  const shared = { temporal: context.temporal, version: undefined };
  const workers: readonly Worker[] = [
    await createSagaWorker({
      ...shared,
      taskQueue,
      activities: named(createActivities(deps)),
      bundle: await cachedBundle(),
    }),
    await createPartyWorker({
      ...shared,
      taskQueue: partyQueueOf(taskQueue),
      activities: named(createPartyActivities(deps)),
    }),
  ];
  process.on('message', ({ failpoints, command }: Told) => {
    if (command) void give(command);
    if (!failpoints) return;
    armed = failpoints;
    ahead = new Set(failpoints);
    for (const worker of workers) if (worker.getState() === 'INITIALIZED') worker.run().catch(failed);
    process.send?.('working');
  });
  process.send?.('ready');
}

interface Told {
  readonly failpoints?: readonly Failpoint[];
  readonly command?: NewCommand;
}

function failed(error: unknown): void {
  console.error(error);
  process.exit(1);
}

// A worker ends with its test run.
process.once('disconnect', () => process.exit(0));
const [databaseUrl = '', taskQueue = '', partnersUrl = ''] = process.argv.slice(2);
main(databaseUrl, taskQueue, partnersUrl).catch(failed);
