import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { oldRowsWatch } from '../../../src/recovery/old-rows-watch';
import { openStores, type Stores } from '../../../src/stores/stores';
import type { WebhookSettings } from '../../../src/stores/webhooks/webhook';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';
import { caughtUpWith } from '../following';
import { LogWriter } from '../log-writers';
import { Receiver } from './receiver';
import { SHORT_TIMES, SUBSCRIPTIONS, WebhookRelay } from './webhook-relay';

const PROCESS = path.join(__dirname, 'relay-process.ts');

let receiver: Receiver;
let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
let relays: WebhookRelay[];

beforeAll(async () => {
  receiver = await Receiver.start();
});
afterAll(() => receiver.stop());

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 4);
  writer = await LogWriter.connect(database.url, 'orders');
  relays = [];
});

afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await writer.end();
  await stores.close();
  await database.drop();
});

let number = 0;
/** Returns the id of a webhook, and of its endpoint, that no other test has. */
const fresh = () => `hook-${++number}`;

/** Creates a webhook for the endpoint of the same name. @returns its secret */
async function subscribe(id: string, changes: Partial<WebhookSettings> = {}): Promise<string> {
  const settings = { types: [], nodes: [], channels: [], ordered: false, enabled: true, ...changes };
  const wanted = { url: receiver.endpoint(id), ...settings };
  return (await stores.webhooks.put(id, wanted, { caller: 'tester' })) ?? '';
}

function relay(owner = `relay-${relays.length}`): void {
  relays.push(new WebhookRelay(stores, owner));
}

async function append(count: number, stream = 'a', type?: string): Promise<void> {
  for (let n = 0; n < count; n++) await writer.append(stream, type);
}

