import { pino } from 'pino';
import { Registry } from 'prom-client';
import { availability } from '../../../src/events/projections/availability-projection';
import { createApi } from '../../../src/http/api';
import { createApiServer } from '../../../src/http/api-server';
import { openStores } from '../../../src/stores/stores';
import { caughtUp, Relays } from '../../events/following';
import { createTestDatabase } from '../../support/test-database';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow } from '../support/catalogue';

let api: ApiUnderTest;
const relays = new Relays();

beforeAll(async () => {
  api = await startApi();
  relays.start(api.stores, availability);
  const put = (path: string, body: object) => api.call('PUT', path, body);
  const warehouse = { name: 'Warehouse', kind: 'warehouse', region: 'north' };
  await put('/v1/nodes/wh-1', { ...warehouse, safetyStock: 2 });
  await put('/v1/nodes/wh-2', { ...warehouse, enabled: false });
  await put('/v1/nodes/wh-3', warehouse);
  await put('/v1/nodes/shop-1', { name: 'Merchant', kind: 'partner', region: 'south', feedTtlSeconds: 60 });
  await put('/v1/items/SKU-1', { name: 'Lamp', perOrderMax: 7 });
  await put('/v1/items/SKU-2', {
    name: 'Chair',
    backorder: { mode: 'unlimited', promiseDate: '2027-01-01' },
  });
  await put('/v1/sources/wms', { name: 'WMS', basis: 'on_hand', nodes: ['wh-1', 'wh-2', 'shop-1'] });
  await api.call('POST', '/v1/feeds/wms', [
    countRow({ messageId: 'm1', nodeId: 'wh-1', count: 10 }),
    countRow({ messageId: 'm2', nodeId: 'wh-2', count: 10 }),
    countRow({ messageId: 'm3', nodeId: 'shop-1', count: 10 }),
  ]);
  const rule = { deny: { channel: 'web', nodeId: 'wh-1' }, reason: 'SHOP_ONLY' };
  await put('/v1/eligibility-rules/shop-only', rule);
  await caughtUp(api.stores, 'availability');
});

afterAll(async () => {
  await relays.stop();
  await api.close();
});

const brief = (query: string) => api.call('GET', `/v1/availability?${query}`);
const get = (query: string) => brief(`${query}&explain=true`);

describe('availability', () => {
  it('shows every term, every excluded node with its reason, and asOf', async () => {
    const { status, json } = await get('sku=SKU-1&region=north');
    expect(status).toBe(200);
    const [item] = json.items;
    expect(item).toMatchObject({ sku: 'SKU-1', isKnown: true, sellable: 7, atp: 8, perOrderMax: 7 });
    expect(item.nodes.map(({ nodeId, atp }: { nodeId: string; atp: number }) => [nodeId, atp])).toEqual([
      ['shop-1', 0],
      ['wh-1', 8],
      ['wh-2', 0],
    ]);
    expect(item.nodes[1]).toMatchObject({ supply: 10, safetyStock: 2, held: 0, committed: 0 });
    expect(item.excluded).toEqual([
      { nodeId: 'shop-1', reason: 'EXPIRED' },
      { nodeId: 'wh-2', reason: 'DISABLED' },
    ]);
    expect(Date.now() - Date.parse(json.asOf)).toBeLessThan(60_000);
  });

  it('answers briefly unless it is asked to explain', async () => {
    const { json } = await brief('sku=SKU-1&sku=NO-SUCH&region=north');
    expect(json.items).toEqual([
      { sku: 'SKU-1', sellable: 7, atp: 8 },
      { sku: 'NO-SUCH', sellable: 0, atp: 0 },
    ]);
  });

  it('answers for a channel and region, in the order of the request, with unknown items marked', async () => {
    const { json } = await get('sku=SKU-2&sku=NO-SUCH&sku=SKU-1&region=north&channel=web');
    const seen = json.items.map((item: { sku: string; isKnown: boolean; sellable: number }) => [
      item.sku,
      item.isKnown,
      item.sellable,
    ]);
    expect(seen).toEqual([
      ['SKU-2', true, 1_000_000],
      ['NO-SUCH', false, 0],
      ['SKU-1', true, 0],
    ]);
    expect(json.items[0]).toMatchObject({ backorderRoom: null, promiseDate: '2027-01-01', atp: 0 });
    expect(json.items[2].excluded).toContainEqual({ nodeId: 'wh-1', reason: 'SHOP_ONLY' });
  });

  it('answers POST with the same, for a thousand items too', async () => {
    const asked = await get('sku=SKU-1&region=north');
    const posted = await api.call('POST', '/v1/availability', {
      skus: ['SKU-1'],
      region: 'north',
      explain: true,
    });
    expect(posted.json.items).toEqual(asked.json.items);
    const skus = Array.from({ length: 1_000 }, (_, index) => `${'S'.repeat(55)}-${index}`);
    const many = await api.call('POST', '/v1/availability', { skus, region: 'north' });
    expect(many.json.items).toHaveLength(1_000);
    const tooMany = await api.call('POST', '/v1/availability', { skus: [...skus, 'A'], region: 'north' });
    expect([tooMany.status, tooMany.json.errors[0].field]).toEqual([400, 'skus']);
  });

  it.each([
    ['region=north', 'sku'],
    ['sku=SKU-1', 'region'],
    ['sku=SKU-1&sku=SKU-1&region=north', 'sku'],
    ['sku=SKU-1&region=north&region=south', 'region'],
    ['sku=%00&region=north', 'sku[0]'],
    ['sku=SKU-1&region=north&extra=1', 'extra'],
    ['sku=SKU-1&region=north&explain=1', 'explain'],
  ])('refuses %s', async (query, field) => {
    const { status, json } = await brief(query);
    expect([status, json.errors[0].field]).toEqual([400, field]);
  });
});

