import { randomBytes } from 'node:crypto';
import { type EventFilter, readLog } from '../../src/stores/log/event-feed';
import { isSnapshot, LOG_START, type LogCursor } from '../../src/stores/log/log-cursor';
import { placeInLog } from '../../src/stores/log/log-place';
import { newsSince, readTimeline } from '../../src/stores/log/timeline-feed';
import { openStores, type Stores } from '../../src/stores/stores';
import { untilLockWait } from '../support/lock-waits';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { LogWriter } from './log-writers';

const EVERYTHING: EventFilter = { types: null, stream: null };
const BASE = 2n ** 48n;

let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
let late: LogWriter;

beforeEach(async () => {
  database = await createTestDatabase();
  stores = open();
  writer = await LogWriter.connect(database.url);
  late = await LogWriter.connect(database.url);
});

afterEach(async () => {
  await Promise.all([writer.end(), late.end(), stores.close()]);
  await database.drop();
});

function open(): Stores {
  return openStores({ orders: database.url, inventory: database.url, credit: database.url }, 2);
}

async function setBase(base: number): Promise<void> {
  await writer.query(
    `CREATE OR REPLACE FUNCTION log_base() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN ${base}`,
  );
}

/** Makes this server another one than the last of the log. */
async function setServer(): Promise<void> {
  await writer.query(
    `CREATE OR REPLACE FUNCTION log_server() RETURNS text LANGUAGE sql IMMUTABLE RETURN 'elsewhere/1'`,
  );
}

/** Opens the stores on a log as it arrives from a server that counted from 0, where `setBase` has played its counter. */
async function move(): Promise<void> {
  await stores.close();
  await setBase(0);
  await setServer();
  stores = open();
  await stores.ping();
}

async function readOn(cursor: LogCursor): Promise<{ read: string[]; cursor: LogCursor }> {
  const read: string[] = [];
  for (let next = cursor; ; ) {
    const page = await readLog(stores.inventory.client, next, EVERYTHING, 2);
    read.push(...page.events.map(({ stream, version }) => `${stream} ${version}`));
    next = page.next;
    if (page.isLast) return { read, cursor: next };
  }
}

async function append(streams: readonly string[]): Promise<void> {
  for (const stream of streams) await writer.append(stream);
}

test.each([1_000_000, 0])(
  'a reader continues on another server, whose transactions are behind by %i',
  async (ahead) => {
    await setBase(ahead);
    await append(['a', 'b']);
    const before = await readOn(LOG_START);
    await append(['a', 'b', 'a']);
    await move();
    const moved = await readOn(before.cursor);
    expect([...before.read, ...moved.read]).toEqual(['a 1', 'b 1', 'a 2', 'b 2', 'a 3']);
    await append(['b', 'a']);
    const after = await readOn(moved.cursor);
    expect(after.read).toEqual(['b 3', 'a 4']);
    expect((await readOn(after.cursor)).read).toEqual([]);
    expect((await readOn(LOG_START)).read).toEqual([...before.read, ...moved.read, ...after.read]);
  },
);

test('a timeline, news and a place by moment are read on another server', async () => {
  await setBase(1_000_000);
  await append(['a']);
  const { readUpTo } = await newsSince(stores.inventory.client, null);
  await move();
  await append(['a']);
  const log = stores.inventory.client;
  const { events, next } = await readTimeline(log, 'test', LOG_START, 10);
  expect(events.map(({ version }) => version)).toEqual([1, 2]);
  expect((await readTimeline(log, 'test', next, 10)).events).toEqual([]);
  expect((await newsSince(log, readUpTo)).about).toEqual(['test']);
  const place = await placeInLog(log, new Date(0).toISOString());
  expect((await readOn(place)).read).toEqual(['a 1', 'a 2']);
});

const bases = async () =>
  (await writer.query<{ base: string }>('SELECT log_base()::text AS base')).map(({ base }) => BigInt(base));

test('each next server counts from a higher base, and the same server keeps its base', async () => {
  await stores.ping();
  expect(await bases()).toEqual([0n]);
  for (const moves of [1n, 2n]) {
    await setServer();
    for (const again of [open(), open()]) {
      await again.ping();
      await again.close();
    }
    expect(await bases()).toEqual([moves * BASE]);
  }
});

test('a role that owns nothing claims the log of another server too', async () => {
  const role = `plain_${randomBytes(6).toString('hex')}`;
  await setServer();
  await writer.query(`CREATE ROLE ${role}; GRANT USAGE ON SCHEMA inventory TO ${role}; SET ROLE ${role}`);
  try {
    await writer.query('SELECT claim_log()');
    expect(await bases()).toEqual([BASE]);
  } finally {
    await writer.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test('an event that commits after the move is not skipped, also with others under way', async () => {
  await late.begin();
  await late.append('a');
  await setServer();
  const claimed = writer.query('SELECT claim_log()');
  await untilLockWait(stores.pools.credit);
  await late.commit();
  await claimed;
  await late.begin();
  const [snapshot] = await writer.query<{ text: string }>('SELECT log_snapshot()::text AS text');
  expect(isSnapshot(snapshot?.text ?? '')).toBe(true);
  await late.append('b');
  await append(['a']);
  const first = await readOn(LOG_START);
  expect(first.read).toEqual(['a 1', 'a 2']);
  await late.commit();
  expect((await readOn(first.cursor)).read).toEqual(['b 1']);
});
