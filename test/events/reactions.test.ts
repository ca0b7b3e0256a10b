import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneByOne } from '../../src/events/subscriptions/one-by-one';
import { Unavailable } from '../../src/events/subscriptions/outage';
import type { Reaction, Subscription } from '../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../src/stores/log/event-rows';
import { openStores, type Stores } from '../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { caughtUpWith, Relays } from './following';
import { LogWriter } from './log-writers';

const PROCESS = path.join(__dirname, 'reacting-process.ts');
const NAME = 'heard';

let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
let relays: Relays;
let heard: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  writer = await LogWriter.connect(database.url, 'orders');
  relays = new Relays();
  heard = [];
});

afterEach(async () => {
  await relays.stop();
  await writer.end();
  await stores.close();
  await database.drop();
});

const named = ({ stream, version }: PositionedEvent) => `${stream} ${version}`;

function reaction(react: Reaction['react']): Subscription {
  return { name: NAME, log: 'orders', revision: 1, types: null, handler: { kind: 'reaction', react } };
}

/** Handles events one by one; `meets` may delay or fail each of them. */
function hearing(meets: (event: PositionedEvent) => void | Promise<void>): Subscription {
  return reaction((events, signal) =>
    oneByOne(events, signal, async (event) => {
      await meets(event);
      heard.push(named(event));
    }),
  );
}

const caughtUp = () => caughtUpWith(stores.subscriptions.orders, NAME);

async function status() {
  const [found] = await stores.subscriptions.orders.list();
  if (!found) throw new Error('the subscription is not registered');
  return found;
}

async function append(count: number, stream = 'a'): Promise<void> {
  for (let n = 0; n < count; n++) await writer.append(stream);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}

function expectedOf(count: number, stream = 'a'): string[] {
  return Array.from({ length: count }, (_, index) => `${stream} ${index + 1}`);
}

test('one relay of several runs a reaction, and each event reaches it once', async () => {
  const owners = new Set<string>();
  for (const owner of ['first', 'second', 'third']) {
    const heardBy = reaction(async (events) => {
      owners.add(owner);
      heard.push(...events.map(named));
    });
    relays.start(stores, heardBy, owner);
  }
  await append(60);
  await caughtUp();
  expect(heard).toEqual(expectedOf(60));
  expect(owners.size).toBe(1);
});

test.each(['orders', 'inventory', 'credit'] as const)('the log of %s can be followed', async (log) => {
  const other = await LogWriter.connect(database.url, log);
  await other.append('a');
  relays.start(stores, { ...hearing(() => undefined), log });
  await caughtUpWith(stores.subscriptions[log], NAME);
  expect(heard).toEqual(['a 1']);
  await other.end();
});

test('no transaction is open while a reaction runs', async () => {
  let open: object[] | undefined;
  await append(1);
  relays.start(
    stores,
    hearing(async () => {
      // Idle transactions only: a test that reads the relay's progress runs single statements, which are transactions
      // too.
      open = await writer.query(`SELECT query FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'`);
    }),
  );
  await caughtUp();
  expect(open).toEqual([]);
});

test('a relay takes over from one that is killed in the middle of a reaction, within five seconds', async () => {
  await append(2);
  const killed = fork(PROCESS, [database.url, NAME, 'hangs'], { execArgv: ['--import', 'tsx'] });
  await once(killed, 'message');
  relays.start(
    stores,
    hearing(() => undefined),
  );
  killed.kill('SIGKILL');
  const killedAt = performance.now();
  await until(() => heard.length > 0);
  expect(performance.now() - killedAt).toBeLessThan(5_000);
  await caughtUp();
  expect(heard).toEqual(['a 1', 'a 2']);
});

test('a relay takes over at once from one that was stopped', async () => {
  await append(1);
  relays.start(
    stores,
    hearing(() => undefined),
  );
  await caughtUp();
  await relays.stop();
  relays.start(
    stores,
    hearing(() => undefined),
    'next',
  );
  await append(1);
  await until(() => heard.length === 2);
  const [{ owner } = { owner: null }] = await writer.query<{ owner: string | null }>(
    'SELECT owner FROM subscription',
  );
  expect(owner).toBe('next');
});

test('a relay that has lost its lease is told, and moves no checkpoint', async () => {
  await append(1);
  let reason: unknown;
  const slow = reaction(async (_, signal) => {
    if (reason !== undefined) return;
    await writer.query(`UPDATE subscription SET owner = 'another'`);
    await once(signal, 'abort');
    reason = signal.reason;
    throw reason;
  });
  relays.start(stores, slow);
  await until(() => reason !== undefined);
  expect(String(reason)).toMatch(/another process has taken over/);
  expect((await status()).lagMs).toBeGreaterThan(0);
});

