import { readFileSync } from 'node:fs';
import path from 'node:path';
import { availability } from '../../src/events/availability-projection';
import { backorderFilling } from '../../src/events/backorder-filling';
import type { Subscription } from '../../src/events/subscription';
import { takeTurn } from '../../src/events/turn';
import { openStores, type Stores } from '../../src/stores/stores';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { LogWriter } from './log-writers';

const MIGRATIONS = path.join(__dirname, '..', '..', 'prisma', 'inventory', 'migrations');
const BATCH = 500;

let database: TestDatabase;
let stores: Stores;
let writer: LogWriter;
let told: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  writer = await LogWriter.connect(database.url);
  told = [];
});

afterEach(async () => {
  await writer.end();
  await stores.close();
  await database.drop();
});

const counted = () => writer.append('stock/tea/n', 'inventory.supply-counted.v1');
const repaired = () => writer.append('stock/tea/n', 'inventory.damaged-stock-repaired.v1');

/** Returns a subscription that notes its events, after waiting for `before`. */
function noting(subscription: Subscription, before?: Promise<void>): Subscription {
  const react: Extract<Subscription['handler'], { kind: 'reaction' }>['react'] = async (events) => {
    told.push(...events.map(({ version }) => `${version} of ${subscription.revision}`));
    await before;
  };
  return { ...subscription, handler: { kind: 'reaction', react } };
}

/** Returns the subscription as it was before it handled the end of damage. */
function earlier({ types, ...subscription }: Subscription, revision: number): Subscription {
  const known = types.filter((type) => !type.startsWith('inventory.damaged-stock-'));
  expect(known.length).toBeLessThan(types.length);
  return { ...subscription, types: known, revision };
}

async function follow(subscription: Subscription): Promise<void> {
  while ((await takeTurn(stores.inventorySubscriptions, subscription, BATCH)).hasMore);
}

const migrate = () =>
  writer.query(
    readFileSync(path.join(MIGRATIONS, '20261123033000_followers_of_damage_ends', 'migration.sql'), 'utf8'),
  );

const register = (subscription: Subscription) =>
  stores.inventorySubscriptions.register({ ...subscription, kind: subscription.handler.kind });

const filling = backorderFilling({
  reads: { awaitedItems: async () => [], fillableTurns: async () => [] },
  fill: () => Promise.resolve(),
  onFault: () => undefined,
});

describe.each([
  ['availability', availability, 3],
  ['the filling of backorders', filling, 2],
])('%s', (_name, known, revision) => {
  test('goes on where it stood before it knew more, and passes nothing in between', async () => {
    const before = noting(earlier(known, revision - 1));
    await register(before);
    await counted();
    await follow(before);
    await migrate();
    await repaired();
    await follow(before);
    expect(told).toEqual([`1 of ${revision - 1}`]);
    await follow(noting(known));
    expect(told).toEqual([`1 of ${revision - 1}`, `2 of ${revision}`]);
  });

  test('is in nobody’s turn while that changes', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const before = noting(earlier(known, revision - 1), held);
    await register(before);
    await counted();
    const turn = follow(before);
    while (told.length === 0) await new Promise(setImmediate);
    let isMigrated = false;
    const migration = migrate().then(() => {
      isMigrated = true;
    });
    const waiting = await LogWriter.connect(database.url);
    const isWaiting = () =>
      waiting.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    while ((await isWaiting()).length === 0 && !isMigrated);
    await waiting.end();
    expect(isMigrated).toBe(false);
    goOn();
    await Promise.all([turn, migration]);
    expect(told).toEqual([`1 of ${revision - 1}`]);
  });

  test('is read again by an earlier version once it is told to, as docs/guides/upgrade.md says', async () => {
    await register(noting(known));
    await counted();
    await repaired();
    await follow(noting(known));
    told = [];
    const before = noting(earlier(known, revision - 1));
    await follow(before);
    expect(told).toEqual([]);
    await writer.query('UPDATE subscription SET revision = 0');
    await follow(before);
    expect(told).toEqual([`1 of ${revision - 1}`]);
  });
});
