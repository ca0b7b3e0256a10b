import { auditBooks } from '../../../src/audit/audit';
import { availability } from '../../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../../events/following';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
const relays = new Relays();
beforeAll(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  relays.start(api.stores, availability);
});
afterAll(async () => {
  await relays.stop();
  await api.close();
});

const PLACE = encodeURIComponent;
/** 100 characters of four bytes: as long as an id can be in UTF-8 and percent-encoded. */
const longest = (first: string) => first + '😀'.repeat(100 - first.length);
const SKU = longest('a/b #+%');
const NODE = longest('n/');
const SOURCE = 'my source/1';
const CUSTOMER = 'anna+test@example.com';

async function put(path: string, body: object): Promise<void> {
  const { status, text } = await api.call('PUT', path, body);
  expect([status, text]).toEqual([200, expect.any(String)]);
}

async function setUp(): Promise<void> {
  await put(`/v1/nodes/${PLACE(NODE)}`, { name: 'n', kind: 'warehouse', region: 'north' });
  await put(`/v1/sources/${PLACE(SOURCE)}`, { name: 's', basis: 'on_hand', nodes: [NODE] });
  await put(`/v1/items/${PLACE(SKU)}`, { name: 'i', tags: ['fire hazard'] });
  await put(`/v1/credit-accounts/${PLACE(CUSTOMER)}`, { currency: 'EUR', limit: 100_000 });
  const window = { start: '2026-01-01T00:00:00Z', end: '2100-01-01T00:00:00Z' };
  await put(`/v1/caps/${PLACE(longest('cap/'))}`, { skus: [SKU], customerId: CUSTOMER, limit: 9, ...window });
  const deny = { itemTag: 'fire hazard', shippingMethod: 'by air' };
  await put(`/v1/eligibility-rules/${PLACE(longest('r '))}`, { deny, reason: 'NO_FLIGHT' });
  await api.stores.apiKeys.put('hf_feed', { caller: 'wms', scopes: [`feeds:write:${SOURCE}`] });
  const row = {
    ...{ messageId: longest('m'), sequence: 1, sku: SKU, nodeId: NODE, count: 5 },
    observedAt: '2026-01-01T00:00:00Z',
  };
  const fed = await api.call('POST', `/v1/feeds/${PLACE(SOURCE)}`, [row], {
    Authorization: 'Bearer hf_feed',
  });
  expect(fed.json).toMatchObject({ applied: 1, rejected: 0 });
}

const ORDER = {
  ...{ customerId: CUSTOMER, currency: 'EUR', shipTo: { region: 'north' }, shippingMethod: 'by road' },
  lines: [{ sku: SKU, quantity: 2, unitPrice: 100 }],
};
const WAIT = { Prefer: 'wait=10' };

test('an order over the longest ids is approved, shipped and delivered, and the books balance', async () => {
  await setUp();
  const flown = await api.call(
    'POST',
    '/v1/orders',
    { ...ORDER, shippingMethod: 'by air' },
    { 'Idempotency-Key': 'air', ...WAIT },
  );
  expect(flown.json).toMatchObject({ status: 'REJECTED', reason: 'NOT_ELIGIBLE' });
  const { json: order } = await api.call('POST', '/v1/orders', ORDER, { 'Idempotency-Key': 'road', ...WAIT });
  expect(order).toMatchObject({ status: 'APPROVED', lines: [{ sku: SKU, sources: [{ nodeId: NODE }] }] });
  const { json: shipments } = await api.call('GET', `/v1/shipments?nodeId=${PLACE(NODE)}`);
  const [{ id }] = shipments.items;
  for (const report of ['accept', 'ship', 'deliver'])
    expect((await api.call('POST', `/v1/shipments/${id}/${report}`, {}, WAIT)).status).toBe(200);
  const stock = await api.call('GET', `/v1/stock/${PLACE(SKU)}`);
  expect(stock.json).toMatchObject({ sku: SKU, atp: 3, nodes: [{ nodeId: NODE, supply: 3 }] });
  await caughtUp(api.stores, 'availability');
  const asked = `/v1/availability?sku=${PLACE(SKU)}&region=north&shippingMethod=`;
  expect((await api.call('GET', `${asked}by%20road`)).json.items).toMatchObject([{ sku: SKU, sellable: 3 }]);
  expect((await api.call('GET', `${asked}by%20air`)).json.items).toMatchObject([{ sku: SKU, sellable: 0 }]);
  const { json: events } = await api.call('GET', '/v1/events?types=inventory.stock-consumed.v1');
  expect(events.items).toMatchObject([{ key: { kind: 'stock', sku: SKU, nodeId: NODE } }]);
  const { stream } = events.items[0];
  expect((await api.call('GET', `/v1/events?stream=${PLACE(stream)}`)).json.items.length).toBeGreaterThan(2);
  expect(await auditBooks(api.stores)).toEqual([]);
});

test.each([
  ['a control character', 'a\u0007'],
  ['a space at its end', 'a '],
  ['an invisible character', 'a\u200b'],
  ['a form that is not NFC', 'e\u0301'],
  ['more than 100 characters', '😀'.repeat(101)],
])('an id with %s is refused', async (_, id) => {
  const { status, json } = await api.call('GET', `/v1/items/${PLACE(id)}`);
  expect([status, json.errors[0].field]).toEqual([400, 'sku']);
});
