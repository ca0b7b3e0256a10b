import { SYSTEM_CALLER } from '../../../src/contracts/commands';
import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { expireHolds } from '../../../src/intake/hold-commands';
import { dueHoldsWatch } from '../../../src/recovery/due-holds-watch';
import { eventually } from '../../support/saga-fixture';
import type { ApiUnderTest } from '../support/api-under-test';
import { CLERK, startApiWithClerk } from '../support/api-with-clerk';
import { countRow } from '../support/catalogue';
import { keyedRoutes, newKey } from '../support/keyed-routes';
import { type Change, FORGED, SETTINGS, typeOf } from '../support/settings';

const HOLD = { lines: [{ sku: 'SKU-1', quantity: 1 }], shipTo: { region: 'north' }, ttlSeconds: 60 };

let api: ApiUnderTest;
let clerkKeyId: string;
beforeAll(async () => {
  ({ api, clerkKeyId } = await startApiWithClerk());
});
afterAll(() => api.close());

interface Logged {
  readonly id: string;
  readonly caller: string;
  readonly keyId: string | null;
}

/** Reads the caller and the key of every event in the three logs, once no command is open. */
async function logged(): Promise<readonly Logged[]> {
  await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
  const logs = await Promise.all(
    Object.values(api.stores.logs).map(
      (log) => log.$queryRaw<Logged[]>`SELECT id::text AS id, caller, key_id AS "keyId" FROM event`,
    ),
  );
  return logs.flat();
}

/** Sends a request with the key of the clerk. Returns the callers of the events that follow from it. */
async function callersAfter(method: string, path: string, body?: unknown, headers = {}) {
  const before = new Set((await logged()).map(({ id }) => id));
  const sent = { Authorization: `Bearer ${CLERK}`, 'Idempotency-Key': newKey(), ...FORGED, ...headers };
  const answer = await api.call(method, path, body, sent);
  const events = (await logged()).filter(({ id }) => !before.has(id));
  const callers = events.map(({ caller, keyId }) =>
    keyId === clerkKeyId ? caller : `${caller} of ${keyId}`,
  );
  return { status: answer.status, callers: [...new Set(callers)] };
}

const KEYED = keyedRoutes(() => api);

test.each(Object.entries(KEYED))('every event of POST %s names the caller of the key', async (_, route) => {
  const path = await route.path();
  const { callers } = await callersAfter('POST', path, route.body);
  expect(callers).toEqual(['clerk']);
});

const CHANGES: readonly Change[] = [
  ...SETTINGS,
  {
    operation: 'post /v1/feeds/{sourceId}',
    path: '/v1/feeds/wms',
    body: [
      countRow({ messageId: 'req_forged', sequence: 2, count: 99_000 }),
      countRow({ messageId: 'again', sequence: 3, count: 99_000 }),
    ],
  },
];

test.each(CHANGES)('every event of $operation names the caller of the key', async (change) => {
  const [method = ''] = change.operation.split(' ');
  const { status, callers } = await callersAfter(
    method.toUpperCase(),
    change.path,
    change.body,
    typeOf(change),
  );
  expect([status < 300, callers]).toEqual([true, ['clerk']]);
});

test.each(['extend', 'release'])('every event of %s names the caller of the key', async (what) => {
  const headers = { Authorization: `Bearer ${CLERK}`, 'Idempotency-Key': newKey() };
  const { id } = (await api.call('POST', '/v1/reservations', HOLD, headers)).json;
  const body = what === 'extend' ? { ttlSeconds: 600 } : undefined;
  expect(await callersAfter('POST', `/v1/reservations/${id}/${what}`, body)).toEqual({
    status: 200,
    callers: ['clerk'],
  });
});

test('the event of an erasure names the caller of the key', async () => {
  const headers = { Authorization: `Bearer ${CLERK}`, 'Idempotency-Key': newKey() };
  const body = { ...(KEYED['/v1/orders']?.body as object), externalId: 'web-1' };
  const { id } = (await api.call('POST', '/v1/orders', body, headers)).json;
  const path = `/v1/orders/${id}/personal-data`;
  expect(await callersAfter('DELETE', path)).toEqual({ status: 204, callers: ['clerk'] });
});

test('this file sends every operation that appends events', () => {
  const tried = [
    ...Object.keys(KEYED).map((path) => `post ${path}`),
    ...CHANGES.map(({ operation }) => operation),
    'post /v1/reservations/{id}/extend',
    'post /v1/reservations/{id}/release',
    'delete /v1/orders/{id}/personal-data',
  ];
  const others = allOperations(api.deps, new CommandTraffic())
    .filter(({ method }) => method !== 'get')
    .map(({ method, path }) => `${method} ${path}`)
    .filter((operation) => !tried.includes(operation));
  // These operations only read, or change rows that have no log, which the audit log covers.
  expect(others.sort()).toEqual([
    'delete /v1/keys/{id}',
    'delete /v1/subscriptions/{name}',
    'delete /v1/webhooks/{id}',
    'post /v1/availability',
    'post /v1/codec/decode',
    'post /v1/keys',
    'post /v1/sagas/{id}/retry',
    'post /v1/subscriptions/{name}/parked/{eventId}/drop',
    'post /v1/subscriptions/{name}/parked/{eventId}/retry',
    'post /v1/subscriptions/{name}/reset',
    'post /v1/webhooks/{id}/replay',
    'post /v1/webhooks/{id}/secrets',
    'put /v1/webhooks/{id}',
  ]);
});

test('the event feed and the timeline of an order show the caller', async () => {
  const path = (await KEYED['/v1/orders/{id}/cancel']?.path()) ?? '';
  await api.call('POST', path, undefined, { Authorization: `Bearer ${CLERK}` });
  await logged();
  const timeline = (await api.call('GET', path.replace(/cancel$/, 'events'))).json.items;
  const callers = timeline.map(({ caller }: { caller: string }) => caller);
  expect([...new Set(callers)]).toEqual(['tester', 'clerk']);
  const feed = (await api.call('GET', '/v1/events?types=orders.cancel-claimed.v1&limit=1000')).json.items;
  expect(feed.at(-1)).toMatchObject({ caller: 'clerk' });
  expect(feed.at(-1)).not.toHaveProperty('keyId');
});

test('an event that Holdfast appends on its own names no key', async () => {
  const { id } = (
    await api.call('POST', '/v1/reservations', { ...HOLD, ttlSeconds: 1 }, { 'Idempotency-Key': newKey() })
  ).json;
  const { inventory, inventoryReads } = api.stores;
  const watch = dueHoldsWatch(inventoryReads, (commands) => expireHolds(inventory, commands));
  await eventually(async () => {
    await watch.look();
    const [expired] = await api.stores.logs.inventory.$queryRaw<Logged[]>`
      SELECT caller, key_id AS "keyId" FROM event WHERE correlation = ${id} AND type = 'inventory.reservation-expired.v1'`;
    expect(expired).toEqual({ caller: SYSTEM_CALLER, keyId: null });
  });
});

test('no key can be made for the caller that stands for Holdfast itself', async () => {
  const answer = await api.call('POST', '/v1/keys', { caller: SYSTEM_CALLER, scopes: ['orders:read'] });
  expect([answer.status, answer.json.errors]).toEqual([
    400,
    [{ field: 'caller', message: 'is the name of Holdfast itself: choose another' }],
  ]);
});
