import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
afterEach(() => jest.restoreAllMocks());

/** Makes a key with these limits and returns a function that reads with it. */
async function reader(limits: object) {
  const body = { caller: 'limited', scopes: ['orders:read'], ...limits };
  const { status, json } = await api.call('POST', '/v1/keys', body);
  expect([status, json]).toEqual([201, expect.objectContaining(limits)]);
  const as = { Authorization: `Bearer ${json.key}` };
  return (path = '/v1/orders', headers: Record<string, string> = {}) =>
    api.call('GET', path, undefined, { ...as, ...headers });
}

/** Stops the clock of the limits, so that no request is earned meanwhile. */
function stopClock(): (milliseconds: number) => void {
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return (milliseconds) => {
    now += milliseconds;
  };
}

const statusesOf = (answers: readonly { status: number }[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

test('a key beyond its requests in a second is refused before any work, and other keys are served', async () => {
  const [busy, quiet, free] = [
    await reader({ requestsPerSecond: 5 }),
    await reader({ requestsPerSecond: 5 }),
    await reader({}),
  ];
  stopClock();
  const reads = jest.spyOn(api.stores.ordersLists, 'orders');
  const [ofBusy, ofQuiet, ofFree] = await Promise.all([
    Promise.all(times(40, () => busy())),
    Promise.all(times(5, () => quiet())),
    Promise.all(times(20, () => free())),
  ]);
  expect([ofBusy, ofQuiet, ofFree].map(statusesOf)).toEqual([{ 200: 5, 429: 35 }, { 200: 5 }, { 200: 20 }]);
  expect(reads).toHaveBeenCalledTimes(5 + 5 + 20);
});

test('a refusal says when to come again, and the key is served then', async () => {
  const read = await reader({ requestsPerSecond: 2 });
  const advance = stopClock();
  const [first] = [await read(), await read()];
  expect(first?.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=1');
  expect(first?.headers.get('ratelimit')).toBe('"requests";r=1;t=1');
  const refused = await read();
  expect([refused.status, refused.json, refused.headers.get('content-type')]).toEqual([
    429,
    expect.objectContaining({
      type: '/problems/quota-exceeded',
      detail: expect.stringContaining('requestsPerSecond: 2'),
    }),
    'application/problem+json',
  ]);
  expect(refused.headers.get('ratelimit')).toBe('"requests";r=0;t=1');
  advance(Number(refused.headers.get('retry-after')) * 1_000);
  expect((await read()).status).toBe(200);
});

test('a key beyond its open requests is refused until one is answered, and other keys are served', async () => {
  const [busy, other] = [await reader({ concurrency: 2 }), await reader({ concurrency: 2 })];
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { orders } = api.stores.ordersLists;
  const reads = jest.spyOn(api.stores.ordersLists, 'orders').mockImplementation(async (query) => {
    if (query.customerId === 'held') await held;
    return orders.call(api.stores.ordersLists, query);
  });
  const open = times(2, () => busy('/v1/orders?customerId=held'));
  await eventually(async () => expect(reads).toHaveBeenCalledTimes(2));
  const refused = await Promise.all(times(10, () => busy()));
  expect(statusesOf(refused)).toEqual({ 429: 10 });
  expect(refused[0]?.headers.get('ratelimit-policy')).toBe('"concurrent";q=2;qu="concurrent-requests"');
  expect(refused[0]?.headers.get('ratelimit')).toBe('"concurrent";r=0');
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(statusesOf([await other(), await other()])).toEqual({ 200: 2 });
  expect(reads).toHaveBeenCalledTimes(2 + 2);
  answer();
  expect(statusesOf(await Promise.all(open))).toEqual({ 200: 2 });
  await eventually(async () => expect((await busy()).status).toBe(200));
});

test('a caller that disconnects gives its open request back', async () => {
  const { json } = await api.call('POST', '/v1/keys', {
    caller: 'leaving',
    scopes: ['orders:read'],
    concurrency: 1,
  });
  const leaving = new AbortController();
  let isReading = () => {};
  const reading = new Promise<void>((resolve) => {
    isReading = resolve;
  });
  const read = jest.spyOn(api.stores.ordersLists, 'orders').mockImplementationOnce(() => {
    isReading();
    return new Promise(() => undefined);
  });
  const headers = { Authorization: `Bearer ${json.key}` };
  const left = fetch(`${api.url}/v1/orders`, { headers, signal: leaving.signal });
  await reading;
  expect((await api.call('GET', '/v1/orders', undefined, headers)).status).toBe(429);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await eventually(async () =>
    expect((await api.call('GET', '/v1/orders', undefined, headers)).status).toBe(200),
  );
  expect(read).toHaveBeenCalledTimes(2);
});

test('answers carry the limits of the key, problems too, and none to a key without limits', async () => {
  const [both, none] = [await reader({ requestsPerSecond: 50, concurrency: 7 }), await reader({})];
  const missing = await both('/v1/orders/ord_0000000000000000');
  expect([missing.status, missing.headers.get('ratelimit')]).toEqual([
    404,
    expect.stringMatching(/^"requests";r=49;t=1, "concurrent";r=6$/),
  ]);
  expect((await none()).headers.get('ratelimit')).toBeNull();
  expect((await none()).headers.get('ratelimit-policy')).toBeNull();
});
