import { eventually } from '../../support/saga-fixture';
import { anotherApi } from '../support/another-process';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import { keyedRoutes, newKey, postsOf, postTo } from '../support/keyed-routes';

const WAIT = { Prefer: 'wait=10' };

let api: ApiUnderTest;
let other: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  other = await anotherApi(api);
  for (const { stand } of [api, other]) stand.sagas = 'direct';
  await setUpCatalogue(api, 100_000);
  for (const customer of ['cust-1', 'cust-2']) await openAccount(api, customer);
  await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['admin'] });
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const ROUTES = keyedRoutes(() => api);
const post: ReturnType<typeof postTo> = (...request) => postTo(api)(...request);
const replayedOf = ({ headers }: Answer) => headers.get('idempotent-replayed');

function expectReused({ status, json }: Answer): void {
  expect([status, json.type]).toEqual([422, '/problems/idempotency-key-reused']);
  expect(json.errors).toEqual([{ field: 'Idempotency-Key', message: expect.any(String) }]);
}

/** Returns the number of events in the three logs. */
async function logged(): Promise<number> {
  const counts = await Promise.all(
    Object.values(api.stores.logs).map(
      (log) => log.$queryRaw<[{ n: number }]>`SELECT count(*)::int AS n FROM event`,
    ),
  );
  return counts.reduce((sum, [row]) => sum + (row?.n ?? 0), 0);
}

/** Waits until no command is open. */
const settled = () => eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));

it('this file tries every operation that takes a key, and every other POST needs none', () => {
  const { keyed, keyless } = postsOf(api);
  expect(Object.keys(ROUTES).sort()).toEqual([...keyed].sort());
  // These operations only read, have the same effect however often they are sent, carry the ids of their messages, or
  // show a secret once.
  expect([...keyless].sort()).toEqual([
    '/v1/availability',
    '/v1/codec/decode',
    '/v1/feeds/{sourceId}',
    '/v1/imports/caps',
    '/v1/imports/credit-accounts',
    '/v1/imports/eligibility-rules',
    '/v1/imports/items',
    '/v1/imports/nodes',
    '/v1/imports/sources',
    '/v1/keys',
    '/v1/reservations/{id}/extend',
    '/v1/reservations/{id}/release',
    '/v1/sagas/{id}/retry',
    '/v1/subscriptions/{name}/parked/{eventId}/drop',
    '/v1/subscriptions/{name}/parked/{eventId}/retry',
    '/v1/subscriptions/{name}/reset',
    '/v1/webhooks/{id}/replay',
    '/v1/webhooks/{id}/secrets',
  ]);
});

