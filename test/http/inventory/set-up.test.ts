import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
});
afterAll(() => api.close());

const feed = (rows: unknown, type = 'application/json') =>
  api.call('POST', '/v1/feeds/wms', rows, { 'Content-Type': type });

describe('set-up', () => {
  it('creates a node and reads it back', async () => {
    const wanted = { name: 'Partner', kind: 'partner', region: 'south', feedTtlSeconds: 60 };
    const put = await api.call('PUT', '/v1/nodes/p-1', wanted);
    expect(put.status).toBe(200);
    expect(put.json).toEqual({ id: 'p-1', ...wanted, priority: 100, enabled: true, safetyStock: 0 });
    expect((await api.call('GET', '/v1/nodes/p-1')).json).toEqual(put.json);
    await api.call('PUT', '/v1/nodes/p-1', { ...wanted, enabled: false });
    expect((await api.call('GET', '/v1/nodes/p-1')).json.enabled).toBe(false);
  });

  it('requires a time-to-live of a partner', async () => {
    const answer = await api.call('PUT', '/v1/nodes/p-2', { name: 'P', kind: 'partner', region: 'south' });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([{ field: 'feedTtlSeconds', message: 'is required for a partner' }]);
    expect((await api.call('GET', '/v1/nodes/p-2')).status).toBe(404);
  });

  it('refuses to make a node with reported stock a partner, and allows its other changes', async () => {
    const own = { name: 'Warehouse', kind: 'warehouse', region: 'north' };
    const before = (await api.call('GET', '/v1/nodes/wh-1')).json;
    const passed = { ...own, kind: 'partner', feedTtlSeconds: 60 };
    const refused = await api.call('PUT', '/v1/nodes/wh-1', passed);
    expect([refused.status, refused.json.type]).toEqual([409, '/problems/conflict']);
    expect(refused.json.errors).toEqual([
      { field: 'kind', message: 'wh-1 must stay a warehouse: a source has reported stock there' },
    ]);
    expect((await api.call('GET', '/v1/nodes/wh-1')).json).toEqual(before);
    expect((await api.call('PUT', '/v1/nodes/wh-1', { ...own, kind: 'store' })).json.kind).toBe('store');
    expect((await api.call('PUT', '/v1/nodes/wh-1', own)).json).toEqual(before);
    await api.call('PUT', '/v1/nodes/wh-2', passed);
    expect((await api.call('PUT', '/v1/nodes/wh-2', own)).json.kind).toBe('warehouse');
  });

  it('names the nodes of a source that do not exist', async () => {
    const body = { name: 'S', basis: 'available', nodes: ['wh-1', 'nowhere'] };
    const answer = await api.call('PUT', '/v1/sources/s-1', body);
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toEqual([{ field: 'nodes[1]', message: 'node nowhere does not exist' }]);
    const put = await api.call('PUT', '/v1/sources/s-1', { ...body, nodes: ['wh-1'] });
    expect(put.json).toEqual({ id: 's-1', ...body, nodes: ['wh-1'], authority: 0, forms: {} });
  });

  it('keeps items with their back-order terms', async () => {
    const backorder = { mode: 'limited', limit: 5, promiseDate: '2026-12-24' };
    const put = await api.call('PUT', '/v1/items/SKU-2', { name: 'Desk', backorder, perOrderMax: 3 });
    expect(put.json).toEqual({ sku: 'SKU-2', name: 'Desk', backorder, perOrderMax: 3, tags: [] });
    expect((await api.call('GET', '/v1/items/SKU-2')).json).toEqual(put.json);
  });

  it('opens credit accounts and keeps their currency', async () => {
    const path = '/v1/credit-accounts/cust-1';
    expect((await api.call('GET', path)).status).toBe(404);
    const opened = await api.call('PUT', path, { limit: 5_000, currency: 'EUR' });
    expect(opened.json).toEqual({
      customerId: 'cust-1',
      currency: 'EUR',
      limit: 5_000,
      held: 0,
      captured: 0,
      available: 5_000,
    });
    const other = await api.call('PUT', path, { limit: 5_000, currency: 'USD' });
    expect([other.status, other.json.reason]).toEqual([409, 'CURRENCY_MISMATCH']);
    expect((await api.call('GET', path)).json).toEqual(opened.json);
  });
});

