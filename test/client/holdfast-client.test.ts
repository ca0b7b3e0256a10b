import { connect, type Holdfast, HoldfastProblem, HoldfastUnreachable } from '../../client/holdfast-client';
import { pause } from '../../client/repeated-fetch';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { openAccount, setUpCatalogue } from '../http/support/catalogue';
import { ORDER } from '../http/support/samples';
import { FaultyHttpProxy, type HttpFault } from '../support/faulty-http-proxy';

let api: ApiUnderTest;
let proxy: FaultyHttpProxy;
let holdfast: Holdfast;
let customers = 0;

beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 10_000);
});
// Each test has a proxy of its own: a call that its client gave up may arrive late.
beforeEach(async () => {
  proxy = await FaultyHttpProxy.before(api.url);
  holdfast = connect({ url: proxy.url, key: ADMIN_KEY });
});
afterEach(() => proxy.close());
afterAll(() => api.close());

/** Returns an order of a customer who has no other. */
async function anOrder() {
  const customerId = `customer-${++customers}`;
  await openAccount(api, customerId);
  return { ...ORDER, customerId };
}

async function placed(customerId: string): Promise<readonly string[]> {
  const { items } = await holdfast.listOrders({ query: { customerId } });
  return items.map(({ id }) => id);
}

/** Returns the error of a call that has to fail. */
async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => Promise.reject(new Error(`answered: ${JSON.stringify(answer)}`)),
    (error: unknown) => error,
  );
}

describe('placing an order', () => {
  const faults: readonly HttpFault[] = [
    'lost-call',
    'lost-answer',
    'cut-answer',
    { status: 503, headers: { 'Retry-After': '0' } },
    { status: 502, body: '<html>bad gateway</html>' },
    { status: 429, headers: { 'Retry-After': '0' } },
  ];

  test.each(faults)('is repeated under its key after %j, and places one order', async (fault) => {
    const order = await anOrder();
    proxy.next(fault, fault);
    const { id } = await holdfast.placeOrder({ body: order });
    const keys = proxy.calls.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.any(String), keys[0], keys[0]]);
    expect(await placed(order.customerId)).toEqual([id]);
  });

  it('places another order for each call, and the same one for calls with the same key', async () => {
    const body = await anOrder();
    const keyed = { body, headers: { 'Idempotency-Key': `${body.customerId}-1` } };
    const ids = [
      await holdfast.placeOrder(keyed),
      await holdfast.placeOrder({ body }),
      await holdfast.placeOrder(keyed),
    ].map(({ id }) => id);
    expect(ids[2]).toBe(ids[0]);
    expect((await placed(body.customerId)).toSorted()).toEqual([...new Set(ids)].toSorted());
    expect(new Set(ids).size).toBe(2);
  });

  it('waits for the outcome when it is told to', async () => {
    const body = await anOrder();
    expect(await holdfast.placeOrder({ body })).toMatchObject({ status: 'PENDING' });
    expect(await holdfast.waiting(20).placeOrder({ body })).toMatchObject({
      status: 'APPROVED',
      total: 1_000,
    });
    const waiting = connect({ url: api.url, key: ADMIN_KEY, wait: 20 });
    expect(await waiting.placeOrder({ body })).toMatchObject({ status: 'APPROVED' });
  });

  it('names the key when no answer came in time: a later call with it finds the order', async () => {
    const body = await anOrder();
    proxy.next(...Array.from({ length: 100 }, () => 'lost-answer' as const));
    const impatient = connect({ url: proxy.url, key: ADMIN_KEY, patienceMs: 300 });
    const error = await failure(impatient.placeOrder({ body }));
    proxy.forget();
    expect(error).toBeInstanceOf(HoldfastUnreachable);
    const { idempotencyKey: key, message } = error as HoldfastUnreachable;
    const [call, attempts] = message.split(/, attempts: (?=\d)/);
    expect(call).toBe(`POST ${proxy.url}/v1/orders: no answer`);
    expect(attempts).toMatch(/^[1-9]\d*; the same call with the key [0-9a-f-]{36} has no second effect$/);
    expect(attempts).toContain(` ${key} `);
    const { id } = await holdfast.placeOrder({ body, headers: { 'Idempotency-Key': key ?? '' } });
    expect(await placed(body.customerId)).toEqual([id]);
  });
});

