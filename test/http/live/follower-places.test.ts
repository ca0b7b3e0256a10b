import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Registry } from 'prom-client';
import { createApi } from '../../../src/http/api';
import { createApiServer } from '../../../src/http/api-server';
import {
  FOLLOW_LIMITS,
  type FollowLimits,
  TimelineFollowers,
} from '../../../src/http/orders/timeline-followers';
import { close, listen } from '../../../src/main/roles/listening';
import { LogWriter } from '../../events/log-writers';
import { orderOf } from '../../support/new-commands';
import { eventually } from '../../support/saga-fixture';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { FollowedOrder } from '../support/followed-order';
import { approveOrders } from '../support/recorded-orders';

const OTHER_KEY = 'hf_of_another_caller';
const LARGE_BYTES = 20_000;

let api: ApiUnderTest;
let id: string;
let server: Server;
let timelines: TimelineFollowers;
let url: string;
let sockets: Socket[] = [];

beforeAll(async () => {
  api = await startApi();
  await api.stores.apiKeys.put(OTHER_KEY, { caller: 'another', scopes: ['orders:read'] });
});
beforeEach(async () => {
  const order = orderOf([['SKU-1', 1]]);
  await approveOrders(api.stores, [order]);
  id = order.id;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await Promise.all([close(server), timelines.stop()]);
});
afterAll(() => api.close());

/** Starts another server over the same stores. */
async function serve(limits: Partial<FollowLimits>): Promise<void> {
  timelines = new TimelineFollowers(api.stores.logs, { ...FOLLOW_LIMITS, ...limits }, () => undefined);
  server = createApiServer(createApi({ ...api.deps, timelines, metrics: new Registry() }));
  await listen(server, 0, '127.0.0.1');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const untilFollowing = (count: number) => eventually(async () => expect(timelines.count).toBe(count));

/** Opens a client that follows the order and reads nothing, like one that has vanished. */
async function vanished(key = ADMIN_KEY): Promise<Socket> {
  const { count } = timelines;
  const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
  sockets.push(socket);
  socket.write(
    `GET /v1/orders/${id}/events HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${key}\r\n` +
      'Accept: text/event-stream\r\n\r\n',
  );
  await untilFollowing(count + 1);
  return socket;
}

async function refused(key: string) {
  const headers = { Authorization: `Bearer ${key}`, Accept: 'text/event-stream' };
  const answer = await fetch(`${url}/v1/orders/${id}/events`, { headers });
  if (answer.ok) throw new Error('there was a place');
  const { type } = (await answer.json()) as { type: string };
  return [answer.status, answer.headers.get('retry-after'), type];
}

test('one caller has a limited number of streams, and leaves places for the others', async () => {
  await serve({ most: 3, mostOfOne: 2, keptMs: 90_000 });
  await vanished();
  await vanished();
  expect(await refused(ADMIN_KEY)).toEqual([
    429,
    expect.stringMatching(/^([78]\d|90)$/),
    '/problems/too-many-requests',
  ]);
  await vanished(OTHER_KEY);
  expect(await refused(OTHER_KEY)).toEqual([
    503,
    expect.stringMatching(/^([78]\d|90)$/),
    '/problems/unavailable',
  ]);
});

test.each([
  ['his caller has too many', { mostOfOne: 2 }],
  ['too many have one', { most: 2 }],
])('whoever finds no place because %s gets the oldest, once it was kept for a while', async (_, limits) => {
  await serve({ ...limits, keptMs: 300 });
  const [oldest, younger] = [await vanished(), await vanished()];
  const ended = [oldest, younger].map((socket) => once(socket, 'close').then(() => socket));
  const stream = await eventually(() => FollowedOrder.open(url, id));
  await stream.until(2);
  oldest.resume();
  younger.resume();
  expect(await Promise.race(ended)).toBe(oldest);
  await untilFollowing(2);
  await stream.leave();
});

test('a follower that reads nothing is disconnected, also when only keep-alive comments are sent', async () => {
  await serve({ stallMs: 1_000, heartbeatMs: 20 });
  const opened = once(server, 'connection');
  await vanished();
  const [socket] = (await opened) as [Socket];
  const writer = await LogWriter.connect(api.databaseUrl);
  // Fills the buffers between the two processes, and no more.
  for (let first = 1; timelines.count > 0; first += 50) {
    const { bytesWritten } = socket;
    await writer.query(`INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
      SELECT 'large', '{}', n, 'inventory.large.v1', jsonb_build_object('text', repeat('x', ${LARGE_BYTES})),
        clock_timestamp(), 'test', '${id}' FROM generate_series(${first}, ${first + 49}) AS n`);
    const isLetGo = () => timelines.count === 0;
    await eventually(async () =>
      expect(isLetGo() || socket.bytesWritten > bytesWritten + 50 * LARGE_BYTES).toBe(true),
    );
    await eventually(async () => expect(isLetGo() || socket.writableLength === 0).toBe(true));
  }
  await writer.end();
});
