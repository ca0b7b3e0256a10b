import { setTimeout as sleep } from 'node:timers/promises';
import { type EventFilter, readLog } from '../../src/stores/log/event-feed';
import { isSnapshot, LOG_START, type LogCursor } from '../../src/stores/log/log-cursor';
import { openStores, type Stores } from '../../src/stores/stores';
import { SeededRandom } from '../stores/seeded-random';
import { remembering } from '../support/asked-statements';
import { untilOlderTransactionsEnd } from '../support/older-transactions';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { LogWriter } from './log-writers';

const EVERYTHING: EventFilter = { types: null, stream: null };

let database: TestDatabase;
let stores: Stores;
let writers: LogWriter[];

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  writers = await Promise.all(Array.from({ length: 6 }, () => LogWriter.connect(database.url)));
});

afterEach(async () => {
  await Promise.all(writers.map((writer) => writer.end()));
  await stores.close();
  await database.drop();
});

/** A reader of the log, a page at a time. */
class Reader {
  cursor: LogCursor = LOG_START;
  readonly read: string[] = [];

  constructor(
    readonly filter = EVERYTHING,
    readonly limit = 100,
  ) {}

  async page(): Promise<boolean> {
    const page = await readLog(stores.inventory.client, this.cursor, this.filter, this.limit);
    this.read.push(...page.events.map(({ stream, version }) => `${stream} ${version}`));
    // A cursor must survive JSON: it has no other state.
    this.cursor = JSON.parse(JSON.stringify(page.next));
    return page.isLast;
  }

  async toTheEnd(): Promise<readonly string[]> {
    while (!(await this.page()));
    return this.read;
  }
}

const writer = (index: number): LogWriter => {
  const found = writers[index];
  if (!found) throw new Error(`no writer ${index}`);
  return found;
};

test('an event that commits late, with an earlier position and transaction, is not skipped', async () => {
  const reader = new Reader();
  const [late, early] = [writer(0), writer(1)];
  await late.begin();
  await late.append('late');
  await early.append('early');
  expect(await reader.toTheEnd()).toEqual(['early 1']);
  await late.commit();
  expect(await reader.toTheEnd()).toEqual(['early 1', 'late 1']);
  expect(await reader.toTheEnd()).toHaveLength(2);
});

test('what commits while a window is being read comes after it, once', async () => {
  const reader = new Reader(EVERYTHING, 1);
  const [late, early] = [writer(0), writer(1)];
  await late.begin();
  await late.append('late');
  await early.append('a');
  await early.append('b');
  await reader.page();
  await late.commit();
  await early.append('c');
  expect(await reader.toTheEnd()).toEqual(['a 1', 'b 1']);
  expect(await reader.toTheEnd()).toEqual(['a 1', 'b 1', 'late 1', 'c 1']);
});

test('what is rolled back is never read, and holds nobody up', async () => {
  const reader = new Reader();
  await writer(0).begin();
  await writer(0).append('gone');
  await writer(1).append('here');
  expect(await reader.toTheEnd()).toEqual(['here 1']);
  await writer(0).rollback();
  await writer(1).append('here');
  expect(await reader.toTheEnd()).toEqual(['here 1', 'here 2']);
});

/**
 * `second` has its number before `first` and appends to the stream after it; `bystander` has a number between theirs
 * and stays open. Ordered by transaction, or cut at the oldest open one, the second event would come before the first.
 */
test.each(['between the two', 'after both'])(
  'events of one stream keep their order whatever the numbers of their transactions (read %s)',
  async (moment) => {
    const reader = new Reader();
    const [first, second, bystander] = [writer(0), writer(1), writer(2)];
    await second.begin();
    await bystander.begin();
    await first.begin();
    await first.append('stock');
    await first.commit();
    if (moment === 'between the two') expect(await reader.toTheEnd()).toEqual(['stock 1']);
    await second.append('stock');
    await second.commit();
    expect(await reader.toTheEnd()).toEqual(['stock 1', 'stock 2']);
    await bystander.append('other');
    await bystander.commit();
    expect(await reader.toTheEnd()).toEqual(['stock 1', 'stock 2', 'other 1']);
  },
);

