import type { AuditEntryView } from '../../../src/contracts/api/audit';
import { LOGGED_ACTS } from '../../../src/contracts/audit-acts';
import { SYSTEM_CALLER } from '../../../src/contracts/commands';
import { LOGS, type LogName } from '../../../src/contracts/logs';
import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { readLog } from '../../../src/stores/log/event-feed';
import { NOTHING_SEEN } from '../../../src/stores/log/log-cursor';
import { park } from '../../../src/stores/log/parked-events';
import { withServer } from '../../support/test-database';
import type { Answer, ApiUnderTest } from '../support/api-under-test';
import { CLERK, startApiWithClerk } from '../support/api-with-clerk';
import { keyedRoutes } from '../support/keyed-routes';
import { type Change, FORGED, SETTINGS, typeOf } from '../support/settings';

const WEBHOOK = { url: 'http://127.0.0.1:9999/hook-secret?token=url-secret', types: ['orders.*'] };
const SUBSCRIPTION = 'played-handler';
const RESOLVE = '/v1/sagas/{id}/resolve';
/** An act of an operator that is an event: test/http/orders/personal-data.test.ts reads its entry. */
const ERASURE = 'delete /v1/orders/{id}/personal-data';

let api: ApiUnderTest;
let clerkKeyId: string;
beforeAll(async () => {
  ({ api, clerkKeyId } = await startApiWithClerk());
  await api.stores.apiKeys.put('hf_operator', {
    caller: 'operator',
    scopes: ['sagas:write', 'events:write'],
  });
  await api.stores.subscriptions.orders.register({ name: SUBSCRIPTION, kind: 'reaction', revision: 1 });
});
afterAll(() => api.close());

const list = (query = '') => api.call('GET', `/v1/audit?${query}`);

/** Reads every entry of a listing, page by page. */
async function entries(query = '', limit = 200): Promise<readonly AuditEntryView[]> {
  const found: AuditEntryView[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Answer = await list(`${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`);
    expect(page.status).toBe(200);
    found.push(...page.json.items);
    cursor = page.json.nextCursor;
  }
  return found;
}

/** Sends a request with the key of the clerk, and with headers that name another caller. */
function asClerk(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
  return api.call(method, path, body, { ...FORGED, Authorization: `Bearer ${CLERK}`, ...headers });
}

/** Runs `act`. Returns its answer and the entries that it leaves. */
async function entriesOf(act: () => Promise<Answer>) {
  const before = new Set((await entries()).map(({ id }) => id));
  const answer = await act();
  return { answer, added: (await entries()).filter(({ id }) => !before.has(id)) };
}

/** An act of an operator: how to get to where it can be done, and what its entry says. */
interface OperatorAct {
  readonly operation: string;
  readonly act: (typeof LOGGED_ACTS)[number];
  /** Makes what the act needs. Returns the path of the request. */
  readonly prepare: () => Promise<string>;
  readonly body?: unknown;
  readonly detail?: object;
}

const stopped = async () => (await keyedRoutes(() => api)[RESOLVE]?.path()) ?? '';
const subscriptionPath = async () => `/v1/subscriptions/${SUBSCRIPTION}`;

/** Registers a subscription that no relay runs. */
async function leftBehind(): Promise<string> {
  const { orders } = api.stores.subscriptions;
  await orders.register({ name: 'old-orders', kind: 'reaction', revision: 1 });
  await orders.log.$executeRaw`
    UPDATE subscription SET moved_at = moved_at - interval '1 minute' WHERE name = 'old-orders'`;
  return '/v1/subscriptions/old-orders';
}

async function aKey(): Promise<string> {
  const { id } = (await api.call('POST', '/v1/keys', { caller: 'temp', scopes: ['orders:read'] })).json;
  return `/v1/keys/${id}`;
}

let webhooks = 0;
async function aWebhook(): Promise<string> {
  const path = `/v1/webhooks/hook-${++webhooks}`;
  expect((await api.call('PUT', path, WEBHOOK)).status).toBe(200);
  return path;
}

