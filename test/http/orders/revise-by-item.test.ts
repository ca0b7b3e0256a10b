import { itemAtNodes } from '../../support/item-at-nodes';
import { type LiveApi, newKey, openLiveApi, placeOrder } from '../support/live-api';

const WAIT = { Prefer: 'wait=20' };

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
});
afterAll(async () => expect(await api.close()).toEqual([]));

const post = (path: string, body?: unknown) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), ...WAIT });
const revise = (id: string, baseVersion: number, lines: readonly object[]) =>
  post(`/v1/orders/${id}/revise`, { baseVersion, lines });
const shipmentsOf = async (id: string) => (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
const itemOf = (sku: string, changes: object) =>
  api
    .call('PUT', `/v1/items/${sku}`, { name: sku, ...changes })
    .then(({ status }) => expect(status).toBe(200));

/** Places an order for all five units of an item; its node accepts the shipment. */
async function allFive() {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 5 });
  const { id } = await placeOrder(api, sku, 5);
  const [shipment] = await shipmentsOf(id);
  expect((await post(`/v1/shipments/${shipment.id}/accept`)).status).toBe(200);
  const line = (quantity: number, unitPrice: number) => ({ sku, quantity, unitPrice });
  return { id: id as string, sku, line, shipment };
}

/** Returns the units of an item that are committed, and that can be promised. */
async function stockOf(sku: string) {
  const { nodes, atp } = (await api.call('GET', `/v1/stock/${sku}`)).json;
  return {
    committed: nodes.reduce((sum: number, one: { committed: number }) => sum + one.committed, 0),
    atp,
  };
}

describe('an order of all units that there are', () => {
  test.each([
    ['with the id of its line', true],
    ['without ids of lines', false],
  ])('is split by price, %s', async (_name, isNamed) => {
    const { id, sku, line, shipment } = await allFive();
    const first = isNamed ? { lineId: '1', ...line(2, 100) } : line(2, 100);
    const { status, json } = await revise(id, 1, [first, line(3, 90)]);
    expect([status, json.status, json.total]).toEqual([200, 'FULFILLING', 470]);
    expect(json.lines).toMatchObject([
      { lineId: '1', quantity: 2, sources: [{ nodeId: 'wh-north', quantity: 2 }] },
      { lineId: '2', quantity: 3, sources: [{ nodeId: 'wh-north', quantity: 3 }] },
    ]);
    expect(await shipmentsOf(id)).toMatchObject([
      {
        ...{ id: shipment.id, state: 'ACCEPTED' },
        lines: [
          { lineId: '1', sku, quantity: 2 },
          { lineId: '2', sku, quantity: 3 },
        ],
      },
    ]);
    expect(await stockOf(sku)).toEqual({ committed: 5, atp: 0 });
  });

  test('keeps all its units when its lines are split and joined while others order', async () => {
    const { id, sku, line, shipment } = await allFive();
    const buyer = () =>
      post('/v1/orders', {
        ...{ customerId: sku, currency: 'EUR', shipTo: { region: 'north' } },
        lines: [line(1, 10)],
      });
    const buyers = Array.from({ length: 20 }, buyer);
    for (const version of [1, 3]) {
      expect((await revise(id, version, [line(2, 100), line(3, 90)])).status).toBe(200);
      expect((await revise(id, version + 1, [line(5, 100)])).status).toBe(200);
    }
    for (const { json } of await Promise.all(buyers))
      expect([json.status, json.reason]).toEqual(['REJECTED', 'OUT_OF_STOCK']);
    expect(await shipmentsOf(id)).toMatchObject([{ id: shipment.id, lines: [{ lineId: '1', quantity: 5 }] }]);
    expect((await post(`/v1/shipments/${shipment.id}/ship`)).json.state).toBe('SHIPPED');
  });

  test('is not refused by a limit that the revision does not approach', async () => {
    const { id, sku, line } = await allFive();
    await itemOf(sku, { perOrderMax: 2 });
    const cap = { skus: [sku], limit: 1, start: '2026-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z' };
    expect((await api.call('PUT', `/v1/caps/${sku}`, cap)).status).toBe(200);
    expect((await revise(id, 1, [line(2, 100), line(3, 90)])).status).toBe(200);
    const more = await revise(id, 2, [line(3, 100), line(3, 90)]);
    expect([more.status, more.json.reason]).toEqual([409, 'PER_ORDER_MAX_EXCEEDED']);
  });
});

test('a shipment answers to the ids of lines that its units had', async () => {
  const { id, line, shipment } = await allFive();
  expect((await revise(id, 1, [line(2, 100), line(3, 90)])).status).toBe(200);
  const rejected = await post(`/v1/shipments/${shipment.id}/reject`, {
    ...{ lineId: '1', quantity: 4, reason: 'NO_CAPACITY' },
  });
  expect([rejected.status, rejected.json.lines]).toMatchObject([200, [{ lineId: '2', quantity: 1 }]]);
  const { json } = await api.call('GET', `/v1/orders/${id}`);
  expect([json.total, json.lines]).toMatchObject([90, [{ cancelled: 2 }, { quantity: 3, cancelled: 2 }]]);
});

test('units that have shipped keep their price', async () => {
  const sku = await itemAtNodes(api.fixture, { 'wh-north': 2, 'wh-south': 2 });
  const { id } = await placeOrder(api, sku, 4);
  const [first] = await shipmentsOf(id);
  for (const what of ['accept', 'ship'])
    expect((await post(`/v1/shipments/${first.id}/${what}`)).status).toBe(200);
  const line = (quantity: number, unitPrice: number) => ({ sku, quantity, unitPrice });
  const few = await revise(id, 1, [line(1, 100), line(3, 90)]);
  expect([few.status, few.json.reason]).toEqual([409, 'BELOW_SHIPPED']);
  const { status, json } = await revise(id, 1, [{ lineId: '1', ...line(2, 90) }, line(2, 100)]);
  expect([status, json.total]).toEqual([200, 380]);
  expect(json.lines).toMatchObject([
    { sources: [{ state: 'COMMITTED' }] },
    { sources: [{ state: 'SHIPPED' }] },
  ]);
});

test('a revision swaps items that share a cap which is used up', async () => {
  const [tea, cup] = [
    await itemAtNodes(api.fixture, { 'wh-north': 9 }),
    await itemAtNodes(api.fixture, { 'wh-north': 9 }),
  ];
  const cap = { skus: [tea, cup], limit: 6, start: '2026-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z' };
  expect((await api.call('PUT', `/v1/caps/${tea}`, cap)).status).toBe(200);
  const usedNow = async () => (await api.call('GET', `/v1/caps/${tea}`)).json.used;
  const line = (sku: string, quantity: number) => ({ sku, quantity, unitPrice: 10 });
  const { id } = await placeOrder(api, tea, 6);
  expect(await usedNow()).toBe(6);
  expect((await revise(id, 1, [line(tea, 2), line(cup, 4)])).status).toBe(200);
  expect(await usedNow()).toBe(6);
  const more = await revise(id, 2, [line(tea, 2), line(cup, 5)]);
  expect([more.status, more.json.reason]).toEqual([409, 'CAP_REACHED']);
  expect((await revise(id, 2, [line(tea, 1), line(cup, 4)])).status).toBe(200);
  expect(await usedNow()).toBe(5);
});
