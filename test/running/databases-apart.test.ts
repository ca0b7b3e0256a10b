import { Client } from 'pg';
import { startRelay } from '../../src/main/roles/relay-role';
import { type LiveApi, newKey, openLiveApi, placeOrder } from '../http/support/live-api';
import { itemAtNodes } from '../support/item-at-nodes';
import { eventually } from '../support/saga-fixture';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const STORES = ['orders', 'inventory', 'credit'] as const;
const WAIT = { Prefer: 'wait=20' };

let apart: readonly TestDatabase[];
let api: LiveApi;
let relay: ReturnType<typeof startRelay>;

/** Leaves a database with the schema of one store: a query to another store's schema fails. */
async function keepOnly(store: (typeof STORES)[number], url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const other of STORES) if (other !== store) await client.query(`DROP SCHEMA ${other} CASCADE`);
  await client.end();
}

beforeAll(async () => {
  const [inventory, credit] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  apart = [inventory, credit];
  api = await openLiveApi({ stores: { inventory: inventory.url, credit: credit.url } });
  await keepOnly('orders', api.fixture.settings.stores.orders);
  await keepOnly('inventory', inventory.url);
  await keepOnly('credit', credit.url);
  relay = startRelay(api.fixture.context, api.fixture.intakes);
});

afterAll(async () => {
  await relay.stop();
  expect(await api.close()).toEqual([]);
  await Promise.all(apart.map((database) => database.drop()));
});

const read = async (path: string) => (await api.call('GET', path)).json;
const post = (path: string, body: unknown = {}) =>
  api.call('POST', path, body, { ...WAIT, 'Idempotency-Key': newKey() });

describe('three stores in three databases', () => {
  it('take an order to its delivery and its payment', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 5 });
    const { id } = await placeOrder(api, sku, 3);
    const { items } = await read(`/v1/orders/${id}/shipments`);
    for (const report of ['accept', 'ship', 'deliver'])
      expect((await post(`/v1/shipments/${items[0].id}/${report}`)).status).toBe(200);
    // A shipment is answered at its record, before its credit is captured.
    await eventually(async () =>
      expect(await read(`/v1/orders/${id}`)).toMatchObject({ status: 'DELIVERED', payment: 'captured' }),
    );
    await post(`/v1/credit-accounts/${sku}/payments`, { amount: 300 });
    expect(await read(`/v1/credit-accounts/${sku}`)).toMatchObject({ held: 0, captured: 0 });
    const timeline = (await read(`/v1/orders/${id}/events`)).items;
    const stores = new Set(timeline.map(({ type }: { type: string }) => type.split('.')[0]));
    expect([...stores].sort()).toEqual(['credit', 'inventory', 'orders']);
    await eventually(async () => {
      const availability = await read(`/v1/availability?sku=${sku}&region=north&explain=true`);
      expect(availability).toMatchObject({ items: [{ atp: 2 }] });
    });
  });

  it('undo what each of them did for an order that is refused, revised or cancelled', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 5 });
    const lines = [{ sku, quantity: 9, unitPrice: 100 }];
    const body = { customerId: sku, currency: 'EUR', lines, shipTo: { region: 'north' } };
    expect((await post('/v1/orders', body)).json).toMatchObject({
      status: 'REJECTED',
      reason: 'OUT_OF_STOCK',
    });
    const { id } = await placeOrder(api, sku, 3);
    const revised = { baseVersion: 1, lines: [{ lineId: '1', sku, quantity: 4, unitPrice: 100 }] };
    expect((await post(`/v1/orders/${id}/revise`, revised)).json).toMatchObject({ version: 2, total: 400 });
    expect((await post(`/v1/orders/${id}/cancel`)).json.status).toBe('CANCELLED');
    expect(await read(`/v1/credit-accounts/${sku}`)).toMatchObject({ held: 0, available: 10_000 });
    expect(await read(`/v1/stock/${sku}`)).toMatchObject({ atp: 5 });
  });

  it('let a hold expire, and tell of a moment that is past', async () => {
    const sku = await itemAtNodes(api.fixture, { 'wh-north': 5 });
    const hold = { lines: [{ sku, quantity: 2 }], shipTo: { region: 'north' }, ttlSeconds: 1 };
    const { id, expiresAt } = (await post('/v1/reservations', hold)).json;
    const tidied = async () => {
      const { items } = await read(`/v1/events?stream=reservation/${id}`);
      expect(items.at(-1).type).toBe('inventory.reservation-expired.v1');
    };
    await eventually(tidied);
    expect((await read(`/v1/reservations/${id}`)).state).toBe('EXPIRED');
    expect(await read(`/v1/stock/${sku}`)).toMatchObject({ atp: 5 });
    const before = new Date(Date.parse(expiresAt) - 100).toISOString();
    expect(await read(`/v1/stock/${sku}?asOf=${before}`)).toMatchObject({ atp: 3 });
  });
});