/** Parks the first event of the orders log. */
async function parked(): Promise<string> {
  const { log } = api.stores.subscriptions.orders;
  await stopped();
  const nothing = { readUpTo: NOTHING_SEEN, window: null };
  const { events } = await readLog(log, nothing, { types: null, stream: null }, 1);
  const [event] = events;
  if (!event) throw new Error('the log is empty');
  await log.$executeRaw`DELETE FROM parked_event`;
  await park(log, SUBSCRIPTION, event, 'played');
  return `/v1/subscriptions/${SUBSCRIPTION}/parked/${event.id}`;
}

const ACTS: readonly OperatorAct[] = [
  {
    operation: 'post /v1/keys',
    act: 'key.create',
    prepare: async () => '/v1/keys',
    body: { caller: 'new', scopes: ['orders:read'], concurrency: 2 },
    detail: { caller: 'new', scopes: ['orders:read'], concurrency: 2 },
  },
  { operation: 'delete /v1/keys/{id}', act: 'key.revoke', prepare: aKey },
  {
    operation: 'post /v1/sagas/{id}/retry',
    act: 'saga.retry',
    prepare: async () => (await stopped()).replace(/resolve$/, 'retry'),
  },
  {
    operation: `post ${RESOLVE}`,
    act: 'saga.resolve',
    prepare: stopped,
    body: { note: 'by hand' },
    detail: { note: 'by hand' },
  },
  {
    operation: 'post /v1/subscriptions/{name}/reset',
    act: 'subscription.reset',
    prepare: async () => `${await subscriptionPath()}/reset`,
    body: { to: 'start' },
    detail: { to: 'start' },
  },
  { operation: 'delete /v1/subscriptions/{name}', act: 'subscription.remove', prepare: leftBehind },
  {
    operation: 'post /v1/subscriptions/{name}/parked/{eventId}/retry',
    act: 'parked-event.retry',
    prepare: async () => `${await parked()}/retry`,
    detail: { eventId: expect.any(String) },
  },
  {
    operation: 'post /v1/subscriptions/{name}/parked/{eventId}/drop',
    act: 'parked-event.drop',
    prepare: async () => `${await parked()}/drop`,
    body: { note: 'told by phone' },
    detail: { eventId: expect.any(String), note: 'told by phone' },
  },
  {
    operation: 'put /v1/webhooks/{id}',
    act: 'webhook.set',
    prepare: async () => '/v1/webhooks/hook-set',
    body: WEBHOOK,
    detail: { origin: 'http://127.0.0.1:9999', types: ['orders.*'], enabled: true },
  },
  { operation: 'delete /v1/webhooks/{id}', act: 'webhook.remove', prepare: aWebhook },
  {
    operation: 'post /v1/webhooks/{id}/secrets',
    act: 'webhook.rotate-secret',
    prepare: async () => `${await aWebhook()}/secrets`,
  },
  {
    operation: 'post /v1/webhooks/{id}/replay',
    act: 'webhook.replay',
    prepare: async () => `${await aWebhook()}/replay`,
    body: { from: '2026-01-01T00:00:00Z' },
    detail: { from: '2026-01-01T00:00:00.000Z' },
  },
];

/** Sends the request of an act. */
function done({ operation, body }: OperatorAct, path: string): Promise<Answer> {
  const [method = ''] = operation.split(' ');
  return asClerk(method.toUpperCase(), path, body);
}

/** Returns the id that a path is about. */
const subjectOf = (path: string) => path.split('/')[3] ?? '';

