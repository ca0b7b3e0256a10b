import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, openAccount, setUpCatalogue } from '../support/catalogue';
import { newKey } from '../support/keyed-routes';
import { ORDER } from '../support/samples';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 1_000);
  await openAccount(api, ORDER.customerId);
  await api.call('PUT', '/v1/nodes/wh-2', { name: 'Other', kind: 'warehouse', region: 'south' });
  await api.call('PUT', '/v1/items/SKU-2', { name: 'Other' });
  await api.call('PUT', '/v1/sources/other', { name: 'Other', basis: 'on_hand', nodes: ['wh-2'] });
  await api.call('POST', '/v1/feeds/other', [countRow({ sku: 'SKU-2', nodeId: 'wh-2', count: 1_000 })]);
  await api.stores.apiKeys.put('hf_node', { caller: 'tablet', scopes: ['shipments:write:wh-1'] });
  await api.stores.apiKeys.put('hf_nodes', { caller: 'wms', scopes: ['shipments:write'] });
});
afterAll(() => api.close());

const NODE = { Authorization: 'Bearer hf_node' };
const ALL = { Authorization: 'Bearer hf_nodes' };
const PART = { lines: [{ lineId: '1', quantity: 1 }] };
const REJECTION = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' };

const get = (path: string, as: Record<string, string> = {}) => api.call('GET', path, undefined, as);
const post = (path: string, body?: unknown, as: Record<string, string> = {}) =>
  api.call('POST', path, body, { 'Idempotency-Key': newKey(), Prefer: 'wait=10', ...as });
const report = (id: string, what: string, as: Record<string, string>, body?: unknown) =>
  post(`/v1/shipments/${id}/${what}`, what === 'reject' ? REJECTION : body, as);

/** Places an order for units that only this node has. Returns the ids of the order and of its shipment. */
async function orderedAt(node: 'wh-1' | 'wh-2', quantity = 3) {
  const lines = [{ sku: node === 'wh-1' ? 'SKU-1' : 'SKU-2', quantity, unitPrice: 500 }];
  const { json } = await post('/v1/orders', { ...ORDER, lines });
  expect(json.status).toBe('APPROVED');
  return { id: json.id as string, shipmentId: `${json.id.replace('ord_', 'shp_')}_1` };
}

describe('the key of one node', () => {
  test('lists the shipments of its node and reports on them, also on the rest of one', async () => {
    const { id, shipmentId } = await orderedAt('wh-1');
    const { status, json } = await get('/v1/shipments?nodeId=wh-1', NODE);
    expect([status, json.items.map(({ orderId }: { orderId: string }) => orderId)]).toEqual([200, [id]]);
    for (const [what, body] of [['accept'], ['reject'], ['ship', PART], ['deliver']] as const)
      expect([what, (await report(shipmentId, what, NODE, body)).status]).toEqual([what, 200]);
    expect((await report(shipmentId.replace(/_1$/, '_2'), 'ship', NODE)).status).toBe(200);
  });

  test.each(['accept', 'reject', 'ship', 'deliver'])(
    'gets one answer to %s for shipments of other nodes and for those that do not exist',
    async (what) => {
      const { id, shipmentId } = await orderedAt('wh-2');
      const before = await api.stores.ordersReads.order(id);
      const ids = [shipmentId, shipmentId.replace(/_1$/, '_9'), 'shp_0000000000000000_1', 'nothing'];
      const answers = await Promise.all(ids.map((one) => report(one, what, NODE)));
      const told = answers.map(({ status, json: { instance: _, ...problem }, headers }) => [
        status,
        problem,
        headers.get('www-authenticate'),
      ]);
      expect(told).toEqual(Array(ids.length).fill(told[0]));
      expect(told[0]).toMatchObject([403, { type: '/problems/forbidden' }, expect.any(String)]);
      expect(await api.stores.ordersReads.order(id)).toEqual(before);
    },
  );

  test('reads nothing else and changes nothing else', async () => {
    const { id, shipmentId } = await orderedAt('wh-1');
    const paths = ['/v1/shipments', '/v1/shipments?state=RELEASED', '/v1/shipments?nodeId=wh-2'];
    const longer = ['/v1/shipments?nodeId=wh-11', '/v1/shipments?nodeId=wh-1:a'];
    const orders = ['', '/shipments', '/events'].map((what) => `/v1/orders/${id}${what}`);
    for (const path of [...paths, ...longer, ...orders, '/v1/orders', '/v1/stock/SKU-1', '/v1/sagas'])
      expect([path, (await get(path, NODE)).status]).toEqual([path, 403]);
    expect((await post(`/v1/orders/${id}/cancel`, undefined, NODE)).status).toBe(403);
    expect((await report(shipmentId, 'accept', NODE)).status).toBe(200);
  });

  test('may name a node with colons', async () => {
    await api.stores.apiKeys.put('hf_colons', { caller: 'c', scopes: ['shipments:write:eu:1:a'] });
    const colons = { Authorization: 'Bearer hf_colons' };
    expect((await get('/v1/shipments?nodeId=eu:1:a', colons)).status).toBe(200);
    expect((await get('/v1/shipments?nodeId=eu:1', colons)).status).toBe(403);
  });
});

test('the key of all nodes reports on every shipment, and hears which do not exist', async () => {
  const { shipmentId } = await orderedAt('wh-2');
  expect((await report(shipmentId, 'accept', ALL)).status).toBe(200);
  expect((await report('nothing', 'accept', ALL)).status).toBe(404);
});

test('a key without a scope for shipments is refused before its report is read', async () => {
  await api.stores.apiKeys.put('hf_other', { caller: 'o', scopes: ['orders:write', 'feeds:write:wh-1'] });
  const { shipmentId } = await orderedAt('wh-1');
  const answer = await api.call('POST', `/v1/shipments/${shipmentId}/ship`, 'no JSON', {
    Authorization: 'Bearer hf_other',
  });
  expect(answer.status).toBe(403);
});
