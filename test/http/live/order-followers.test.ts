import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { LogName } from '../../../src/contracts/logs';
import { createApi } from '../../../src/http/api';
import { createApiServer } from '../../../src/http/api-server';
import {
  FOLLOW_LIMITS,
  type FollowLimits,
  TimelineFollowers,
} from '../../../src/http/orders/timeline-followers';
import { close, listen } from '../../../src/main/roles/listening';
import type { Stores } from '../../../src/stores/stores';
import { LogWriter } from '../../events/log-writers';
import { orderOf } from '../../support/new-commands';
import { eventually } from '../../support/saga-fixture';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { FollowedOrder } from '../support/followed-order';
import { approveOrders } from '../support/recorded-orders';

const LARGE_EVENTS = 800;
/** Much longer than a server takes to stop; any other end of a connection takes 30 s, or forever. */
const SOON_MS = 20_000;

let api: ApiUnderTest;
let id: string;
/** An order with many more events than the buffers between two processes hold. */
let large: string;
let server: Server | undefined;
let timelines: TimelineFollowers;
let url: string;
let idle: (ClientRequest | Socket)[] = [];
/** The logs reported as failing. */
let troubles: LogName[] = [];
/** The log lines of requests. */
let lines: { readonly level: number; readonly status: number }[] = [];

beforeAll(async () => {
  api = await startApi();
  const orders = [orderOf([['SKU-1', 1]]), orderOf([['SKU-1', 1]])];
  await approveOrders(api.stores, orders);
  [id = '', large = ''] = orders.map((order) => order.id);
  const writer = await LogWriter.connect(api.databaseUrl);
  await writer.query(`INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
    SELECT 'large', '{}', n, 'inventory.large.v1', jsonb_build_object('text', repeat('x', 20000)), clock_timestamp(), 'test', '${large}'
    FROM generate_series(1, ${LARGE_EVENTS}) AS n`);
  await writer.end();
});
afterEach(async () => {
  for (const one of idle) one.destroy();
  idle = [];
  troubles = [];
  lines = [];
  server?.closeAllConnections();
  await timelines.stop();
  if (server?.listening) await close(server);
});
afterAll(() => api.close());

/** Starts another server over the same stores. */
async function serve(limits: Partial<FollowLimits>, logs: Stores['logs'] = api.stores.logs): Promise<void> {
  timelines = new TimelineFollowers(logs, { ...FOLLOW_LIMITS, ...limits }, (log) => troubles.push(log));
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  server = createApiServer(createApi({ ...api.deps, timelines, logger, metrics: new Registry() }));
  await listen(server, 0, '127.0.0.1');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

/** Asks for the stream and reads none of it. */
function askIdly(orderId: string, method = 'GET'): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, Accept: 'text/event-stream' };
  const asked = request(`${url}/v1/orders/${orderId}/events`, { method, headers });
  idle.push(asked);
  return new Promise((resolve) => {
    asked
      .once('error', () => undefined)
      .once('response', resolve)
      .end();
  });
}

/** Sends text, one request or more, on a new connection that ignores the answers. */
function sends(text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  idle.push(socket);
  socket.write(text);
  return socket;
}

