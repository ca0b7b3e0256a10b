import { projectFromStart } from '../../../src/main/roles/projections';
import { cause, stockUp } from '../../stores/shop';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
let serial = 0;

const read = async (path: string) => {
  const { status, json } = await api.call('GET', `/v1/insights/${path}`);
  return [status, json];
};
const post = (path: string, body?: object) =>
  api.call('POST', path, body, { 'Idempotency-Key': `insight-${++serial}`, Prefer: 'wait=10' });

async function place(sku: string, quantity: number): Promise<{ id: string; shipmentId: string }> {
  const lines = [{ sku, quantity, unitPrice: 10 }];
  const { json } = await post('/v1/orders', {
    customerId: 'ann',
    currency: 'EUR',
    shipTo: { region: 'eu' },
    lines,
  });
  const { items } = (await api.call('GET', `/v1/orders/${json.id}/shipments`)).json;
  return { id: json.id, shipmentId: items[0]?.id };
}

/**
 * Plays ten promised units of apples, of which n1 gives two back and n2 takes them over; four delivered pears; a pear
 * that n1 gives back and no other node has; and an order that is rejected.
 */
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await stockUp(api.stores, { apple: { n1: 8, n2: 5 }, pear: { n1: 5 } });
  await api.stores.credit.setAccount('ann', { currency: 'EUR', limit: 100_000 }, cause);
  const apples = await place('apple', 8);
  const rejection = { lineId: '1', quantity: 2, reason: 'NO_CAPACITY' };
  expect((await post(`/v1/shipments/${apples.shipmentId}/reject`, rejection)).status).toBe(200);
  const pears = await place('pear', 4);
  for (const report of ['accept', 'ship', 'deliver'])
    expect((await post(`/v1/shipments/${pears.shipmentId}/${report}`)).status).toBe(200);
  const last = await place('pear', 1);
  await post(`/v1/shipments/${last.shipmentId}/reject`, { lineId: '1', quantity: 1, reason: 'DAMAGED' });
  await place('pear', 9);
  await projectFromStart(api.stores);
}, 60_000);
afterAll(() => api.close());

const today = new Date().toISOString().slice(0, 10);

test('rates rejected units by node, by SKU, by reason and by source, and by day', async () => {
  const all = { promised: 15, rejected: 3, rate: 0.2 };
  const days = [{ day: today, ...all }];
  expect(await read('rejects?by=node')).toMatchObject([
    200,
    {
      ...all,
      days,
      items: [
        { key: 'n1', promised: 13, rejected: 3, rate: 3 / 13 },
        { key: 'n2', promised: 2, rejected: 0, rate: 0 },
      ],
    },
  ]);
  expect(await read('rejects?by=sku&limit=1')).toMatchObject([
    200,
    { ...all, days, items: [{ key: 'apple', promised: 10, rejected: 2, rate: 0.2 }] },
  ]);
  expect(await read('rejects?by=reason&key=DAMAGED')).toMatchObject([
    200,
    { promised: 15, rejected: 1, items: [{ key: 'DAMAGED', promised: 15, rejected: 1, rate: 1 / 15 }] },
  ]);
  expect(await read('rejects?by=source&key=erp')).toMatchObject([
    200,
    { ...all, days, items: [{ key: 'erp', ...all }] },
  ]);
});

test('counts the outcomes of orders, and how long they took', async () => {
  const [, { placedToDelivered, ...orders }] = await read('orders');
  expect(orders).toMatchObject({ placed: 4, approved: 3, rejected: 1, rejectRate: 0.25 });
  expect(orders.reasons).toEqual([{ reason: 'OUT_OF_STOCK', orders: 1 }]);
  expect(orders.placedToApproved.orders).toBe(3);
  expect(placedToDelivered.orders).toBe(1);
  expect(placedToDelivered.p50Ms).toBeGreaterThan(0);
  expect(placedToDelivered.p50Ms).toBeLessThan(60_000);
});

test('counts the units that came from elsewhere', async () => {
  expect(await read('resourcing')).toMatchObject([
    200,
    {
      partners: { refusals: 0, resourced: 0, rate: null },
      nodes: { resourced: 2, backordered: 0, cancelled: 1, rate: 2 / 3 },
    },
  ]);
});

test('shows the share of stale supply of a node', async () => {
  const fresh = { stale: 0, share: 0, expiries: 0, expiredUnits: 0 };
  expect(await read('supply')).toMatchObject([
    200,
    {
      items: [
        { nodeId: 'n1', places: 2, ...fresh },
        { nodeId: 'n2', places: 1, ...fresh },
      ],
    },
  ]);
  const { inventoryFeed, inventorySetUp } = api.stores;
  const node = await inventorySetUp.node('n1');
  if (!node) throw new Error('no node n1');
  await inventorySetUp.setNode({ ...node, feedTtlSeconds: 60 }, cause);
  await inventoryFeed.noteExpiries(10, cause);
  await projectFromStart(api.stores);
  const [, { items }] = await read('supply');
  expect(items[0]).toMatchObject({ nodeId: 'n1', places: 2, stale: 2, share: 1, expiries: 2 });
  expect(items[0].expiredUnits).toBeGreaterThan(0);
});

test('sums up a range of days of at most a year', async () => {
  expect(await read('orders?from=2020-01-01&to=2020-01-31')).toMatchObject([
    200,
    { from: '2020-01-01', to: '2020-01-31', placed: 0, rejectRate: null, placedToApproved: { p50Ms: null } },
  ]);
  expect(await read('orders?from=2020-01-01&to=2021-06-01')).toMatchObject([
    400,
    { errors: [{ field: 'from' }] },
  ]);
  expect(await read('rejects?by=colour')).toMatchObject([400, { errors: [{ field: 'by' }] }]);
  expect(await read('rejects?by=node&from=yesterday')).toMatchObject([400, { errors: [{ field: 'from' }] }]);
});

test('needs the scope insights:read', async () => {
  const created = await api.stores.apiKeys.create(
    { caller: 'reader', scopes: ['orders:read'] },
    { caller: 'tester' },
  );
  const answer = await api.call('GET', '/v1/insights/orders', undefined, {
    Authorization: `Bearer ${created?.key}`,
  });
  expect(answer.status).toBe(403);
});
