import { Registry } from 'prom-client';
import { registerSubscriptions } from '../../src/observability/subscription-metrics';
import { openStores, type Stores } from '../../src/stores/stores';
import { LogWriter } from '../events/log-writers';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let database: TestDatabase;
let stores: Stores;

beforeAll(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 3);
  for (const log of ['orders', 'credit'] as const)
    await stores.subscriptions[log].register({ name: `of-${log}`, kind: 'reaction', revision: 1 });
  const writer = await LogWriter.connect(database.url, 'credit');
  await writer.append('a');
  await writer.query(`INSERT INTO parked_event (subscription, position, event_id, stream, type, failure)
    SELECT 'of-credit', n, gen_random_uuid(), 's', 't', 'f' FROM generate_series(1, 3) AS n`);
  await writer.end();
});

afterAll(async () => {
  await stores.close();
  await database.drop();
});

test('the first scrape shows the lag and the parked events of each subscription', async () => {
  const registry = new Registry();
  registerSubscriptions(registry, stores.subscriptions, fail);
  const text = await registry.metrics();
  expect(text).toMatch(/^holdfast_parked_events\{subscription="of-credit"\} 3$/m);
  expect(text).toMatch(/^holdfast_parked_events\{subscription="of-orders"\} 0$/m);
  expect(text).toMatch(/^holdfast_subscription_lag_seconds\{subscription="of-orders"\} 0$/m);
  expect(text).toMatch(/^holdfast_subscription_lag_seconds\{subscription="of-credit"\} 0\.\d+$/m);
});

test('a store that cannot be read is missing, and the others are shown', async () => {
  const registry = new Registry();
  const errors: unknown[] = [];
  const down = { list: () => Promise.reject(new Error('down')) };
  registerSubscriptions(registry, { ...stores.subscriptions, credit: down }, (error) => errors.push(error));
  const text = await registry.metrics();
  expect(text).not.toMatch('of-credit');
  expect(text).toMatch('of-orders');
  expect(errors).toHaveLength(1);
});

function fail(error: unknown): never {
  throw error;
}
