import type { PrismaClient as InventoryClient } from '../../../src/stores/generated/inventory/client';
import type { PrismaClient as OrdersClient } from '../../../src/stores/generated/orders/client';
import { InventoryLists, type ReservationQuery } from '../../../src/stores/inventory/inventory-lists';
import { type AuditFilter, type AuditPosition, readAudit } from '../../../src/stores/log/audit-log';
import { type OrderQuery, OrdersLists, type ShipmentQuery } from '../../../src/stores/orders/orders-lists';
import type { StoreSession } from '../../../src/stores/postgres/store-session';
import { openStores, type Stores } from '../../../src/stores/stores';
import { blocksOfRead } from '../../support/blocks-of-read';
import { createTestDatabase, type TestDatabase } from '../../support/test-database';

let database: TestDatabase;
let stores: Stores;

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 1);
});

afterEach(async () => {
  await stores.close();
  await database.drop();
});

/** Among 20,000 rows few match, and they lie far from the first row of every other order. */
const FEW = 'i % 4000 = 2001';
const MOST_BLOCKS = 60;

const ORDERS = `INSERT INTO "order" (id, caller, customer_id, currency, status, lines, total, payment, region,
    ship_complete, version, stream_version, created_at, updated_at, last_line)
  SELECT 'o' || i, 'c', CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END, 'EUR',
    CASE WHEN ${FEW} THEN 'REJECTED' ELSE 'APPROVED' END, '[]', 1, 'unpaid', 'north', false, 1, 1,
    to_timestamp(i * 60), to_timestamp(i * 60), 1
  FROM generate_series(1, 20000) AS i;
  INSERT INTO order_secret (order_id, key, external_id, created_at)
  SELECT 'o' || i, '', CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END, to_timestamp(i * 60)
  FROM generate_series(1, 20000) AS i;
  INSERT INTO order_item (sku, created_at, order_id)
  SELECT CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END, to_timestamp(i * 60), 'o' || i FROM generate_series(1, 20000) AS i`;

const SHIPMENTS = `${ORDERS};
  INSERT INTO shipment (id, order_id, node_id, state, due_at)
  SELECT 's' || i, 'o' || i, CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END,
    CASE WHEN ${FEW} THEN 'REJECTED' ELSE 'RELEASED' END, to_timestamp(i * 60)
  FROM generate_series(1, 20000) AS i`;

test.each<[Omit<OrderQuery, 'limit'>]>([
  [{}],
  [{ customerId: 'rare' }],
  [{ status: 'REJECTED' }],
  [{ sku: 'rare' }],
  [{ externalId: 'rare' }],
  [{ externalId: 'often', after: ['1970-01-10T00:00:00.000Z', 'o1'] }],
  [{ externalId: 'often', sku: 'often' }],
  [{ createdFrom: '1970-01-02T00:00:00.000Z', createdTo: '1970-01-02T00:10:00.000Z' }],
  [{ sku: 'often', after: ['1970-01-10T00:00:00.000Z', 'o1'] }],
  [{ sku: 'often', createdTo: '1970-01-02T00:10:00.000Z' }],
])('orders found by %j are found without a look at the others', async (query) => {
  const blocks = await blocksOfRead(
    database.url,
    { schema: 'orders', fill: ORDERS, client: stores.orders.client },
    async (session) => {
      const found = await new OrdersLists(session as unknown as OrdersClient).orders({ ...query, limit: 5 });
      expect(found.length).toBe(5);
    },
  );
  expect(blocks).toBeLessThan(MOST_BLOCKS);
});

test.each<[Omit<ShipmentQuery, 'limit'>]>([
  [{}],
  [{ nodeId: 'rare' }],
  [{ state: 'REJECTED' }],
  [{ nodeId: 'often', state: 'RELEASED', after: ['1970-01-10T00:00:00.000Z', 's1'] }],
  [{ dueBefore: '1970-01-02T00:00:00.000Z' }],
])('shipments found by %j are found without a look at the others', async (query) => {
  const blocks = await blocksOfRead(
    database.url,
    { schema: 'orders', fill: SHIPMENTS, client: stores.orders.client },
    async (session) => {
      const lists = new OrdersLists(session as unknown as OrdersClient);
      expect((await lists.shipments({ ...query, limit: 5 })).length).toBe(5);
    },
  );
  expect(blocks).toBeLessThan(MOST_BLOCKS);
});

