import { AsyncLocalStorage } from 'node:async_hooks';
import { createActivities } from '../../activities/activities';
import type { Deadlines } from '../../src/domain/order/order';
import type { BookingParties } from '../../src/providers/booking-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { openStores, type Stores } from '../../src/stores/stores';
import { createSagaWorker } from '../../src/temporal/saga-worker';
import { connectTemporal } from '../../src/temporal/temporal-connection';
import { cachedBundle } from './saga-bundle';
import type { Failpoint } from './saga-failpoints';
import { quietRuntime, settingsFor } from './saga-settings';

/**
 * A worker process that kills itself where it is told to: just before a step's transaction commits, when all of it
 * has been done, or just after, when nobody has heard of it yet. Told of several places, it stays at each of them
 * until all have been reached, so that one death meets sagas everywhere. It works for no task before it is armed.
 */
const pointsOfStep = new AsyncLocalStorage<readonly Failpoint[]>();
let armed: readonly Failpoint[] = [];
let ahead = new Set<Failpoint>();

type Transaction = (work: (session: unknown) => Promise<unknown>, limits: unknown) => Promise<unknown>;

/** Only here: nothing in production can be told to die. */
function withFailpoints(stores: Stores): Stores {
  for (const store of [stores.orders, stores.trips, stores.inventory, stores.credit]) {
    const { client } = store;
    const transaction = client.$transaction.bind(client) as unknown as Transaction;
    const deadly: Transaction = async (work, limits) => {
      const answer = await transaction(async (session) => {
        const result = await work(session);
        await dieAt('before');
        return result;
      }, limits);
      await dieAt('after');
      return answer;
    };
    const watched = new Proxy(client, {
      get: (target, key) => (key === '$transaction' ? deadly : Reflect.get(target, key)),
    });
    Object.assign(store, { client: watched });
  }
  return stores;
}

function deadlyParties(partnersUrl: string): BookingParties {
  const call = async <Outcome>(
    name: Failpoint['call'],
    calling: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    await dieAt('before', name);
    const outcome = await calling();
    await dieAt('after', name);
    return outcome;
  };
  const parties = httpBookingParties(partnersUrl);
  return {
    book: (...asked) => call('book', () => parties.book(...asked)),
    lookUp: (...asked) => call('lookUp', () => parties.lookUp(...asked)),
    cancel: (...asked) => call('cancel', () => parties.cancel(...asked)),
    cancelReference: (...asked) => call('cancelReference', () => parties.cancelReference(...asked)),
    reduce: (...asked) => call('reduce', () => parties.reduce(...asked)),
  };
}

async function dieAt(moment: Failpoint['moment'], name?: Failpoint['call']): Promise<void> {
  const isHere = ({ moment: at, call = name }: Failpoint) => at === moment && call === name;
  const points = pointsOfStep.getStore()?.filter(isHere) ?? [];
  if (points.length === 0) return;
  for (const point of points) ahead.delete(point);
  process.send?.({ ahead: [...ahead] });
  if (ahead.size === 0) process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
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
  const { members = [] } = input as { members?: readonly { command: { commandId: string } }[] };
  return armed.filter(
    ({ step, among }) =>
      step === name && (!among || members.some(({ command }) => among.includes(command.commandId))),
  );
}

/** Every step at which it dies keeps a connection until then. */
const CONNECTIONS = 16;

async function main(
  databaseUrl: string,
  taskQueue: string,
  partnersUrl: string,
  deadlines: Deadlines,
): Promise<void> {
  quietRuntime();
  const settings = settingsFor(databaseUrl, taskQueue, partnersUrl);
  const stores = withFailpoints(openStores(settings.stores, CONNECTIONS));
  const temporal = await connectTemporal(settings.temporalAddress, settings.temporalNamespace);
  // Connections and the query compiler are warm before the race begins.
  await stores.ping();
  const worker = await createSagaWorker({
    connection: temporal.connection,
    namespace: temporal.namespace,
    taskQueue,
    activities: named(createActivities(deps)),
    bundle: await cachedBundle(),
    version: undefined,
  });
  process.on('message', (failpoints: readonly Failpoint[]) => {
    armed = failpoints;
    ahead = new Set(failpoints);
    if (worker.getState() === 'INITIALIZED') {
      worker.run().catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
    }
    process.send?.('working');
  });
  process.send?.('ready');
}

// A test run that is gone needs no worker.
process.once('disconnect', () => process.exit(0));
const [databaseUrl = '', taskQueue = '', partnersUrl = '', deadlines = ''] = process.argv.slice(2);
main(databaseUrl, taskQueue, partnersUrl, JSON.parse(deadlines)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
