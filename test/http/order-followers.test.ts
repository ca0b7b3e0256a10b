import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createApi } from '../../src/http/api';
import { createApiServer } from '../../src/http/api-server';
import { FOLLOW_LIMITS, type FollowLimits, TimelineFollowers } from '../../src/http/timeline-followers';
import { close, listen } from '../../src/main/listening';
import type { Stores } from '../../src/stores/stores';
import { LogWriter } from '../events/log-writers';
import { eventually } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';
import { ADMIN_KEY, type ApiUnderTest, startApi } from './support/api-under-test';
import { FollowedOrder } from './support/followed-order';
import { approveOrders } from './support/recorded-orders';

const LARGE_EVENTS = 800;

let api: ApiUnderTest;
let id: string;
/** An order about which there is much more than the buffers between two processes hold. */
let large: string;
let server: Server | undefined;
let timelines: TimelineFollowers;
let url: string;
let idle: ClientRequest[] = [];
const troubles: unknown[] = [];

beforeAll(async () => {
  api = await startApi();
  const orders = [orderOf([['SKU-1', 1]]), orderOf([['SKU-1', 1]])];
  await approveOrders(api.stores, orders);
  [id = '', large = ''] = orders.map(({ commandId }) => commandId);
  const writer = await LogWriter.connect(api.databaseUrl);
  await writer.query(`INSERT INTO event (stream, version, type, data, occurred_at, causation, correlation)
    SELECT 'large', n, 'inventory.large.v1', jsonb_build_object('text', repeat('x', 20000)), clock_timestamp(), 'test', '${large}'
    FROM generate_series(1, ${LARGE_EVENTS}) AS n`);
  await writer.end();
});
afterEach(async () => {
  for (const one of idle) one.destroy();
  idle = [];
  server?.closeAllConnections();
  await timelines.stop();
  if (server?.listening) await close(server);
});
afterAll(() => api.close());

/** Another server over the same stores. */
async function serve(limits: Partial<FollowLimits>, logs: Stores['logs'] = api.stores.logs): Promise<void> {
  timelines = new TimelineFollowers(logs, { ...FOLLOW_LIMITS, ...limits }, (error) => troubles.push(error));
  server = createApiServer(createApi({ ...api.deps, timelines, metrics: new Registry() }));
  await listen(server, 0, '127.0.0.1');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

/** Asks for the stream, and for none of what is in it. */
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

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(name));
  return Number(line?.slice(line.lastIndexOf(' ')));
}

const untilFollowing = (count: number) =>
  eventually(async () => expect(await metric('timeline_followers')).toBe(count));

describe('who follows', () => {
  it('is counted, is so many at most, and makes room when he leaves', async () => {
    await serve({ most: 3 });
    const three = await Promise.all([1, 2, 3].map(() => FollowedOrder.open(url, id)));
    await untilFollowing(3);
    const headers = { Authorization: `Bearer ${ADMIN_KEY}`, Accept: 'text/event-stream' };
    const refused = await fetch(`${url}/v1/orders/${id}/events`, { headers });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    await refused.text();
    await three[1]?.leave();
    await untilFollowing(2);
    const again = await FollowedOrder.open(url, id);
    await again.until(2);
    await Promise.all([...three, again].map((one) => one.leave()));
    await untilFollowing(0);
  });

  it('takes no place by asking for the head alone, or by being gone before the answer', async () => {
    await serve({ most: 1 });
    expect((await askIdly(id, 'HEAD')).headers['content-type']).toBe('text/event-stream');
    void askIdly(id);
    idle.at(-1)?.destroy();
    await untilFollowing(0);
    await (await FollowedOrder.open(url, id)).leave();
  });

  it('is no slow request', async () => {
    await serve({ heartbeatMs: 200 });
    const stream = await FollowedOrder.open(url, id);
    await stream.untilComment();
    await stream.leave();
    const labels = 'method="get",route="/v1/orders/{id}/events",status="200"';
    expect(await metric(`http_request_duration_seconds_count{${labels}}`)).toBe(1);
    expect(await metric(`http_request_duration_seconds_sum{${labels}}`)).toBeLessThan(0.2);
  });
});

describe('a stream', () => {
  it('shows that it is there while nothing happens, and ends when it has been long enough', async () => {
    await serve({ heartbeatMs: 20, longestMs: 300 });
    const stream = await FollowedOrder.open(url, id);
    await stream.until(2);
    await stream.untilComment();
    await stream.untilComment();
    expect(await stream.ended).toBe('in order');
    await untilFollowing(0);
  });

  it.each([
    ['at all', () => true],
    ['about the order', (values: readonly unknown[]) => values.includes(id)],
  ])('goes on when a log that could not be read %s can be read again', async (_, isMeant) => {
    let isDown = false;
    troubles.length = 0;
    const { credit } = api.stores.logs;
    const failing: Stores['logs']['credit'] = {
      $queryRaw: (query, ...values) =>
        isDown && isMeant(values)
          ? Promise.reject(new Error('no connection'))
          : credit.$queryRaw(query, ...values),
      $executeRaw: (query, ...values) => credit.$executeRaw(query, ...values),
    };
    await serve({}, { ...api.stores.logs, credit: failing });
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
});

describe('who does not read', () => {
  it('has little waiting for him, however much there is, and gets all of it when he does', async () => {
    const { logs, reads } = counted();
    await serve({}, logs);
    const response = await askIdly(large);
    await settled(reads);
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

  it('is let go after a while', async () => {
    await serve({ stallMs: 300 });
    await askIdly(large);
    await untilFollowing(1);
    await untilFollowing(0);
  });
});

test('a server that stops ends every stream, and waits for nobody who does not read or ask', async () => {
  const { logs, reads } = counted();
  await serve({}, logs);
  const reading = await FollowedOrder.open(url, id);
  await reading.until(2);
  await askIdly(large);
  const silent = connect(Number(new URL(url).port), '127.0.0.1');
  silent.on('error', () => undefined);
  await Promise.all([settled(reads), once(silent, 'connect')]);
  const since = performance.now();
  if (server) await Promise.all([close(server), timelines.stop()]);
  expect(performance.now() - since).toBeLessThan(4_000);
  expect(timelines.count).toBe(0);
  await reading.ended;
});

/** The logs, and how often the order with much in it was read in one of them. */
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

/** Until something stays what it is. */
async function settled(value: () => number): Promise<void> {
  let seen = -1;
  await eventually(async () => {
    const before = seen;
    seen = value();
    await sleep(800);
    expect(seen).toBe(before);
  });
}