describe('feeds', () => {
  const named = { sku: 'SKU-1', messageId: 'msg-1' };
  const unnamed = { sku: null, messageId: null };

  it('answers each row in order, and applies the others beside a bad one', async () => {
    const answer = await feed([
      countRow({ sequence: 5, count: 7 }),
      countRow({ sequence: 5, count: 7 }),
      countRow({ sequence: 4 }),
      countRow({ sequence: 6, count: -1 }),
      'not a row',
      countRow({ sku: 'NOPE' }),
      countRow({ nodeId: 'p-1' }),
      countRow({ sequence: 7, observedAt: '2199-01-01T00:00:00+02:00' }),
      countRow({ sequence: 6, count: 8, observedAt: '2026-01-01T01:00:00+01:00' }),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ applied: 2, duplicate: 1, stale: 1, rejected: 5 });
    expect(answer.json.results).toEqual([
      { row: 1, ...named, outcome: 'applied' },
      { row: 2, ...named, outcome: 'duplicate' },
      { row: 3, ...named, outcome: 'stale' },
      {
        row: 4,
        ...named,
        outcome: 'rejected',
        reason: 'INVALID',
        detail: expect.stringContaining('count: '),
      },
      {
        row: 5,
        ...unnamed,
        outcome: 'rejected',
        reason: 'INVALID',
        detail: expect.stringContaining('row: '),
      },
      { row: 6, ...named, sku: 'NOPE', outcome: 'rejected', reason: 'UNKNOWN_SKU' },
      { row: 7, ...named, outcome: 'rejected', reason: 'NODE_NOT_OF_SOURCE' },
      { row: 8, ...named, outcome: 'rejected', reason: 'OBSERVED_IN_FUTURE' },
      { row: 9, ...named, outcome: 'applied' },
    ]);
  });

  it('reads NDJSON line by line', async () => {
    const lines = [JSON.stringify(countRow({ sequence: 20 })), '{"sku":', '{"a":1,"a":2}', ''];
    const answer = await feed(lines.join('\n'), 'application/x-ndjson');
    expect(answer.json.results).toEqual([
      { row: 1, ...named, outcome: 'applied' },
      {
        ...{ row: 2, ...unnamed, outcome: 'rejected', reason: 'INVALID' },
        detail: expect.stringContaining('is not JSON'),
      },
      { row: 3, ...unnamed, outcome: 'rejected', reason: 'INVALID', detail: 'a: appears twice' },
    ]);
  });

  it('takes 10,000 rows and refuses more', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => countRow({ sequence: 100 + i }));
    const answer = await feed(rows);
    expect([answer.status, answer.json.applied]).toEqual([200, 10_000]);
    expect((await feed([...rows, countRow()])).status).toBe(413);
    expect((await feed(`[${'1,'.repeat(300_000)}1]`)).status).toBe(413);
  });

  it('answers 404 for a source that does not exist', async () => {
    expect((await api.call('POST', '/v1/feeds/unknown', [countRow()])).status).toBe(404);
  });
});

describe('stock', () => {
  it('shows every term of every node', async () => {
    await feed([countRow({ sequence: 50_000, count: 9 })]);
    const answer = await api.call('GET', '/v1/stock/SKU-1');
    expect(answer.json).toEqual({
      sku: 'SKU-1',
      openBackorders: 0,
      waiting: [],
      nodes: [
        {
          nodeId: 'wh-1',
          supply: 9,
          held: 0,
          committed: 0,
          unavailable: 0,
          safetyStock: 0,
          atp: 9,
          freshness: 'fresh',
          observedAt: '2026-01-01T00:00:00.000Z',
          sourceId: 'wms',
        },
      ],
      atp: 9,
    });
    expect((await api.call('GET', '/v1/stock/NOPE')).status).toBe(404);
  });
});