/** 20,000 settings and as many acts that leave no event, beside events that are no settings. */
const ACTS = `INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation, caller, act)
  SELECT 'item/' || i, '{"sku": "s"}', 1, 't', '{}', to_timestamp(i * 60), 'c', 'c',
    CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END,
    CASE WHEN i % 2 = 0 THEN NULL WHEN ${FEW} THEN 'cap.remove' ELSE 'item.set' END
  FROM generate_series(1, 40000) AS i;
  INSERT INTO audit_log (at, caller, act, subject, detail)
  SELECT to_timestamp(i * 60), CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END,
    CASE WHEN ${FEW} THEN 'cap.remove' ELSE 'key.create' END, 'k', '{}'
  FROM generate_series(1, 20000) AS i`;

const TENTH_DAY = ['1970-01-10T00:00:00.000Z', '00000000-0000-4000-8000-000000000000'] as const;

test.each<{ filter: AuditFilter; before?: AuditPosition }>([
  { filter: {}, before: TENTH_DAY },
  { filter: { caller: 'rare' } },
  { filter: { act: 'cap.remove' } },
  { filter: { act: 'key.create' } },
  { filter: { caller: 'often', act: 'item.set' }, before: TENTH_DAY },
  { filter: { from: '1970-01-02T00:00:00.000Z', to: '1970-01-02T00:10:00.000Z' } },
])('acts found by $filter are found without a look at the others', async ({ filter, before }) => {
  const blocks = await blocksOfRead(
    database.url,
    { schema: 'orders', fill: ACTS, client: stores.orders.client },
    async (session) => {
      expect((await readAudit(session as StoreSession, filter, before, 5)).length).toBe(5);
    },
  );
  expect(blocks).toBeLessThan(MOST_BLOCKS);
});

/** 20,000 orders' reservations with stock at one node; few have the rare item, node and customer. */
const RESERVATIONS = `INSERT INTO reservation (id, caller, state, lines, allocations, buyer, stream_version)
  SELECT 'r' || i, 'c', CASE WHEN i % 2 = 0 THEN 'CONSUMED' ELSE 'COMMITTED' END, '[]', '[]',
    jsonb_build_object('customerId', CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END), 1
  FROM generate_series(1, 20000) AS i;
  INSERT INTO allocation (reservation_id, sku, node_id, quantity, state, granted_at)
  SELECT 'r' || i, CASE WHEN ${FEW} THEN 'rare' ELSE 'often' || (i % 100) END,
    CASE WHEN ${FEW} THEN 'rare' ELSE 'often' END, 1, 'COMMITTED', to_timestamp(i)
  FROM generate_series(1, 20000, 2) AS i`;

test.each<[Omit<ReservationQuery, 'limit' | 'after'>]>([
  [{ sku: 'rare' }],
  [{ nodeId: 'rare' }],
  [{ nodeId: 'often' }],
  [{ customerId: 'rare' }],
  [{ sku: 'rare', nodeId: 'rare', customerId: 'rare' }],
])('reservations found by %j are found without a look at the others', async (query) => {
  const blocks = await blocksOfRead(
    database.url,
    { schema: 'inventory', fill: RESERVATIONS, client: stores.inventory.client },
    async (session) => {
      const lists = new InventoryLists(session as unknown as InventoryClient);
      expect((await lists.reservations({ ...query, after: '', limit: 5 })).length).toBe(5);
    },
  );
  expect(blocks).toBeLessThan(MOST_BLOCKS);
});

test('claims on an item are found, page by page, without a look at the others', async () => {
  const blocks = await blocksOfRead(
    database.url,
    { schema: 'inventory', fill: RESERVATIONS, client: stores.inventory.client },
    async (session) => {
      const lists = new InventoryLists(session as unknown as InventoryClient);
      const after = ['stock', 'often', '1970-01-01T00:30:00.000Z', 'r1'] as const;
      expect((await lists.claims('often1', after, 5)).length).toBe(5);
    },
  );
  expect(blocks).toBeLessThan(MOST_BLOCKS);
});
