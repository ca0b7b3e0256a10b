import type { Sql } from '@prisma/client/runtime/client';
import { Client } from 'pg';
import { alreadyDecided } from '../../../src/domain/order/order-decision';
import type { PrismaClient as InventoryClient } from '../../../src/stores/generated/inventory/client';
import type { PrismaClient as OrdersClient } from '../../../src/stores/generated/orders/client';
import { InventoryReads } from '../../../src/stores/inventory/inventory-reads';
import { CommandStore } from '../../../src/stores/orders/command-store';
import { OrdersReads } from '../../../src/stores/orders/orders-reads';
import type { StorePool } from '../../../src/stores/postgres/store-pool';
import type { StepSession, StoreSession } from '../../../src/stores/postgres/store-session';
import { openStores, type Stores } from '../../../src/stores/stores';
import { remembering } from '../../support/asked-statements';
import { blocksOfRead } from '../../support/blocks-of-read';
import { blocksRead } from '../../support/planned-statement';
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

const blocksOf = async (
  schema: string,
  fill: string,
  client: StoreSession,
  read: (session: StoreSession) => Promise<unknown>,
): Promise<number> =>
  blocksOfRead(database.url, { schema, fill, client }, async (session) =>
    expect(await read(session)).toHaveLength(1),
  );

test('a due shipment is found without reading those that are not due', async () => {
  const fill = `INSERT INTO shipment (id, order_id, node_id, state, due_at)
    SELECT 's' || i, 'o' || i, 'n', 'RELEASED', clock_timestamp() + make_interval(mins => i - 1)
    FROM generate_series(1, 20000) AS i`;
  const read = (session: StoreSession) =>
    new OrdersReads(session as unknown as OrdersClient).dueShipments(20, ['other']);
  expect(await blocksOf('orders', fill, stores.orders.client, read)).toBeLessThan(20);
});

test('an expired hold is found without reading the others', async () => {
  const fill = `INSERT INTO reservation (id, caller, state, lines, allocations, expires_at, stream_version)
    SELECT 'r' || i, 'c', 'HELD', '[]', '[]', clock_timestamp() + make_interval(mins => i - 1), 1
    FROM generate_series(1, 20000) AS i`;
  const read = (session: StoreSession) =>
    new InventoryReads(session as unknown as InventoryClient).dueHolds(20, ['other']);
  expect(await blocksOf('inventory', fill, stores.inventory.client, read)).toBeLessThan(20);
});

describe('open commands are found without reading closed ones', () => {
  /** Three open commands among 20,000 closed ones, all an hour old and due for a check. */
  const fill = `INSERT INTO command (id, caller, operation, fingerprint, kind, subject, wanted, workflow_id,
      recorded_at, look_at, closed_at)
    SELECT 'c' || i, 'c', 'o', 'f', 'create', 's' || i, '{}', 'w' || i, clock_timestamp() - interval '1 hour',
      clock_timestamp() - interval '1 hour', CASE WHEN i > 3 THEN clock_timestamp() END
    FROM generate_series(1, 20000) AS i`;
  const ofCommands = (read: (commands: CommandStore) => Promise<unknown>) =>
    blocksOf('orders', fill, stores.orders.pool, (session) =>
      read(new CommandStore(session as unknown as StorePool)),
    );

  test('by a relay', async () => {
    expect(await ofCommands((commands) => commands.takeDue(1))).toBeLessThan(40);
  });

  test('by an operator', async () => {
    expect(await ofCommands((commands) => commands.list({ state: 'stuck' }, 1))).toBeLessThan(10);
  });

  test('by a process that counts them', async () => {
    const count = async (commands: CommandStore) => Array(await commands.countOpen(1));
    expect(await ofCommands(count)).toBeLessThan(10);
  });
});

test('a step on an order finds its commands without reading other open ones', async () => {
  const writer = new Client({ connectionString: database.url, options: '-c search_path=orders' });
  await writer.connect();
  await writer.query(`INSERT INTO command (id, caller, operation, fingerprint, kind, subject, wanted, workflow_id,
      recorded_at, look_at)
    SELECT 'c' || i, 'c', 'o', 'f', 'create', 's' || i, '{}', 'w' || i, clock_timestamp(), clock_timestamp()
    FROM generate_series(1, 20000) AS i; ANALYZE`);
  const { pool } = stores.orders;
  const step = pool.step.bind(pool);
  const asked: Sql[] = [];
  pool.step = (work) =>
    step((session) => {
      const remembered = remembering(session);
      return work(remembered.session as unknown as StepSession).finally(() =>
        asked.push(...remembered.asked),
      );
    });
  const found = await stores.orders.decide(['c1'], (_, { id }) => alreadyDecided({ id }));
  expect([...found.values()]).toEqual([{ id: 'c1' }]);
  expect(asked).toHaveLength(2);
  for (const statement of asked) expect(await blocksRead(writer, statement)).toBeLessThan(40);
  await writer.end();
});