const asking = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nAccept: text/event-stream\r\n\r\n`;

/** Locks a table against reads until the returned function is called. */
async function locked(store: LogName, table: string): Promise<() => Promise<void>> {
  const writer = await LogWriter.connect(api.databaseUrl, store);
  await writer.begin();
  await writer.query(`LOCK TABLE "${table}"`);
  return () => writer.end();
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(name));
  return Number(line?.slice(line.lastIndexOf(' ')));
}

const untilFollowing = (count: number) =>
  eventually(async () => expect(await metric('holdfast_timeline_followers')).toBe(count));

describe('a follower', () => {
  it('is counted, is refused beyond the limit, and frees its place when it disconnects', async () => {
    await serve({ most: 3 });
    const three = await Promise.all([1, 2, 3].map(() => FollowedOrder.open(url, id)));
    await untilFollowing(3);
    const headers = { Authorization: `Bearer ${ADMIN_KEY}`, Accept: 'text/event-stream' };
    const refused = await fetch(`${url}/v1/orders/${id}/events`, { headers });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      503,
      expect.stringMatching(/^([45]\d|60)$/),
    ]);
    await refused.text();
    const info = pino.levels.values.info;
    await eventually(async () => expect(lines).toContainEqual(expect.objectContaining({ status: 503 })));
    expect(lines.find(({ status }) => status === 503)?.level).toBe(info);
    await three[1]?.leave();
    await untilFollowing(2);
    const again = await FollowedOrder.open(url, id);
    await again.until(2);
    await Promise.all([...three, again].map((one) => one.leave()));
    await untilFollowing(0);
  });

  it('takes no place with a HEAD request', async () => {
    await serve({ most: 1 });
    expect((await askIdly(id, 'HEAD')).headers['content-type']).toBe('text/event-stream');
    await untilFollowing(0);
    await (await FollowedOrder.open(url, id)).leave();
  });

  it.each([
    ['', []],
    [' that waits for another one', ['/v1/credit-accounts/cust-1']],
  ])('takes no place when it disconnects before the answer%s', async (_, before) => {
    await serve({});
    const unlock = [await locked('orders', 'order'), await locked('credit', 'account')];
    const opened = once(server as Server, 'connection');
    const asked = new Promise<void>((resolve) => {
      server?.on('request', ({ url: path }) => path?.endsWith('/events') && resolve());
    });
    const caller = sends([...before, `/v1/orders/${id}/events`].map(asking).join(''));
    const [[socket]] = await Promise.all([opened, asked]);
    caller.destroy();
    await once(socket, 'close');
    for (const one of unlock) await one();
    const labels = 'method="get",route="/v1/orders/{id}/events",status="200"';
    await eventually(async () =>
      expect(await metric(`holdfast_http_request_duration_seconds_count{${labels}}`)).toBe(1),
    );
    expect(timelines.count).toBe(0);
  });

  it('frees its place when its connection dies while the answer waits behind another one', async () => {
    await serve({});
    const unlock = await locked('credit', 'account');
    const caller = sends(['/v1/credit-accounts/cust-1', `/v1/orders/${id}/events`].map(asking).join(''));
    await untilFollowing(1);
    caller.destroy();
    await untilFollowing(0);
    await unlock();
  });

  it('is not counted as a slow request', async () => {
    await serve({ heartbeatMs: 200 });
    const since = performance.now();
    const stream = await FollowedOrder.open(url, id);
    const secondsToBegin = (performance.now() - since) / 1_000;
    await stream.untilComment();
    await stream.leave();
    const labels = 'method="get",route="/v1/orders/{id}/events",status="200"';
    expect(await metric(`holdfast_http_request_duration_seconds_count{${labels}}`)).toBe(1);
    expect(await metric(`holdfast_http_request_duration_seconds_sum{${labels}}`)).toBeLessThan(
      secondsToBegin,
    );
  });
});

describe('a stream', () => {
  it('sends comments while no event comes', async () => {
    await serve({ heartbeatMs: 20 });
    const stream = await FollowedOrder.open(url, id);
    await stream.until(2);
    await stream.untilComment();
    await stream.untilComment();
    await stream.leave();
  });

  it('ends after its longest time', async () => {
    await serve({ longestMs: 200 });
    const stream = await FollowedOrder.open(url, id);
    expect(await stream.ended).toBe('in order');
    await untilFollowing(0);
  });

  it.each([
    ['at all', () => true],
    ['about the order', (values: readonly unknown[]) => values.includes(id)],
  ])('goes on when a log that could not be read %s can be read again', async (_, isMeant) => {
    let isDown = false;
    await serve(
      {},
      creditInterposed((values) => (isDown && isMeant(values) ? noConnection() : undefined)),
    );
    const stream = await FollowedOrder.open(url, id);
    const { length: known } = (await api.call('GET', `/v1/orders/${id}/events`)).json.items;
    await stream.until(known);
    isDown = true;
    const [down, up] = [
      await LogWriter.connect(api.databaseUrl, 'credit'),
      await LogWriter.connect(api.databaseUrl),
    ];
    await down.append('account/one', 'credit.test.v1', {}, id);
    await eventually(async () => expect(troubles.length).toBeGreaterThan(0));
    await up.append('stock/one', 'inventory.test.v1', {}, id);
    isDown = isMeant([]);
    if (isDown) expect((await stream.until(known + 1)).at(-1)?.event).toBe('inventory.test.v1');
    isDown = false;
    const last = (await stream.until(known + 2)).slice(known).map(({ event }) => event);
    expect(last.sort()).toEqual(['credit.test.v1', 'inventory.test.v1']);
    await Promise.all([down.end(), up.end(), stream.leave()]);
  });

  it('that begins while a log cannot be read sends the events of the others, and the outage is logged once', async () => {
    const credit = await LogWriter.connect(api.databaseUrl, 'credit');
    await credit.append('account/one', 'credit.test.v1', {}, id);
    await credit.end();
    const { items } = (await api.call('GET', `/v1/orders/${id}/events`)).json;
    const others = items.filter(({ store }: { store: LogName }) => store !== 'credit');
    let isDown = true;
    let failures = 0;
    const fails = () => {
      failures += 1;
      return noConnection();
    };
    await serve(
      {},
      creditInterposed(() => (isDown ? fails() : undefined)),
    );
    const streams = await Promise.all([1, 2, 3].map(() => FollowedOrder.open(url, id)));
    for (const stream of streams) {
      expect((await stream.until(others.length)).map(({ data }) => data)).toEqual(others);
    }
    await eventually(async () => expect(failures).toBeGreaterThanOrEqual(8));
    expect(troubles).toEqual(['credit']);
    isDown = false;
    for (const stream of streams) await stream.until(items.length);
    await Promise.all(streams.map((stream) => stream.leave()));
  });
});

describe('a follower that does not read', () => {
  it('has few messages buffered, and gets all of them when it reads again', async () => {
    const { logs, reads } = counted();
    await serve({}, logs);
    const response = await askIdly(large);
    await anotherHasRead();
    expect(reads()).toBeLessThan(6);
    let text = '';
    let events = 0;
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk;
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      events += messages.filter((message) => message.startsWith('id: ')).length;
      if (events === LARGE_EVENTS + 2) break;
    }
    expect(reads()).toBeGreaterThan(8);
  });

  it('is disconnected after a while', async () => {
    await serve({ stallMs: 300 });
    expect((await askIdly(large)).statusCode).toBe(200);
    await untilFollowing(0);
  });
});

test('a server that stops ends every stream, and waits for no caller that does not read or send', async () => {
  await serve({});
  const reading = await FollowedOrder.open(url, id);
  await reading.until(2);
  await askIdly(large);
  const opened = once(server as Server, 'connection');
  sends('');
  await Promise.all([anotherHasRead(), opened]);
  expect(await stopped()).toBeLessThan(SOON_MS);
  expect(timelines.count).toBe(0);
  await reading.ended;
});

test('a server that stops does not wait for a database that does not answer', async () => {
  await serve(
    {},
    creditInterposed(() => new Promise(() => undefined)),
  );
  const stream = await FollowedOrder.open(url, id);
  expect(await stopped()).toBeLessThan(SOON_MS);
  await stream.ended;
});

test('a server that stops answers the requests that it has received', async () => {
  await serve({});
  const opened = once(server as Server, 'connection');
  const caller = sends(asking('/livez').slice(0, -2));
  await opened;
  const stopping = stopped();
  await once(sends(''), 'error');
  caller.write('\r\n');
  expect(await text(caller)).toMatch(/^HTTP\/1.1 200 /);
  expect(await stopping).toBeLessThan(SOON_MS);
});

/** Stops the server as its process does. Returns the time that it took. */
async function stopped(): Promise<number> {
  const since = performance.now();
  await Promise.all([close(server as Server), timelines.stop()]);
  return performance.now() - since;
}

const noConnection = () => Promise.reject(new Error('no connection'));

/** Returns the logs, with some answers of the credit log replaced. */
function creditInterposed(
  instead: (values: readonly unknown[]) => Promise<never> | undefined,
): Stores['logs'] {
  const { credit } = api.stores.logs;
  const interposed: Stores['logs']['credit'] = {
    $queryRaw: (query, ...values) => instead(values) ?? credit.$queryRaw(query, ...values),
    $executeRaw: (query, ...values) => credit.$executeRaw(query, ...values),
  };
  return { ...api.stores.logs, credit: interposed };
}

/** Returns the logs, and the number of reads of the large order in one of them. */
function counted(): { readonly logs: Stores['logs']; reads(): number } {
  let reads = 0;
  const { inventory } = api.stores.logs;
  const counting: Stores['logs']['inventory'] = {
    $queryRaw: (query, ...values) => {
      if (values.includes(large)) reads += 1;
      return inventory.$queryRaw(query, ...values);
    },
    $executeRaw: (query, ...values) => inventory.$executeRaw(query, ...values),
  };
  return { logs: { ...api.stores.logs, inventory: counting }, reads: () => reads };
}

/**
 * Waits until a later follower at another server has read the whole large order: a follower that read ahead without
 * demand would have read it by then, too.
 */
async function anotherHasRead(): Promise<void> {
  const other = await FollowedOrder.open(api.url, large);
  await other.until(LARGE_EVENTS + 2);
  await other.leave();
}