test(`readers beside busy writers meet every event once, in order per stream (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  let writing = true;
  let committed = 0;
  const write = async (own: LogWriter) => {
    for (let round = 0; round < 40; round++) {
      const streams = random
        .shuffled(['s1', 's2', 's3', 's4'])
        .slice(0, 1 + random.below(2))
        .sort();
      await own.begin();
      await sleep(random.below(8));
      for (const stream of streams) {
        await own.lock(stream);
        await own.append(stream);
      }
      await sleep(random.below(8));
      const isKept = random.below(10) > 0;
      await (isKept ? own.commit() : own.rollback());
      if (isKept) committed += streams.length;
    }
  };
  const readers = [1, 3, 50].map((limit) => new Reader(EVERYTHING, limit));
  const follow = async (reader: Reader) => {
    while (writing) await reader.page();
    await reader.toTheEnd();
    await reader.toTheEnd();
  };
  const written = Promise.all(writers.map(write)).finally(() => {
    writing = false;
  });
  await Promise.all([written, ...readers.map(follow)]);
  const logged = await writer(0).query<{ entry: string }>(
    `SELECT stream || ' ' || version AS entry FROM event ORDER BY stream, version`,
  );
  expect(logged).toHaveLength(committed);
  for (const { read } of readers) {
    for (const stream of ['s1', 's2', 's3', 's4']) {
      const own = (entry: string) => entry.startsWith(stream);
      expect(read.filter(own)).toEqual(logged.map(({ entry }) => entry).filter(own));
    }
  }
});

test('a filter leaves out the rest and still comes to the end', async () => {
  for (const stream of ['a', 'b', 'a', 'c']) await writer(0).append(stream);
  await writer(0).append('a', 'test.other.v1');
  const ofStream = new Reader({ types: null, stream: 'a' }, 2);
  expect(await ofStream.toTheEnd()).toEqual(['a 1', 'a 2', 'a 3']);
  const ofType = new Reader({ types: ['test.other.v1'], stream: null });
  expect(await ofType.toTheEnd()).toEqual(['a 3']);
  expect(ofType.cursor.window).toBeNull();
});

test('however long the log, to see what is new takes no look at what was read', async () => {
  const reader = new Reader(EVERYTHING, 10_000);
  await writer(0).query(`
    INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT 'old', '{}', v, 'test.happened.v1', '{}', now(), 'test', 'test' FROM generate_series(1, 30000) AS v`);
  await writer(0).query('ANALYZE event');
  await untilOlderTransactionsEnd(stores.inventory.client);
  await reader.toTheEnd();
  await writer(1).append('new');
  const { session, asked } = remembering(stores.inventory.client);
  const { events } = await readLog(session, reader.cursor, EVERYTHING, 100);
  expect(events).toHaveLength(1);
  expect(asked).toHaveLength(2);
  for (const statement of asked) expect(await writer(0).blocksRead(statement)).toBeLessThan(30);
});

test.each([
  ['1:1:', true],
  ['730:730:', true],
  ['730:740:730,735', true],
  ['9223372036854775807:9223372036854775807:', true],
  ['', false],
  ['0:1:', false],
  ['740:730:', false],
  ['730:740:729', false],
  ['730:740:740', false],
  ['730:740:736,735', false],
  ['9223372036854775808:9223372036854775808:', false],
  ["1:1:'", false],
])('%p is a snapshot: %p, and PostgreSQL agrees', async (text, is) => {
  expect(isSnapshot(text)).toBe(is);
  const read = stores.inventory.client.$queryRaw`SELECT ${text}::text::pg_snapshot::text AS text`;
  await (is ? expect(read).resolves.toEqual([{ text }]) : expect(read).rejects.toThrow());
});