describe('an act leaves exactly one entry, with the caller of the key', () => {
  test.each(ACTS)('$operation', async (one) => {
    const path = await one.prepare();
    const { answer, added } = await entriesOf(() => done(one, path));
    expect([answer.status < 300, added]).toEqual([
      true,
      [
        {
          id: expect.any(String),
          at: expect.any(String),
          caller: 'clerk',
          keyId: clerkKeyId,
          act: one.act,
          subject: answer.json?.id && one.act === 'key.create' ? answer.json.id : subjectOf(path),
          detail: one.detail === undefined ? {} : expect.objectContaining(one.detail),
        },
      ],
    ]);
  });

  test.each(SETTINGS)('$operation', async (change: Change) => {
    const [method = ''] = change.operation.split(' ');
    const send = () => asClerk(method.toUpperCase(), change.path, change.body, typeOf(change));
    const { added } = await entriesOf(send);
    const collection = change.path.split('/')[method === 'post' ? 3 : 2]?.replace(/s$/, '');
    expect(added).toEqual([
      expect.objectContaining({ caller: 'clerk', keyId: clerkKeyId, act: expect.any(String) }),
    ]);
    expect(added[0]?.act).toMatch(new RegExp(`^${collection}.(set|remove|close)$`));
    expect(added[0]?.subject).toMatch(/-9(-2)?$/);
    if (method === 'put') expect(added[0]?.detail).toMatchObject(change.body as object);
    expect((await entriesOf(send)).added).toEqual([]);
  });

  test('every operation that changes something is an act here, or a command of the business', () => {
    const tried = [...[...ACTS, ...SETTINGS].map(({ operation }) => operation), ERASURE];
    const business = Object.keys(keyedRoutes(() => api)).filter((path) => path !== RESOLVE);
    const others = allOperations(api.deps, new CommandTraffic())
      .filter(({ method }) => method !== 'get')
      .map(({ method, path }) => `${method} ${path}`)
      .filter((operation) => !tried.includes(operation));
    expect(others.sort()).toEqual(
      [
        ...business.map((path) => `post ${path}`),
        'post /v1/availability',
        'post /v1/codec/decode',
        'post /v1/feeds/{sourceId}',
        'post /v1/reservations/{id}/extend',
        'post /v1/reservations/{id}/release',
      ].sort(),
    );
    const ofPrograms = ['saga.reopen', 'log.archive'];
    expect([...ACTS.map(({ act }) => act), ...ofPrograms].sort()).toEqual([...LOGGED_ACTS].sort());
  });
});

describe('an act whose entry cannot be written is not done', () => {
  const inOrders = (statement: string) =>
    withServer(api.databaseUrl, (client) => client.query(`ALTER TABLE orders.audit_log ${statement}`));

  test.each(ACTS)('$operation', async (one) => {
    const path = await one.prepare();
    await inOrders('ADD CONSTRAINT played CHECK (false) NOT VALID');
    const { answer, added } = await entriesOf(() => done(one, path));
    await inOrders('DROP CONSTRAINT played');
    expect([answer.status >= 500, added]).toEqual([true, []]);
    const again = await entriesOf(() => done(one, path));
    expect([again.answer.status < 300, again.added.length]).toEqual([true, 1]);
  });
});

test('an act that is refused or changes nothing leaves no entry', async () => {
  const key = await aKey();
  expect((await asClerk('DELETE', key)).status).toBe(204);
  const saga = (await stopped()).replace(/resolve$/, 'retry');
  expect((await asClerk('POST', saga)).status).toBe(202);
  await api.stores.subscriptions.credit.register({ name: 'running', kind: 'reaction', revision: 1 });
  const requests: readonly [string, string, unknown?, object?][] = [
    ['DELETE', key],
    ['DELETE', '/v1/keys/key_0000000000000000'],
    ['POST', '/v1/keys', { caller: 'late', scopes: ['orders:read'], expiresAt: '2020-01-01T00:00:00Z' }],
    ['POST', saga],
    ['POST', saga.replace(/retry$/, 'resolve'), { note: 'n' }],
    ['POST', '/v1/subscriptions/nothing/reset', { to: 'start' }],
    ['DELETE', '/v1/subscriptions/nothing'],
    ['DELETE', '/v1/subscriptions/running'],
    ['DELETE', '/v1/webhooks/nothing'],
    ['POST', '/v1/webhooks/nothing/secrets'],
    ['DELETE', '/v1/items/SKU-1'],
    ['DELETE', '/v1/keys/key_0000000000000000', undefined, { Authorization: 'Bearer hf_operator' }],
  ];
  for (const request of requests) {
    const { answer, added } = await entriesOf(() => asClerk(...request));
    expect([request, answer.status >= 400 || request[1] === key, added]).toEqual([request, true, []]);
  }
});

test('a repeated resolution leaves no second entry', async () => {
  const path = await stopped();
  const send = () => asClerk('POST', path, { note: 'by hand' }, { 'Idempotency-Key': 'resolved-once' });
  expect((await entriesOf(send)).added).toHaveLength(1);
  const again = await entriesOf(send);
  expect([again.answer.headers.get('idempotent-replayed'), again.added]).toEqual(['true', []]);
});