describe('a call', () => {
  const skus = { body: { skus: ['SKU-1'], region: 'north' } };
  const NOW = { 'Retry-After': '0' };

  test.each<HttpFault>(['lost-call', 'lost-answer', { status: 503, headers: NOW }])(
    'that reads is repeated after %j',
    async (fault) => {
      proxy.next(fault);
      expect(await holdfast.getItem({ path: { sku: 'SKU-1' } })).toMatchObject({ name: 'Lamp' });
      expect(proxy.calls).toHaveLength(2);
    },
  );

  test.each<[HttpFault, unknown]>([
    ['lost-answer', HoldfastUnreachable],
    [{ status: 503, headers: NOW }, HoldfastProblem],
  ])('whose repeat may have a second effect is not repeated after %j', async (fault, error) => {
    proxy.next(fault);
    expect(await failure(holdfast.queryAvailability(skus))).toBeInstanceOf(error);
    expect(proxy.calls).toHaveLength(1);
  });

  it('that met the limit of its key is repeated in any case: nothing was done', async () => {
    proxy.next({ status: 429, headers: NOW });
    expect((await holdfast.queryAvailability(skus)).items).toHaveLength(1);
    expect(proxy.calls).toHaveLength(2);
  });

  it('is given up at once when Retry-After is longer than its time', async () => {
    proxy.next({ status: 503, headers: { 'Retry-After': '3600' }, body: 'maintenance' });
    expect(await failure(holdfast.getItem({ path: { sku: 'SKU-1' } }))).toMatchObject({
      name: 'HoldfastProblem',
      status: 503,
      type: 'about:blank',
      message: expect.stringContaining('maintenance'),
    });
    expect(proxy.calls).toHaveLength(1);
  });

  it('ends with its signal, also in the pause between two attempts', async () => {
    proxy.next({ status: 503, headers: { 'Retry-After': '30' } });
    const leaving = new AbortController();
    const call = failure(holdfast.getItem({ path: { sku: 'SKU-1' }, signal: leaving.signal }));
    while (proxy.calls.length === 0) await new Promise(setImmediate);
    const pausing = failure(pause(60_000, leaving.signal));
    leaving.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
    expect(await pausing).toMatchObject({ name: 'AbortError' });
  });
});

describe('a refused call', () => {
  it('throws the problem with its type, its status and the field at fault', async () => {
    const body = { ...(await anOrder()), currency: 'gold' };
    const error = await failure(holdfast.placeOrder({ body }));
    expect(error).toBeInstanceOf(HoldfastProblem);
    expect(error).toMatchObject({
      type: 'invalid-request',
      status: 400,
      field: 'currency',
      reason: undefined,
      message: `POST ${proxy.url}/v1/orders: 400 currency: must be an ISO 4217 currency code in capitals`,
    });
  });

  it('throws the reason code of a command that a rule refuses', async () => {
    const body = { lines: [{ sku: 'SKU-1', quantity: 20_000 }], shipTo: { region: 'north' }, ttlSeconds: 60 };
    expect(await failure(holdfast.reserveStock({ body }))).toMatchObject({
      type: 'refused',
      status: 409,
      reason: 'OUT_OF_STOCK',
      problem: { shortages: [{ sku: 'SKU-1', requested: 20_000 }] },
    });
  });
});

describe('ids in paths', () => {
  const hostile = ['a/b', 'a+b', 'a#b', 'a b', 'a?b=c', '%2F', 'ä✓', '{id}', '$&', ';x', '...'];

  test.each(hostile)('%j leads to its own thing', async (sku) => {
    await holdfast.putItem({ path: { sku }, body: { name: `name of ${sku}` } });
    expect(await holdfast.getItem({ path: { sku } })).toMatchObject({ sku, name: `name of ${sku}` });
    await holdfast.removeItem({ path: { sku } });
    expect(await failure(holdfast.getItem({ path: { sku } }))).toMatchObject({ type: 'not-found' });
  });

  test.each(['.', '..', ''])(
    '%j is refused before it is sent, because the call would become another one',
    async (id) => {
      const error = await failure(holdfast.listOrderShipments({ path: { id } }));
      expect(error).toMatchObject({ type: 'invalid-request', status: 400, field: 'id' });
      expect(proxy.calls).toEqual([]);
    },
  );
});
