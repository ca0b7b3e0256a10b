import { auditBooks } from '../../../src/audit/audit';
import { availability } from '../../../src/events/projections/availability-projection';
import { caughtUp, Relays } from '../../events/following';
import { eventually } from '../../support/saga-fixture';
import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow, openAccount, setUpCatalogue } from '../support/catalogue';

const NODE = { name: 'W', kind: 'warehouse', region: 'north' };
const CAP = { skus: ['SKU-1'], limit: 5, start: '2026-01-01T00:00:00Z', end: '2199-01-01T00:00:00Z' };
const RULE = { deny: { sku: 'SKU-1', nodeId: 'wh-1' }, reason: 'NO' };

let api: ApiUnderTest;
let serial = 0;
beforeEach(async () => {
  api = await startApi();
  api.stand.sagas = 'direct';
  await setUpCatalogue(api, 10);
});
afterEach(() => api.close());

const put = async (path: string, body: object) => {
  const answer = await api.call('PUT', `/v1/${path}`, body);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.json;
};
const remove = async (path: string) => {
  const { status, json } = await api.call('DELETE', `/v1/${path}`);
  return status === 409 ? json.references : status;
};

describe('every collection is listed', () => {
  const rows: Record<string, [path: string, key: string, body: (at: number) => object]> = {
    nodes: ['nodes', 'id', () => NODE],
    sources: ['sources', 'id', () => ({ name: 'S', basis: 'on_hand', nodes: ['wh-1'] })],
    items: ['items', 'sku', (at) => ({ name: `Item ${at}` })],
    'credit-accounts': ['credit-accounts', 'customerId', () => ({ limit: 5, currency: 'EUR' })],
    caps: ['caps', 'id', () => CAP],
    'eligibility-rules': ['eligibility-rules', 'id', () => RULE],
  };

  it.each(Object.values(rows))('%s, in pages, as each reads alone', async (path, key, body) => {
    const known = (await api.call('GET', `/v1/${path}`)).json.items.length;
    for (const at of [3, 1, 2]) await put(`${path}/x-${at}`, body(at));
    const seen: Record<string, unknown>[] = [];
    for (let cursor = ''; ; ) {
      const page = await api.call('GET', `/v1/${path}?limit=1${cursor}`);
      expect(page.status).toBe(200);
      seen.push(...page.json.items);
      if (!page.json.nextCursor) break;
      cursor = `&cursor=${page.json.nextCursor}`;
    }
    expect(seen.length).toBe(known + 3);
    const own = seen.filter((row) => String(row[key]).startsWith('x-'));
    expect(own.map((row) => row[key])).toEqual(['x-1', 'x-2', 'x-3']);
    for (const row of own) expect(row).toEqual((await api.call('GET', `/v1/${path}/${row[key]}`)).json);
  });
});

describe('a removal', () => {
  it('removes an unreferenced thing once, and its stream continues when it is set up again', async () => {
    const paths = { 'nodes/n-1': NODE, 'sources/s-1': { name: 'S', basis: 'on_hand', nodes: ['wh-1'] } };
    const all = {
      ...paths,
      'items/I-1': { name: 'I' },
      'credit-accounts/c-1': { limit: 5, currency: 'EUR' },
    };
    for (const [path, body] of Object.entries(all)) {
      expect([path, await remove(path)]).toEqual([path, 404]);
      const before = await put(path, body);
      expect([path, await remove(path), await remove(path)]).toEqual([path, 204, 204]);
      expect((await api.call('GET', `/v1/${path}`)).status).toBe(404);
      expect(await put(path, body)).toEqual(before);
    }
    const { json } = await api.call('GET', '/v1/events?stream=node/n-1');
    expect(json.items.map(({ type, version }: { type: string; version: number }) => [type, version])).toEqual(
      [
        ['inventory.node-set.v1', 1],
        ['inventory.node-removed.v1', 2],
        ['inventory.node-set.v1', 3],
      ],
    );
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });

  it('is refused while something refers to it, with the references', async () => {
    await openAccount(api, 'cust-1');
    await put('caps/cap-1', CAP);
    await put('eligibility-rules/rule-1', { ...RULE, deny: { ...RULE.deny, region: 'south' } });
    const order = {
      customerId: 'cust-1',
      currency: 'EUR',
      lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: 100 }],
      shipTo: { region: 'north' },
    };
    const headers = { 'Idempotency-Key': `k-${++serial}`, Prefer: 'wait=10' };
    const { id } = (await api.call('POST', '/v1/orders', order, headers)).json;
    const stock = { kind: 'stock', id: 'SKU-1 at wh-1' };
    const cap = { kind: 'cap', id: 'cap-1' };
    const rule = { kind: 'eligibility rule', id: 'rule-1' };
    expect(await remove('nodes/wh-1')).toEqual([{ kind: 'source', id: 'wms' }, stock, rule]);
    expect(await remove('items/SKU-1')).toEqual([stock, cap, rule]);
    expect(await remove('sources/wms')).toEqual([stock]);
    expect(await remove('credit-accounts/cust-1')).toEqual([{ kind: 'credit', id: 'held for orders: 200' }]);
    await api.call('POST', `/v1/orders/${id}/cancel`, undefined, { Prefer: 'wait=10' });
    await eventually(async () => expect(await api.stores.commands.countOpen(1)).toBe(0));
    expect(await remove('caps/cap-1')).toBe(204);
    expect(await remove('eligibility-rules/rule-1')).toBe(204);
    expect(await remove('credit-accounts/cust-1')).toBe(204);
    expect(await remove('items/SKU-1')).toBe(204);
    expect(await remove('sources/wms')).toEqual([stock]);
    await put('items/SKU-1', { name: 'Lamp' });
    await api.call('POST', '/v1/feeds/wms', [countRow({ sequence: 2, count: 0 })]);
    expect(await remove('sources/wms')).toBe(204);
    expect(await remove('nodes/wh-1')).toBe(204);
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });

  it('changes availability, and leaves the past unchanged', async () => {
    const past = (await api.call('GET', '/v1/events?limit=1000')).json.items.at(-1).occurredAt;
    await put('nodes/wh-2', NODE);
    await put('sources/wms', { name: 'WMS', basis: 'on_hand', nodes: ['wh-2'] });
    expect(await remove('nodes/wh-1')).toBe(204);
    const relays = new Relays();
    relays.start(api.stores, availability);
    await caughtUp(api.stores, 'availability');
    await relays.stop();
    const [item] = (await api.call('GET', '/v1/availability?sku=SKU-1&region=north&explain=true')).json.items;
    expect([item.atp, item.nodes]).toEqual([0, []]);
    const before = await api.call('GET', `/v1/stock/SKU-1?asOf=${past}`);
    expect(before.json).toMatchObject({ atp: 10, nodes: [{ nodeId: 'wh-1', supply: 10 }] });
    expect(await auditBooks(api.stores, { isQuiet: true })).toEqual([]);
  });
});
