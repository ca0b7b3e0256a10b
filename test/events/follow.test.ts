import { setTimeout as sleep } from 'node:timers/promises';
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Projection, Subscription } from '../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../src/stores/log/event-rows';
import { openStores, type Stores } from '../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { caughtUp, Relays } from './following';
import { LogWriter } from './log-writers';

let database: TestDatabase;
let stores: Stores;
let others: Stores;
let writer: LogWriter;
let relays: Relays;

beforeEach(async () => {
  database = await createTestDatabase();
  const urls = { orders: database.url, inventory: database.url, credit: database.url };
  stores = openStores(urls, 3);
  others = openStores(urls, 3);
  writer = await LogWriter.connect(database.url);
  relays = new Relays();
  await writer.query('CREATE TABLE seen (number bigserial, stream text, version int)');
});

afterEach(async () => {
  await relays.stop();
  await writer.end();
  await Promise.all([stores.close(), others.close()]);
  await database.drop();
});

const NAME = 'seen';

/** Returns a subscription that notes its events and fails for those of one stream. */
function note(poison?: string, revision = 1): Subscription {
  const handler: Projection = {
    kind: 'projection',
    async apply(session, events) {
      for (const { stream, version } of events) {
        await session.$executeRaw`INSERT INTO seen (stream, version) VALUES (${stream}, ${version})`;
        if (stream === poison) throw new TypeError(`${stream} cannot be understood`);
      }
    },
    async clear(session) {
      await session.$executeRaw`DELETE FROM seen`;
    },
  };
  return { name: NAME, log: 'inventory', revision, types: ['test.happened.v1'], handler };
}

const seen = () =>
  writer
    .query<{ entry: string }>(`SELECT stream || ' ' || version AS entry FROM seen ORDER BY number`)
    .then((rows) => rows.map(({ entry }) => entry));

async function append(count: number, stream = 'a'): Promise<void> {
  for (let n = 0; n < count; n++) await writer.append(stream);
}

test('two relays beside each other handle every event once', async () => {
  await append(50);
  relays.start(stores, note());
  relays.start(others, note());
  await append(50);
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(Array.from({ length: 100 }, (_, index) => `a ${index + 1}`));
  expect(relays.errors).toEqual([]);
});