test('an event that fails is parked alone: those before it are not handled again, those after it go on', async () => {
  await append(3, 'good');
  await append(1, 'bad');
  await append(3, 'good');
  let attempts = 0;
  relays.start(
    stores,
    hearing(({ stream }) => {
      if (stream !== 'bad') return;
      attempts += 1;
      throw new TypeError('it cannot be understood');
    }),
  );
  await caughtUp();
  expect(heard).toEqual(expectedOf(6, 'good'));
  expect(attempts).toBe(3);
  expect(await status()).toMatchObject({
    parkedCount: 1,
    parked: [{ stream: 'bad', failure: 'it cannot be understood', retryAt: null }],
  });
});

test('an outage parks nothing, shows its cause, and ends with the handling of every event once', async () => {
  await append(5);
  let isDown = true;
  relays.start(
    stores,
    hearing(({ version }) => {
      if (isDown && version === 3) throw new Unavailable('the broker', new Error('connection refused'));
    }),
  );
  await until(() => relays.errors.length >= 4);
  expect(await status()).toMatchObject({
    failure: 'the broker is not available: connection refused',
    parkedCount: 0,
  });
  isDown = false;
  await caughtUp();
  expect(heard).toEqual(expectedOf(5));
  expect(await status()).toMatchObject({ failure: null, parkedCount: 0 });
});

describe('a parked event', () => {
  let isMended: boolean;
  const parked = async () => (await status()).parked[0]?.eventId ?? '';

  beforeEach(async () => {
    isMended = false;
    await append(1, 'bad');
    await append(1, 'good');
    relays.start(
      stores,
      hearing(({ stream }) => {
        if (stream === 'bad' && !isMended) throw new TypeError('not yet');
      }),
    );
    await caughtUp();
    expect(heard).toEqual(['good 1']);
  });

  const retry = async () =>
    stores.subscriptions.orders.parked.requestRetry(NAME, await parked(), { caller: 'ops' });

  test('is handled again on request, and is then no longer parked', async () => {
    isMended = true;
    expect(await retry()).toBe(true);
    await until(async () => (await status()).parkedCount === 0);
    expect(heard).toEqual(['good 1', 'bad 1']);
  });

  test('that fails again stays parked, with its new failure', async () => {
    expect(await retry()).toBe(true);
    await until(async () => (await status()).parked[0]?.retryAt === null);
    expect(await status()).toMatchObject({ parkedCount: 1, parked: [{ failure: 'not yet' }] });
    expect(heard).toEqual(['good 1']);
  });

  test('can be dropped with a note, and is then neither shown nor retried', async () => {
    const id = await parked();
    const { parked: events } = stores.subscriptions.orders;
    expect(await events.drop(NAME, id, 'told by phone', { caller: 'ops' })).toBe(true);
    expect(await status()).toMatchObject({ parkedCount: 0, parked: [] });
    expect(await events.requestRetry(NAME, id, { caller: 'ops' })).toBe(false);
    const drops = `SELECT caller, subject, detail FROM audit_log WHERE act = 'parked-event.drop'`;
    expect(await writer.query(drops)).toEqual([
      { caller: 'ops', subject: NAME, detail: { eventId: id, note: 'told by phone' } },
    ]);
  });

  test('stays parked after a reset to a later moment, and is handled anew after one to the start', async () => {
    await writer.query(`INSERT INTO event (stream, key, version, type, data, occurred_at, recorded_at, causation, correlation)
      VALUES ('late', '{}', 1, 'test.happened.v1', '{}', now(), now() + interval '1 hour', 'c', 'c')`);
    await caughtUp();
    await stores.subscriptions.orders.restart(NAME, new Date(Date.now() + 1_800_000).toISOString(), {
      caller: 'tester',
    });
    await caughtUp();
    expect(heard).toEqual(['good 1', 'late 1', 'late 1']);
    expect((await status()).parkedCount).toBe(1);
    isMended = true;
    await stores.subscriptions.orders.restart(NAME, 'start', { caller: 'tester' });
    await caughtUp();
    expect(heard.slice(3)).toEqual(['bad 1', 'good 1', 'late 1']);
    expect((await status()).parkedCount).toBe(0);
  });
});