/** Appends many events in one statement: 50 to each of the streams old0, old1 and so on. */
async function appendAtOnce(count: number): Promise<void> {
  await writer.query(`INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT 'old' || n / 50, '{}', n % 50 + 1, 'test.happened.v1', '{}', clock_timestamp(), 'c', 'c'
    FROM generate_series(0, ${count - 1}) AS n`);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

async function untilAccepted(id: string, count: number): Promise<void> {
  await until(async () => (await receiver.accepted(id)).length >= count);
}

/** Waits until the endpoint has failed this many times since it last accepted a message. */
async function untilFailedTimes(id: string, count: number): Promise<void> {
  await until(async () => ((await stores.webhooks.find(id))?.failures ?? 0) >= count);
}

async function untilDelivered(id: string): Promise<void> {
  for (const [log, name] of SUBSCRIPTIONS) await caughtUpWith(stores.subscriptions[log], name);
  await until(async () => {
    const shown = await stores.webhooks.find(id);
    return shown?.waiting === 0 && shown.replayFrom === null;
  });
}

const named = (all: readonly { stream: string; version: number }[]) =>
  all.map(({ stream, version }) => `${stream} ${version}`);

function versions(count: number, stream = 'a'): string[] {
  return Array.from({ length: count }, (_, at) => `${stream} ${at + 1}`);
}

const distinct = <T>(values: readonly T[]) => [...new Set(values)];

test('a message has the event as its body, and a signature that Standard Webhooks verifies', async () => {
  const id = fresh();
  const secret = await subscribe(id);
  relay();
  await writer.append('a', 'test.happened.v1', { sku: 'MUG-01', text: 'ä€😀' });
  await untilDelivered(id);
  const [message] = await receiver.received(id);
  const verified = new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {});
  expect(verified).toEqual({
    id: message?.headers['webhook-id'],
    type: 'test.happened.v1',
    stream: 'a',
    version: 1,
    occurredAt: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { sku: 'MUG-01', text: 'ä€😀', key: {} },
  });
  expect(message?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Holdfast' });
});

test('events of all three logs are delivered, those of a stream in order', async () => {
  const id = fresh();
  await subscribe(id);
  relay();
  const others = await Promise.all(
    (['inventory', 'credit'] as const).map((log) => LogWriter.connect(database.url, log)),
  );
  await append(20);
  for (const [at, other] of others.entries()) {
    for (let n = 0; n < 20; n++) await other.append(`other-${at}`);
    await other.end();
  }
  await untilDelivered(id);
  const accepted = named(await receiver.accepted(id));
  for (const stream of ['a', 'other-0', 'other-1']) {
    expect(accepted.filter((name) => name.startsWith(`${stream} `))).toEqual(versions(20, stream));
  }
});

test('a slow endpoint delays no other', async () => {
  const [slow, fast] = [fresh(), fresh()];
  await receiver.fault(slow, { delayMs: 1_500 });
  await Promise.all([subscribe(slow), subscribe(fast)]);
  await append(10);
  relay();
  await untilDelivered(fast);
  expect(await receiver.accepted(fast)).toHaveLength(10);
  const { waiting } = (await stores.webhooks.find(slow)) ?? {};
  expect(waiting).toBeGreaterThanOrEqual(9);
});

test('an endpoint that fails pauses, loses nothing, and gets everything in order after it is well', async () => {
  const id = fresh();
  await receiver.fault(id, { status: 500, times: 3 });
  await subscribe(id);
  relay();
  await append(30);
  await untilDelivered(id);
  expect(named(await receiver.accepted(id))).toEqual(versions(30));
  const all = await receiver.received(id);
  expect(all.filter(({ status }) => status === 500)).toHaveLength(3);
  const gaps = all.slice(1, 4).map(({ at }, index) => at - (all[index]?.at ?? 0));
  expect(gaps.map((gap, index) => gap >= SHORT_TIMES.firstRetryMs * 2 ** index * 0.7)).toEqual([
    true,
    true,
    true,
  ]);
});

test('an endpoint that cannot be reached shows the error, and its messages are never given up', async () => {
  const id = fresh();
  await subscribe(id, { url: 'http://127.0.0.1:1/' });
  await append(2);
  relay();
  await untilFailedTimes(id, 7);
  expect(await stores.webhooks.find(id)).toMatchObject({
    waiting: 2,
    enabled: true,
    failure: expect.stringContaining('ECONNREFUSED'),
  });
  const deliveries = await stores.deliveries.list(id, { limit: 10 });
  expect(distinct(deliveries.map(({ state }) => state))).toEqual(['pending']);
});

test('a message that alone is refused holds up no other, and is given up in the end', async () => {
  const id = fresh();
  await receiver.fault(id, { status: 500, type: 'test.poison.v1', body: 'cannot read it' });
  await subscribe(id);
  relay();
  await append(1, 'a');
  await append(1, 'bad', 'test.poison.v1');
  await append(5, 'a');
  await until(async () => (await receiver.accepted(id)).length === 6);
  await until(async () => (await stores.deliveries.list(id, { state: 'failed', limit: 10 })).length === 1);
  const [given] = await stores.deliveries.list(id, { state: 'failed', limit: 10 });
  expect(given).toMatchObject({
    stream: 'bad',
    lastStatus: 500,
    lastError: 'the endpoint answered 500',
    lastResponse: 'cannot read it',
  });
  expect(given?.attempts).toBeGreaterThan(3);
});

test('410 disables the endpoint, says so, and keeps its events until it is enabled again', async () => {
  const id = fresh();
  await receiver.fault(id, { status: 410, times: 1 });
  await subscribe(id);
  relay();
  await append(1);
  await until(async () => (await stores.webhooks.find(id))?.enabled === false);
  expect(await stores.webhooks.find(id)).toMatchObject({ disabledReason: 'the endpoint answered 410 Gone' });
  await append(4);
  await until(async () => (await stores.webhooks.find(id))?.waiting === 5);
  expect(await receiver.accepted(id)).toEqual([]);
  await subscribe(id);
  await untilDelivered(id);
  expect(named(await receiver.accepted(id))).toEqual(versions(5));
});

test('Retry-After lengthens the pause', async () => {
  const id = fresh();
  await receiver.fault(id, { status: 429, headers: { 'retry-after': '1' }, times: 1 });
  await subscribe(id);
  const times = { ...SHORT_TIMES, longestRetryMs: 5_000 };
  relays.push(new WebhookRelay(stores, 'patient', times));
  await append(1);
  await untilDelivered(id);
  const [refused, accepted] = await receiver.received(id);
  expect((accepted?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('a redirect is a failure and is not followed', async () => {
  const [id, target] = [fresh(), fresh()];
  await receiver.fault(id, { status: 307, headers: { location: receiver.endpoint(target) } });
  await subscribe(id);
  relay();
  await append(1);
  await untilFailedTimes(id, 1);
  const [delivery] = await stores.deliveries.list(id, { limit: 1 });
  expect(delivery).toMatchObject({
    lastStatus: 307,
    lastError: 'the endpoint answered 307; redirects are not followed',
  });
  expect(await receiver.received(target)).toEqual([]);
});

test('an endpoint that does not answer in time has failed', async () => {
  const id = fresh();
  await receiver.fault(id, { delayMs: 5_000, times: 1 });
  await subscribe(id);
  relays.push(new WebhookRelay(stores, 'hurried', { ...SHORT_TIMES, timeoutMs: 200 }));
  await append(1);
  await untilFailedTimes(id, 1);
  expect(await stores.webhooks.find(id)).toMatchObject({ failure: 'no answer within 0.2 s' });
  await untilDelivered(id);
});

test('no transaction is open while an endpoint is called', async () => {
  const id = fresh();
  await receiver.fault(id, { delayMs: 600 });
  await subscribe(id);
  relay();
  await append(1);
  await until(async () => (await receiver.received(id)).length > 0);
  const open = async () =>
    await writer.query(`SELECT query FROM pg_stat_activity WHERE datname = current_database()
      AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start < clock_timestamp() - interval '200 ms'`);
  await sleep(300);
  expect(await open()).toEqual([]);
});

describe('in strict order', () => {
  test('the next event of a stream waits for the earlier one, and other streams go on', async () => {
    const id = fresh();
    await receiver.fault(id, { status: 500, type: 'test.poison.v1', times: 3 });
    await subscribe(id, { ordered: true });
    await append(1, 'a', 'test.poison.v1');
    await append(3, 'a');
    await append(3, 'b');
    // The first event of `a` waits alone for longer than the relay pauses between two looks.
    relays.push(
      new WebhookRelay(stores, 'slow', { ...SHORT_TIMES, firstRetryMs: 150, longestRetryMs: 5_000 }),
    );
    await untilDelivered(id);
    const accepted = named(await receiver.accepted(id));
    expect(accepted.filter((name) => name.startsWith('a'))).toEqual(versions(4));
    expect(accepted.filter((name) => name.startsWith('b'))).toEqual(versions(3, 'b'));
    expect(accepted.indexOf('b 1')).toBeLessThan(accepted.indexOf('a 1'));
  });

  test('several relays keep the order', async () => {
    const id = fresh();
    await subscribe(id, { ordered: true });
    for (let n = 0; n < 3; n++) relay();
    for (let n = 0; n < 40; n++) await append(1, `s${n % 4}`);
    await untilDelivered(id);
    const accepted = named(await receiver.accepted(id));
    expect(accepted).toHaveLength(40);
    for (const stream of ['s0', 's1', 's2', 's3']) {
      expect(accepted.filter((name) => name.startsWith(stream))).toEqual(versions(10, stream));
    }
  });
});

test('a relay takes over from one that was killed in the middle: nothing is lost, a repeat has the same webhook-id', async () => {
  const id = fresh();
  await receiver.fault(id, { delayMs: 30 });
  await subscribe(id, { ordered: true });
  await append(60);
  const killed = fork(PROCESS, [database.url], { execArgv: ['--import', 'tsx'] });
  await once(killed, 'message');
  await untilAccepted(id, 10);
  killed.kill('SIGKILL');
  relay();
  await untilDelivered(id);
  const accepted = await receiver.accepted(id);
  expect(named(distinct(accepted.map((one) => JSON.stringify(one))).map((one) => JSON.parse(one)))).toEqual(
    versions(60),
  );
  const ids = (await receiver.received(id)).map(({ headers }) => headers['webhook-id']);
  expect(distinct(ids)).toHaveLength(60);
  // A few messages were accepted, and are not recorded yet.
  expect(ids.length).toBeLessThan(70);
});

test('after a rotation messages are signed with both secrets, and later with the new one alone', async () => {
  const id = fresh();
  const old = await subscribe(id);
  const rotated = await stores.webhooks.rotate(id, 86_400, { caller: 'tester' });
  relay();
  await append(1);
  await untilDelivered(id);
  const secrets = [old, rotated?.secret ?? ''];
  const [first] = await receiver.received(id);
  for (const secret of secrets) new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {});
  await writer.query(`UPDATE webhook_secret SET expires_at = clock_timestamp() WHERE expires_at IS NOT NULL`);
  await append(1);
  await untilDelivered(id);
  const [, second] = await receiver.received(id);
  const verified = secrets.map((secret) => {
    try {
      return new Webhook(secret).verify(second?.body ?? '', second?.headers ?? {}) !== undefined;
    } catch {
      return false;
    }
  });
  expect(verified).toEqual([false, true]);
});

describe('a new webhook', () => {
  test('gets the events from its creation on', async () => {
    await append(3);
    const id = fresh();
    await subscribe(id);
    await append(2);
    relay();
    await untilDelivered(id);
    expect(named(await receiver.accepted(id))).toEqual(['a 4', 'a 5']);
  });

  test('gets those from before it with a replay, through several portions and a new relay', async () => {
    await appendAtOnce(550);
    const id = fresh();
    await subscribe(id, { ordered: true });
    await stores.webhooks.replay(id, '2000-01-01T00:00:00.000Z', { caller: 'tester' });
    await append(2, 'new');
    relay('first');
    await untilAccepted(id, 50);
    await Promise.all(relays.splice(0).map((one) => one.stop()));
    relay('second');
    await untilDelivered(id);
    const accepted = named(await receiver.accepted(id));
    const old = distinct(accepted.filter((name) => name.startsWith('old')));
    expect(old).toHaveLength(550);
    expect(old.filter((name) => name.startsWith('old7 '))).toEqual(versions(50, 'old7'));
    expect(distinct(accepted.filter((name) => name.startsWith('new')))).toEqual(versions(2, 'new'));
  });
});

test('a replay waits while many messages wait for an endpoint that accepts none', async () => {
  const id = fresh();
  await appendAtOnce(3_500);
  await subscribe(id, { url: 'http://127.0.0.1:1/' });
  await stores.webhooks.replay(id, '2000-01-01T00:00:00.000Z', { caller: 'tester' });
  relay();
  const waiting = async () => (await stores.webhooks.find(id))?.waiting ?? 0;
  await until(async () => (await waiting()) >= 2_000);
  await untilFailedTimes(id, 3);
  expect(await waiting()).toBeLessThanOrEqual(2_500);
  expect(await stores.webhooks.find(id)).toMatchObject({ replayFrom: '2000-01-01T00:00:00.000Z' });
});

test('a replay delivers again what was delivered, from a moment on and under the same webhook-id', async () => {
  const id = fresh();
  await subscribe(id);
  relay();
  await append(2);
  await untilDelivered(id);
  const [{ now } = { now: '' }] = await writer.query<{ now: string }>('SELECT iso(clock_timestamp()) AS now');
  await sleep(5);
  await append(2);
  await untilDelivered(id);
  await stores.webhooks.replay(id, now, { caller: 'tester' });
  await untilDelivered(id);
  const accepted = await receiver.accepted(id);
  expect(named(accepted)).toEqual(['a 1', 'a 2', 'a 3', 'a 4', 'a 3', 'a 4']);
  expect(distinct(accepted.map((one) => one.id))).toHaveLength(4);
});

test('a redelivered event of the log adds no second message', async () => {
  const id = fresh();
  await subscribe(id);
  relay();
  await append(3);
  await untilDelivered(id);
  await stores.subscriptions.orders.restart('webhooks-orders', 'start', { caller: 'tester' });
  await untilDelivered(id);
  expect(await receiver.received(id)).toHaveLength(3);
});

test('deliveries are removed 30 days after their last attempt, and pending ones stay', async () => {
  const id = fresh();
  await subscribe(id);
  relay();
  await append(2);
  await untilDelivered(id);
  await writer.query(`UPDATE webhook_delivery SET last_attempt_at = clock_timestamp() - interval '31 days',
    state = CASE version WHEN 1 THEN 'pending' ELSE state END, due_at = 'infinity'`);
  await append(1);
  await untilAccepted(id, 3);
  const removeOld = stores.deliveries.removeOld.bind(stores.deliveries);
  await oldRowsWatch({ name: 'old-deliveries', keptDays: 30, removeOld }).look();
  const left = await stores.deliveries.list(id, { limit: 10 });
  expect(left.map(({ version }) => version)).toEqual([3, 1]);
});

test('a removed webhook gets nothing more, and one of the same name begins anew', async () => {
  const id = fresh();
  await receiver.fault(id, { status: 500 });
  const secret = await subscribe(id);
  relay();
  await append(3);
  await untilFailedTimes(id, 1);
  expect(await stores.webhooks.remove(id, { caller: 'tester' })).toBe(true);
  expect(await stores.webhooks.remove(id, { caller: 'tester' })).toBe(false);
  await receiver.fault(id);
  expect(await subscribe(id)).not.toBe(secret);
  await append(1);
  await untilDelivered(id);
  expect(named(await receiver.accepted(id))).toEqual(['a 4']);
});
