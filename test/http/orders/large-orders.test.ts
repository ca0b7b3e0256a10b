import { type LiveApi, newKey, openLiveApi } from '../support/live-api';

const LINES = 500;
/** As long as a SKU may be, so that bodies, statements and payloads are as large as they get. */
const skuOf = (at: number) => `SKU-${at}-`.padEnd(64, 'x');
const nodeOf = (at: number) => (at % 2 === 0 ? 'wh-1' : 'wh-2');
const all = Array.from({ length: LINES }, (_, at) => at);

let api: LiveApi;
beforeAll(async () => {
  api = await openLiveApi();
  for (const id of ['wh-1', 'wh-2'])
    await api.call('PUT', `/v1/nodes/${id}`, { name: id, kind: 'warehouse', region: 'north' });
  await api.call('PUT', '/v1/sources/bulk', { name: 'B', basis: 'on_hand', nodes: ['wh-1', 'wh-2'] });
  await api.call('PUT', '/v1/credit-accounts/bulk', { currency: 'EUR', limit: 1_000_000 });
  const items = all.map((at) => JSON.stringify({ sku: skuOf(at), name: `${at}` })).join('\n');
  const imported = await api.call('POST', '/v1/imports/items', items, {
    'Content-Type': 'application/x-ndjson',
  });
  expect(imported.json).toMatchObject({ applied: LINES });
  const rows = all.map((at) => ({
    messageId: `m-${at}`,
    sequence: 1,
    sku: skuOf(at),
    nodeId: nodeOf(at),
    count: 10,
    observedAt: '2026-01-01T00:00:00Z',
  }));
  expect((await api.call('POST', '/v1/feeds/bulk', rows)).json).toMatchObject({ applied: LINES });
});

afterAll(async () => expect(await api.close()).toEqual([]));

const wait = () => ({ 'Idempotency-Key': newKey(), Prefer: 'wait=30' });

test('an order of 500 lines is placed, revised, shipped in parts and given back', async () => {
  const lines = all.map((at) => ({ sku: skuOf(at), quantity: 1, unitPrice: at % 3 }));
  const body = { customerId: 'bulk', currency: 'EUR', lines, shipTo: { region: 'north' } };
  const placed = await api.call('POST', '/v1/orders', JSON.stringify(body, null, 4), wait());
  expect([placed.status, placed.json.status, placed.json.lines?.length]).toEqual([200, 'APPROVED', LINES]);
  const { id } = placed.json;
  const more = {
    baseVersion: 1,
    lines: lines.map((line, at) => ({ ...line, lineId: `${at + 1}`, quantity: 2 })),
  };
  const revised = await api.call('POST', `/v1/orders/${id}/revise`, more, wait());
  expect([revised.status, revised.json.version]).toEqual([200, 2]);
  expect(revised.json.total).toBe(2 * placed.json.total);
  const shipments = (await api.call('GET', `/v1/orders/${id}/shipments`)).json.items;
  const first = shipments.find((one: { lines: readonly object[] }) => one.lines.length > 0);
  expect(first.lines.length).toBe(LINES / 2);
  for (const report of ['accept', 'ship'])
    expect((await api.call('POST', `/v1/shipments/${first.id}/${report}`, {}, wait())).status).toBe(200);
  const cancelled = await api.call('POST', `/v1/orders/${id}/cancel`, {}, wait());
  expect([cancelled.status, cancelled.json.status]).toEqual([200, 'SHIPPED']);
  const found = await api.call('GET', `/v1/orders?sku=${skuOf(7)}`);
  expect(found.json.items.map((one: { id: string }) => one.id)).toEqual([id]);
});

test('500 lines are held, and more are refused', async () => {
  const lines = all.map((at) => ({ sku: skuOf(at), quantity: 1 }));
  const body = { lines, shipTo: { region: 'north' }, ttlSeconds: 600 };
  const held = await api.call('POST', '/v1/reservations', body, { 'Idempotency-Key': newKey() });
  expect([held.status, held.json.lines?.length]).toEqual([201, LINES]);
  const beyond = { ...body, lines: [...lines, { sku: 'ONE-MORE', quantity: 1 }] };
  const refused = await api.call('POST', '/v1/reservations', beyond, { 'Idempotency-Key': newKey() });
  expect([refused.status, refused.json.errors[0].field]).toEqual([400, 'lines']);
});
