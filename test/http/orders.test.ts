import { type ApiUnderTest, startApi } from './support/api-under-test';
import { approveOrders, recordOrders, rejectOrders } from './support/recorded-orders';

const BODY = {
  customerId: 'cust-1',
  currency: 'EUR',
  lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 500 }],
  shipTo: { region: 'north' },
};

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.stand.startOrders = async (commands) => ({ outcomes: approveOrders(api.stores, commands) });
});

const key = () => `key-${++serial}`;
const place = (idempotencyKey: string, body: unknown = BODY, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/orders', body, { 'Idempotency-Key': idempotencyKey, ...headers });

describe('placing an order', () => {
  it('answers 202 with a location once the saga has started', async () => {
    const answer = await place(key());
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^ord_[0-9a-hjkmnp-tv-z]{16}$/),
      status: 'PENDING',
    });
    expect(answer.headers.get('location')).toBe(`/v1/orders/${answer.json.id}`);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
  });

  it('waits for the outcome when asked to', async () => {
    const answer = await place(key(), BODY, { Prefer: 'respond-async, wait=5' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=5');
    expect(answer.json).toMatchObject({ status: 'APPROVED', total: 1000, payment: 'authorized', version: 1 });
    const sources = [{ nodeId: 'wh-1', quantity: 2, state: 'COMMITTED' }];
    expect(answer.json.lines).toEqual([{ lineId: '1', ...BODY.lines[0], sources }]);
    expect(answer.json.links).toEqual({
      self: `/v1/orders/${answer.json.id}`,
      events: `/v1/orders/${answer.json.id}/events`,
      shipments: `/v1/orders/${answer.json.id}/shipments`,
      saga: `/v1/sagas/${answer.json.id}`,
      webUi: 'http://127.0.0.1:8233/namespaces/default/workflows/saga-of-the-test',
      webUiSearch: `http://127.0.0.1:8233/namespaces/default/workflows?query=OrderId%3D%22${answer.json.id}%22`,
    });
  });

  it('shows a refusal as an outcome', async () => {
    api.stand.startOrders = async (commands) => ({ outcomes: rejectOrders(api.stores, commands) });
    const answer = await place(key(), BODY, { Prefer: 'wait=5' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK', compensation: 'none' });
  });

  it('answers 202 when the wait is over first', async () => {
    api.stand.startOrders = async (commands) => {
      await recordOrders(api.stores, commands);
      return { outcomes: new Promise(() => undefined) };
    };
    const answer = await place(key(), BODY, { Prefer: 'wait=1' });
    expect([answer.status, answer.json.status]).toEqual([202, 'PENDING']);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it('reads the order when another saga owns it', async () => {
    api.stand.startOrders = async (commands) => {
      await approveOrders(api.stores, commands);
      const owned = { kind: 'owned-elsewhere', sagaId: 'other' } as const;
      return { outcomes: Promise.resolve(commands.map(({ commandId: orderId }) => ({ ...owned, orderId }))) };
    };
    const answer = await place(key(), BODY, { Prefer: 'wait=5' });
    expect([answer.status, answer.json.status]).toEqual([200, 'APPROVED']);
  });

  it('hands a valid trace on and ignores others', async () => {
    const seen: (string | undefined)[] = [];
    api.stand.startOrders = async (commands) => {
      seen.push(...commands.map(({ traceparent }) => traceparent));
      return { outcomes: approveOrders(api.stores, commands) };
    };
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await place(key(), BODY, { traceparent: trace });
    await place(key(), BODY, { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' });
    expect(seen).toEqual([trace, undefined]);
  });
});

describe('one effect per key', () => {
  it('finds the same order for the same key and body, as it stands', async () => {
    const one = key();
    const first = await place(one, BODY, { Prefer: 'wait=5' });
    const reordered = Object.fromEntries(Object.entries(BODY).reverse());
    const second = await place(one, reordered);
    expect([second.status, second.json]).toEqual([202, { id: first.json.id, status: 'APPROVED' }]);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    const third = await place(one, BODY, { Prefer: 'wait=1' });
    expect([third.status, third.json.status]).toEqual([200, 'APPROVED']);
    expect(third.headers.get('idempotent-replayed')).toBe('true');
  });

  it('refuses another body under a key, stored or under way', async () => {
    const stored = key();
    await place(stored, BODY, { Prefer: 'wait=5' });
    expect((await place(stored, { ...BODY, channel: 'web' })).status).toBe(422);

    api.stand.startOrders = async () => ({ outcomes: new Promise(() => undefined) });
    const underWay = key();
    const first = await place(underWay);
    const again = await place(underWay);
    const other = await place(underWay, { ...BODY, channel: 'web' });
    expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
    expect(again.json.id).toBe(first.json.id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(other.json.errors).toEqual([{ field: 'Idempotency-Key', message: expect.any(String) }]);
  });

  it('waits for an order that another process has', async () => {
    const one = key();
    let finish: () => Promise<unknown> = async () => undefined;
    api.stand.startOrders = async (commands) => {
      await recordOrders(api.stores, commands);
      finish = () => approveOrders(api.stores, commands);
      return { outcomes: Promise.reject(new Error('the process that had the saga is gone')) };
    };
    await place(one);
    const waiting = place(one, BODY, { Prefer: 'wait=5' });
    await finish();
    expect((await waiting).json.status).toBe('APPROVED');
  });

  it('keeps keys of callers apart', async () => {
    await api.stores.apiKeys.put('hf_other', { caller: 'other', scopes: ['orders:write'] });
    const one = key();
    const mine = await place(one);
    const theirs = await place(one, BODY, { Authorization: 'Bearer hf_other' });
    expect(theirs.status).toBe(202);
    expect(theirs.json.id).not.toBe(mine.json.id);
  });
});

describe('overload and failing starts', () => {
  it('sheds what the queue cannot hold', async () => {
    api.stand.startOrders = () => new Promise(() => undefined);
    // Two sets of fifty are being started and a hundred wait; nobody has been answered.
    const placed = Array.from({ length: 230 }, () => place(key()));
    const refused = await Promise.race(placed);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.json.type).toBe('/problems/unavailable');
    api.close();
    await Promise.allSettled(placed);
    api = await startApi();
  });

  it('answers 503 when Temporal did not take the set', async () => {
    api.stand.startOrders = () => Promise.reject(new Error('no connection'));
    const answer = await place(key());
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});

describe('reading orders', () => {
  it('shows an order that is taken and not recorded yet where it was taken', async () => {
    api.stand.startOrders = async () => ({ outcomes: new Promise(() => undefined) });
    const { json } = await place(key());
    const answer = await api.call('GET', `/v1/orders/${json.id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: json.id, status: 'PENDING', total: 1000 });
    const elsewhere = await api.call('GET', '/v1/orders/ord_0000000000000000');
    expect([elsewhere.status, elsewhere.headers.get('retry-after')]).toEqual([404, '1']);
  });

  it('pages through all orders, newest first, each once', async () => {
    const customerId = 'cust-paging';
    const placed: string[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = await place(key(), { ...BODY, customerId }, { Prefer: 'wait=5' });
      placed.unshift(answer.json.id);
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await api.call('GET', `/v1/orders?customerId=${customerId}&limit=2${cursor}`);
      expect(page.status).toBe(200);
      seen.push(...page.json.items.map(({ id }: { id: string }) => id));
      cursor = page.json.nextCursor ? `&cursor=${page.json.nextCursor}` : '';
    } while (cursor !== '');
    expect([...seen].sort()).toEqual([...placed].sort());
    expect(seen[0]).toBe(placed[0]);
  });

  it('tells the timeline of an order', async () => {
    const { json } = await place(key(), BODY, { Prefer: 'wait=5' });
    const answer = await api.call('GET', `/v1/orders/${json.id}/events`);
    expect(answer.json.items.map(({ type }: { type: string }) => type)).toEqual([
      'orders.order-recorded.v1',
      'orders.order-approved.v1',
    ]);
    expect(answer.json.items[0]).toMatchObject({ store: 'orders', version: 1, correlation: json.id });
  });
});