describe.each(Object.entries(ROUTES))('the key of a command on %s', (_, route) => {
  const { body, otherBody, taken, isFixed = false } = route;

  it('gives a repeat the present state, marked, and no second effect', async () => {
    const [path, key] = [await route.path(), newKey()];
    const first = await post(path, body, key);
    expect([first.status, replayedOf(first)]).toEqual([taken, null]);
    await settled();
    const before = await logged();
    const again = await post(path, body, key);
    expect([again.status, replayedOf(again)]).toEqual([taken, 'true']);
    if (first.json.id !== undefined) expect(again.json.id).toBe(first.json.id);
    const waited = await post(path, body, key, WAIT);
    expect([waited.status, replayedOf(waited)]).toEqual([taken === 202 ? 200 : taken, 'true']);
    expect(await logged()).toBe(before);
  });

  it('stands for one command, however many requests come at once', async () => {
    const [path, key] = [await route.path(), newKey()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, body, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(taken));
    const replays = answers.filter((answer) => replayedOf(answer) === 'true');
    if (taken !== 201) expect(replays).toHaveLength(7);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  });

  it('belongs to one caller', async () => {
    const [path, otherPath, key] = [await route.path(), await route.path(), newKey()];
    await post(path, body, key);
    const theirs = await post(otherPath, body, key, { Authorization: 'Bearer hf_other' });
    expect([theirs.status, replayedOf(theirs)]).toEqual([taken, null]);
  });

  it('is refused with another path or body, and changes nothing', async () => {
    const [path, key] = [await route.path(), newKey()];
    const otherPath = isFixed ? path : await route.path();
    expect((await post(path, body, key)).status).toBe(taken);
    await settled();
    const before = await logged();
    if (otherBody) expectReused(await post(path, otherBody, key));
    if (!isFixed) expectReused(await post(otherPath, body, key));
    expect(Boolean(otherBody) || !isFixed).toBe(true);
    expect(await logged()).toBe(before);
  });

  it('stands for one of two bodies that two processes receive at once', async () => {
    const [path, key] = [await route.path(), newKey()];
    const second = otherBody ? ([path, otherBody] as const) : ([await route.path(), body] as const);
    const answers = await Promise.all([post(path, body, key), postTo(other)(...second, key)]);
    const [first, last] = [...answers].sort((a, b) => a.status - b.status) as [Answer, Answer];
    expect([first.status, replayedOf(first)]).toEqual([taken, null]);
    expectReused(last);
    await settled();
  });

  it(`is ${route.needsKey ? 'required' : 'not required'}`, async () => {
    const { status, json } = await api.call('POST', await route.path(), body);
    if (!route.needsKey) expect(status).toBe(taken);
    else
      expect([status, json.errors]).toEqual([400, [expect.objectContaining({ field: 'Idempotency-Key' })]]);
    await settled();
  });

  const { refused } = route;
  if (refused)
    it('stays free where the record refuses the command', async () => {
      const [path, key] = [await route.path(), newKey()];
      const [refusedPath, refusedBody] = [(await refused.path?.()) ?? path, refused.body ?? body];
      const first = await post(refusedPath, refusedBody, key);
      expect([first.status, replayedOf(first)]).toEqual([first.status === 404 ? 404 : 409, null]);
      const next = await post(path, body, key);
      expect([next.status, replayedOf(next)]).toEqual([taken, null]);
      await settled();
    });
});

describe('a refusal that a saga decided', () => {
  it('answers a repeat, marked as a replay: a revision that was turned back', async () => {
    const [path, key] = [await (ROUTES['/v1/orders/{id}/revise']?.path() ?? ''), newKey()];
    const dear = {
      baseVersion: 1,
      lines: [{ lineId: '1', sku: 'SKU-1', quantity: 1_000_000, unitPrice: 1 }],
    };
    const first = await post(path, dear, key, WAIT);
    expect([first.status, first.json.reason, replayedOf(first)]).toEqual([409, 'OUT_OF_STOCK', null]);
    const again = await post(path, dear, key);
    expect([again.status, again.json.reason, replayedOf(again)]).toEqual([409, 'OUT_OF_STOCK', 'true']);
  });

  it('answers a repeat, marked as a replay: a reservation without stock', async () => {
    const [key, lines] = [newKey(), [{ sku: 'SKU-1', quantity: 1_000_000 }]];
    const hold = { lines, shipTo: { region: 'north' }, ttlSeconds: 60 };
    const first = await post('/v1/reservations', hold, key);
    expect([first.status, first.json.reason, replayedOf(first)]).toEqual([409, 'OUT_OF_STOCK', null]);
    const again = await post('/v1/reservations', hold, key);
    expect([again.status, again.json.reason, replayedOf(again)]).toEqual([409, 'OUT_OF_STOCK', 'true']);
    expectReused(await post('/v1/reservations', { ...hold, ttlSeconds: 61 }, key));
  });
});

it('a body with its fields in another order is the same request', async () => {
  const [key, { body = {} } = {}] = [newKey(), ROUTES['/v1/orders']];
  const first = await post('/v1/orders', body, key);
  const again = await post('/v1/orders', Object.fromEntries(Object.entries(body).reverse()), key, WAIT);
  expect([again.status, again.json.id, again.json.status]).toEqual([200, first.json.id, 'APPROVED']);
});
