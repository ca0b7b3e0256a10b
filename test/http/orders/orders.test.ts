import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { openAccount, setUpCatalogue } from '../support/catalogue';
import { ORDER as BODY } from '../support/samples';

const TOO_MUCH = { ...BODY, lines: [{ sku: 'SKU-1', quantity: 9_999, unitPrice: 1 }] };
const WAIT = { Prefer: 'wait=10' };

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 1_000);
  await openAccount(api, 'cust-1');
});
afterAll(() => api.close());
beforeEach(() => {
  api.stand.sagas = 'direct';
});

const key = () => `key-${++serial}`;
const place = (idempotencyKey: string, body: unknown = BODY, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/orders', body, { 'Idempotency-Key': idempotencyKey, ...headers });

describe('placing an order', () => {
  it('answers 202 with a location once the order is recorded', async () => {
    api.stand.sagas = 'never';
    const answer = await place(key());
    expect(answer.status).toBe(202);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^ord_[0-9a-hjkmnp-tv-z]{16}$/),
      status: 'PENDING',
    });
    expect(answer.headers.get('location')).toBe(`/v1/orders/${answer.json.id}`);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect((await api.stores.ordersReads.order(answer.json.id))?.status).toBe('PENDING');
  });

  it('waits for the decision when asked to', async () => {
    const answer = await place(key(), BODY, { Prefer: 'respond-async, wait=5' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=5');
    const { id } = answer.json;
    expect(answer.json).toMatchObject({ status: 'APPROVED', total: 1000, payment: 'authorized', version: 1 });
    const sources = [{ nodeId: 'wh-1', quantity: 2, state: 'COMMITTED' }];
    expect(answer.json.lines).toEqual([{ lineId: '1', ...BODY.lines[0], sources }]);
    const ui = 'http://127.0.0.1:8233/namespaces/default/workflows';
    expect(answer.json.links).toEqual({
      self: `/v1/orders/${id}`,
      events: `/v1/orders/${id}/events`,
      shipments: `/v1/orders/${id}/shipments`,
      saga: `/v1/sagas/${id}`,
      webUi: expect.stringContaining(`${ui}/createOrders%2F${id}%2F`),
      webUiSearch: `${ui}?query=OrderId%3D%22${id}%22`,
    });
  });

  it('shows a rejection with its shortages once the compensations have run', async () => {
    const { status, json } = await place(key(), TOO_MUCH, WAIT);
    expect([status, json.status, json.reason]).toEqual([200, 'REJECTED', 'OUT_OF_STOCK']);
    const available = (await api.call('GET', '/v1/stock/SKU-1')).json.atp;
    expect(json.shortages).toEqual([{ sku: 'SKU-1', requested: 9_999, available }]);
    expect((await api.stores.verdicts([json.id])).get(json.id)).toMatchObject({ releaseCredit: 'done' });
    await eventually(async () =>
      expect((await api.call('GET', `/v1/orders/${json.id}`)).json.compensation).toBe('done'),
    );
  });

  it('answers 202 when the wait ends before the decision', async () => {
    api.stand.sagas = 'never';
    const answer = await place(key(), BODY, { Prefer: 'wait=1' });
    expect([answer.status, answer.json.status]).toEqual([202, 'PENDING']);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
  });

  it('passes a valid traceparent on and ignores invalid ones', async () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const invalid = '00-00000000000000000000000000000000-b7ad6b7169203331-01';
    const traces = [];
    for (const traceparent of [trace, invalid]) {
      const { json } = await place(key(), BODY, { traceparent });
      traces.push((await api.stores.commands.listed(json.id))?.wanted.traceparent);
    }
    expect(traces).toEqual([trace, undefined]);
  });
});

describe('reading orders', () => {
  it('answers 404 for an order that does not exist', async () => {
    expect((await api.call('GET', '/v1/orders/ord_0000000000000000')).status).toBe(404);
  });

  it('pages through all orders, newest first, each once', async () => {
    const customerId = 'cust-paging';
    await openAccount(api, customerId);
    const placed: string[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = await place(key(), { ...BODY, customerId });
      placed.unshift(answer.json.id);
    }
    const seen: string[] = [];
    for await (const { id } of api.holdfast.orders({ customerId, limit: 2 })) seen.push(id);
    expect([...seen].sort()).toEqual([...placed].sort());
    expect(seen[0]).toBe(placed[0]);
  });

  it('shows the timeline of an order from all stores', async () => {
    const { json } = await place(key(), BODY, WAIT);
    const answer = await api.call('GET', `/v1/orders/${json.id}/events`);
    expect(answer.json.items.map(({ type }: { type: string }) => type)).toEqual([
      'orders.order-recorded.v1',
      'credit.credit-held.v1',
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
      'orders.order-approved.v1',
    ]);
    expect(answer.json.items[0]).toMatchObject({ store: 'orders', version: 1, correlation: json.id });
  });

  it('shows how far the compensations of an order have run', async () => {
    const compensation = async (id: string) =>
      (await api.call('GET', `/v1/orders/${id}`)).json.compensation as string;
    const approved = (await place(key(), BODY, WAIT)).json.id;
    expect(await compensation(approved)).toBe('none');
    api.stand.sagas = 'never';
    const { id } = (await place(key())).json;
    expect(await compensation(id)).toBe('none');
    await api.call('POST', `/v1/orders/${id}/cancel`);
    expect(await compensation(id)).toBe('running');
    const { commands } = api.stores;
    const { workflowId = '' } = (await commands.listed(id)) ?? {};
    await commands.requireAttention(workflowId, id, { remaining: ['releaseCredit'], failure: 'no account' });
    expect(await compensation(id)).toBe('needs_attention');
    await commands.close([id]);
    expect(await compensation(id)).toBe('done');
  });
});