test('a relay that is gone in the middle of a batch of a projection leaves it to the next', async () => {
  await append(3);
  const stuck: Subscription = {
    ...note(),
    handler: {
      kind: 'projection',
      apply: () => new Promise<never>(() => undefined),
      clear: async () => undefined,
    },
  };
  relays.start(others, stuck);
  const begun = async () =>
    (
      await writer.query<{ pid: number }>(
        `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
    )[0];
  let holder = await begun();
  while (!holder) holder = await begun();
  relays.start(stores, note());
  await writer.query(`SELECT pg_terminate_backend(${holder.pid})`);
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(['a 1', 'a 2', 'a 3']);
});

test('an event nobody can handle is parked, and the rest goes on', async () => {
  await append(5, 'good');
  await append(1, 'bad');
  await append(5, 'good');
  relays.start(stores, note('bad'));
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(Array.from({ length: 10 }, (_, index) => `good ${index + 1}`));
  const [status] = await stores.subscriptions.inventory.list();
  expect(status?.failure).toBeNull();
  expect(status?.parked).toEqual([
    expect.objectContaining({ stream: 'bad', type: 'test.happened.v1', failure: 'bad cannot be understood' }),
  ]);
  expect(relays.errors.map(String)).toEqual([expect.stringMatching(/is parked/)]);
});

test('an event whose rows cannot be written is parked, too, though they are written with the checkpoint', async () => {
  await append(3, 'good');
  await append(1, 'bad');
  await append(3, 'good');
  const saving: Projection = {
    kind: 'projection',
    async apply(session, events) {
      for (const { stream, version } of events) {
        const text = stream === 'bad' ? 'no number' : `${version}`;
        session.save(sql`INSERT INTO seen (stream, version) VALUES (${stream}, ${text}::text::int)`);
      }
    },
    clear: async () => undefined,
  };
  relays.start(stores, { ...note(), handler: saving });
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(Array.from({ length: 6 }, (_, index) => `good ${index + 1}`));
  const [status] = await stores.subscriptions.inventory.list();
  expect(status?.parked).toEqual([
    expect.objectContaining({ stream: 'bad', failure: expect.stringMatching(/invalid input syntax/) }),
  ]);
});

test('a database that fails is no fault of the events', async () => {
  let failures = 5;
  const shaky: Subscription = {
    ...note(),
    handler: {
      kind: 'reaction',
      async react() {
        if (--failures >= 0) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
      },
    },
  };
  await append(1);
  relays.start(stores, shaky);
  await caughtUp(stores, NAME);
  expect(relays.errors).toHaveLength(5);
  expect((await stores.subscriptions.inventory.list())[0]?.parked).toEqual([]);
});

test('what is there to read is told by whether anybody wants it', async () => {
  const unread = () => stores.subscriptions.inventory.unread(NAME, note().types);
  await stores.subscriptions.inventory.register({ name: NAME, kind: 'projection', revision: 1 });
  expect(await unread()).toBe('nothing');
  await writer.append('other', 'test.unwanted.v1');
  expect(await unread()).toBe('unwanted');
  await append(1);
  expect(await unread()).toBe('wanted');
  relays.start(stores, note());
  await caughtUp(stores, NAME);
  expect(await unread()).toBe('nothing');
  await stores.subscriptions.inventory.restart(NAME, 'start', { caller: 'tester' });
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(['a 1']);
});

test('events that nobody wants are passed together: four turns a second, however many come', async () => {
  await writer.query(`CREATE TABLE moved (at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO moved DEFAULT VALUES; RETURN NULL; END';
    CREATE TRIGGER note_move AFTER UPDATE ON subscription FOR EACH ROW EXECUTE FUNCTION note_move()`);
  const begun = performance.now();
  relays.start(stores, note());
  await append(1);
  while (performance.now() < begun + 1_200) await writer.append('other', 'test.unwanted.v1');
  await caughtUp(stores, NAME);
  const seconds = (performance.now() - begun) / 1_000;
  const [{ moves } = { moves: 0 }] = await writer.query<{ moves: number }>(
    'SELECT count(*)::int AS moves FROM moved',
  );
  expect(moves).toBeGreaterThan(0);
  // One read at the start, and one for the wanted event.
  expect(moves).toBeLessThanOrEqual(4 * seconds + 2);
});

test('it begins again where it is told to', async () => {
  await append(3);
  relays.start(stores, note('a'));
  await caughtUp(stores, NAME);
  expect((await stores.subscriptions.inventory.list())[0]?.parked).toHaveLength(3);
  await relays.stop();
  relays.start(stores, note());
  await stores.subscriptions.inventory.restart(NAME, 'start', { caller: 'tester' });
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(['a 1', 'a 2', 'a 3']);
  expect((await stores.subscriptions.inventory.list())[0]?.parked).toEqual([]);
  expect(await stores.subscriptions.inventory.restart('nobody', 'start', { caller: 'tester' })).toBe(false);
});

/** Returns a subscription that adds its events to a list. */
function tellTo(told: PositionedEvent[]): Subscription {
  const react = async (events: readonly PositionedEvent[]) => {
    told.push(...events);
  };
  return { ...note(), handler: { kind: 'reaction', react } };
}

describe('a subscription is removed', () => {
  const by = { caller: 'tester' };
  const remove = (name = NAME) => stores.subscriptions.inventory.remove(name, by);

  test('with its parked events, when no relay has run it for half a minute', async () => {
    const told: PositionedEvent[] = [];
    await append(3);
    relays.start(stores, tellTo(told));
    await caughtUp(stores, NAME);
    expect(await remove()).toBe('running');
    await relays.stop();
    expect(await remove()).toBe('running');
    for (const moment of ['moved_at', 'failed_at', 'leased_until']) {
      await writer.query(`UPDATE subscription SET moved_at = now() - interval '1 hour', failed_at = NULL, leased_until = NULL;
        UPDATE subscription SET ${moment} = now() - interval '29 seconds'`);
      expect([moment, await remove()]).toEqual([moment, 'running']);
    }
    await writer.query(`UPDATE subscription SET moved_at = now() - interval '31 seconds',
      failed_at = now() - interval '31 seconds', leased_until = now() - interval '31 seconds'`);
    for (const name of [NAME, 'another'])
      await writer.query(`INSERT INTO parked_event (subscription, position, event_id, stream, type, failure)
        VALUES ('${name}', 1, gen_random_uuid(), 'a', 'test.happened.v1', 'played')`);
    expect(await remove()).toBe('removed');
    expect(await stores.subscriptions.inventory.list()).toEqual([]);
    expect(await writer.query('SELECT subscription FROM parked_event')).toEqual([
      { subscription: 'another' },
    ]);
    expect(await remove()).toBe('unknown');
  });

  test('unless it is a projection', async () => {
    await stores.subscriptions.inventory.register({ name: NAME, kind: 'projection', revision: 1 });
    await writer.query(`UPDATE subscription SET moved_at = now() - interval '1 hour'`);
    expect(await remove()).toBe('projection');
    expect(await stores.subscriptions.inventory.list()).toHaveLength(1);
  });

  test('and begins at the start when a relay runs it after all', async () => {
    const told: PositionedEvent[] = [];
    await append(3);
    relays.start(stores, tellTo(told));
    await caughtUp(stores, NAME);
    await writer.query('DELETE FROM subscription');
    await append(1);
    await caughtUp(stores, NAME);
    expect(told.map(({ version }) => version)).toEqual([1, 2, 3, 1, 2, 3, 4]);
  });
});

test('from a moment on, everything recorded since then comes again', async () => {
  const told: PositionedEvent[] = [];
  // Events from an hour ago and from now: the log refuses changes, but accepts inserts with other times.
  await writer.query(`INSERT INTO event (stream, key, version, type, data, occurred_at, recorded_at, causation, correlation)
    SELECT 'old', '{}', v, 'test.happened.v1', '{}', now(), now() - interval '1 hour' + make_interval(secs => v), 'c', 'c'
    FROM generate_series(1, 300) AS v`);
  await append(7, 'new');
  relays.start(stores, tellTo(told));
  await caughtUp(stores, NAME);
  expect(told).toHaveLength(307);
  const moment = told.at(290)?.recordedAt ?? '';
  told.length = 0;
  await stores.subscriptions.inventory.restart(NAME, moment, { caller: 'tester' });
  await caughtUp(stores, NAME);
  const versions = told.map(({ stream, version }) => `${stream} ${version}`);
  expect(versions.slice(-17)).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `old ${291 + index}`),
    ...Array.from({ length: 7 }, (_, index) => `new ${index + 1}`),
  ]);
  expect(told.length).toBeLessThan(40);
});

test('a newer version of a handler reads the log again, and an older one beside it keeps away', async () => {
  await append(3);
  relays.start(stores, note());
  await caughtUp(stores, NAME);
  await writer.query('UPDATE seen SET version = -version');
  relays.start(others, note(undefined, 2));
  while ((await stores.subscriptions.inventory.list())[0]?.revision !== 2) await sleep(5);
  await caughtUp(stores, NAME);
  expect(await seen()).toEqual(['a 1', 'a 2', 'a 3']);
  await append(2);
  await caughtUp(stores, NAME);
  expect(await seen()).toHaveLength(5);
  expect(relays.errors).toEqual([]);
});