test.each(LOGS)('the database refuses to change or remove entries of %s', async (log) => {
  await api.stores.subscriptions[log].register({ name: `changed-${log}`, kind: 'reaction', revision: 1 });
  await asClerk('POST', `/v1/subscriptions/changed-${log}/reset`, { to: 'start' });
  await withServer(api.databaseUrl, async (client) => {
    const all = () => client.query(`SELECT * FROM ${log}.audit_log ORDER BY at, id`);
    const before = (await all()).rows;
    expect(before).not.toEqual([]);
    for (const change of [
      `UPDATE ${log}.audit_log SET caller = 'x'`,
      `DELETE FROM ${log}.audit_log`,
      `TRUNCATE ${log}.audit_log`,
    ])
      await expect(client.query(change)).rejects.toThrow(/audit_log is append-only/);
    expect((await all()).rows).toEqual(before);
  });
});

describe('listing', () => {
  test('filters by caller, act and time', async () => {
    const all = await entries();
    const middle = all[Math.floor(all.length / 2)]?.at ?? '';
    expect(await entries('caller=clerk')).toEqual(all.filter(({ caller }) => caller === 'clerk'));
    expect(await entries('act=saga.retry')).toEqual(all.filter(({ act }) => act === 'saga.retry'));
    expect(await entries('act=item.set')).toEqual(all.filter(({ act }) => act === 'item.set'));
    expect(await entries(`from=${middle}`)).toEqual(all.filter(({ at }) => at >= middle));
    expect(await entries(`to=${middle}`)).toEqual(all.filter(({ at }) => at < middle));
    expect(await entries('act=item.set&caller=nobody')).toEqual([]);
    const own = await entries(`caller=${SYSTEM_CALLER}&act=key.create`);
    expect(own.map(({ keyId, detail }) => [keyId, detail.caller])).toContainEqual([undefined, 'clerk']);
  });

  test('shows the newest first, and no key or secret', async () => {
    const all = await entries();
    const moments = all.map(({ at }) => at);
    expect(moments).toEqual([...moments].sort().reverse());
    expect(JSON.stringify(all)).not.toMatch(/hf_|whsec_|hook-secret|url-secret|[0-9a-f]{64}/);
  });

  test('needs the scope admin', async () => {
    const answer = await api.call('GET', '/v1/audit', undefined, { Authorization: 'Bearer hf_operator' });
    expect([answer.status, answer.json.detail]).toEqual([403, expect.stringContaining('admin')]);
  });

  test.each([
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from', 'must lie before `to`'],
    ['act=key.steal', 'act', expect.stringContaining('key.create')],
    ['cursor=nonsense', 'cursor', 'is not a cursor of this listing'],
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['user=clerk', 'user', expect.any(String)],
  ])('refuses %s', async (query, field, message) => {
    const answer = await list(query);
    expect([answer.status, answer.json.errors]).toEqual([400, [{ field, message }]]);
  });

  test('has on its pages every entry from before the first page, once, while others act', async () => {
    const names: Record<LogName, string> = { orders: 'pages-a', inventory: 'pages-b', credit: 'pages-c' };
    for (const log of LOGS)
      await api.stores.subscriptions[log].register({ name: names[log], kind: 'reaction', revision: 1 });
    const reset = (log: LogName) =>
      api.stores.subscriptions[log].restart(names[log], 'start', { caller: 'writer' });
    for (let n = 0; n < 10; n += 1) await Promise.all(LOGS.map(reset));
    const paging = new AbortController();
    const writing = Promise.all(
      LOGS.map(async (log) => {
        while (!paging.signal.aborted) await reset(log);
      }),
    );
    const listed = entries().then(async (before) => ({ before, paged: await entries('', 7) }));
    const { before, paged } = await listed.finally(() => paging.abort());
    await writing;
    const ids = paged.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const missing = before.filter(({ id }) => !ids.includes(id));
    expect([before.length > 30, missing]).toEqual([true, []]);
  });
});

test('a saga shows who retried it last', async () => {
  const path = (await stopped()).replace(/\/resolve$/, '');
  expect((await api.call('GET', path)).json).not.toHaveProperty('lastRetry');
  const { json } = await asClerk('POST', `${path}/retry`);
  expect(json.lastRetry).toEqual({ caller: 'clerk', at: expect.any(String) });
});