describe('availability while no projection runs', () => {
  beforeAll(() => relays.stop());

  it('takes one statement however many items', async () => {
    const client = api.stores.inventory.client as unknown as { $queryRaw: (...all: unknown[]) => unknown };
    const spy = jest.spyOn(client, '$queryRaw');
    await get('sku=SKU-1&sku=SKU-2&sku=SKU-3&region=north');
    expect(spy).toHaveBeenCalledTimes(1);
    spy.mockRestore();
  });

  it('has the age of the data in asOf', async () => {
    const before = (await get('sku=SKU-1&region=north')).json;
    await api.call('POST', '/v1/feeds/wms', [
      countRow({ messageId: 'm9', nodeId: 'wh-1', count: 50, sequence: 9 }),
    ]);
    const behind = (await get('sku=SKU-1&region=north')).json;
    expect(behind.items).toEqual(before.items);
    const later = (await get('sku=SKU-1&region=north')).json;
    expect(later.asOf).toBe(behind.asOf);
    expect(Date.parse(behind.asOf)).toBeGreaterThanOrEqual(Date.parse(before.asOf));
    relays.start(api.stores, availability);
    await caughtUp(api.stores, 'availability');
    const after = (await get('sku=SKU-1&region=north')).json;
    expect(after.items[0].atp).toBe(48);
    expect(Date.parse(after.asOf)).toBeGreaterThan(Date.parse(behind.asOf));
  });
});

describe('availability as of a moment', () => {
  const at = (query: string, asOf: string) => get(`${query}&asOf=${encodeURIComponent(asOf)}`);

  it('is the answer of then, also after stock, rules and caps have changed', async () => {
    await api.call('PUT', '/v1/caps/past', {
      skus: ['SKU-1'],
      start: '2026-01-01T00:00:00Z',
      end: '2100-01-01T00:00:00Z',
      limit: 5,
    });
    await caughtUp(api.stores, 'availability');
    const now = (await get('sku=SKU-1&region=north')).json;
    expect(now.items[0]).toMatchObject({ sellable: 5, capRoom: 5 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await api.call('DELETE', '/v1/caps/past');
    await api.call('PUT', '/v1/nodes/wh-1', {
      name: 'Warehouse',
      kind: 'warehouse',
      region: 'north',
      enabled: false,
    });
    await api.call('PUT', '/v1/items/SKU-NEW', { name: 'Rug' });
    const past = await at('sku=SKU-1&sku=SKU-NEW&region=north', now.asOf);
    expect([past.status, past.json]).toEqual([
      200,
      { items: [now.items[0], expect.objectContaining({ sku: 'SKU-NEW', isKnown: false })], asOf: now.asOf },
    ]);
  });

  it('refuses a moment in the future and more than 50 items', async () => {
    const ahead = await at('sku=SKU-1&region=north', new Date(Date.now() + 60_000).toISOString());
    expect([ahead.status, ahead.json.errors]).toEqual([
      400,
      [{ field: 'asOf', message: 'must not lie in the future' }],
    ]);
    const skus = Array.from({ length: 51 }, (_, index) => `sku=SKU-${index}`).join('&');
    const many = await at(`${skus}&region=north`, new Date().toISOString());
    expect([many.status, many.json.errors]).toEqual([
      400,
      [{ field: 'sku', message: 'must name at most 50 items with asOf' }],
    ]);
  });
});

test('a known key asks for availability also while the orders store, where keys are kept, is gone', async () => {
  const [orders, inventory] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const stores = openStores({ orders: orders.url, inventory: inventory.url, credit: orders.url }, 2);
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const deps = { ...api.deps, stores, metrics: new Registry(), logger: pino({ level: 'silent' }) };
  const server = createApiServer(createApi(deps));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const ask = async (key: string) =>
    (
      await fetch(`http://127.0.0.1:${port}/v1/availability?sku=SKU-1&region=north`, {
        headers: { Authorization: `Bearer ${key}` },
      })
    ).status;
  expect(await ask(ADMIN_KEY)).toBe(200);
  await orders.drop();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  expect(await ask(ADMIN_KEY)).toBe(200);
  expect(await ask('hf_nobody')).toBeGreaterThanOrEqual(500);
  clock.mockReturnValue(Date.now() + 3_600_000);
  expect(await ask(ADMIN_KEY)).toBeGreaterThanOrEqual(500);
  clock.mockRestore();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await stores.close();
  await inventory.drop();
});
