import { Registry } from 'prom-client';
import { decideAgainstTrip, noteCancelled } from '../../src/domain/trip/decide-trip';
import { PARTIES } from '../../src/domain/trip/trip';
import { startProbes } from '../../src/main/roles/probe-role';
import { registerStoreMetrics } from '../../src/main/roles/store-metrics';
import { findFreePorts } from '../../tools/processes/ports';
import { carried, record, recordedRows, runDirect } from '../support/direct-saga';
import { cancelOf, orderOf } from '../support/new-commands';
import { carriedOut } from '../support/order-changes';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { tripOf } from '../support/trip-plays';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(() => fixture.close());

async function counted(pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await fixture.context.metrics.registry.metrics())?.[1] ?? 0);
}

async function ordersCounted(): Promise<Readonly<Record<string, number>>> {
  const text = await fixture.context.metrics.registry.metrics();
  const found = text.matchAll(/^holdfast_orders_total\{outcome="(\w+)",reason="(\w*)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...found].map(([, outcome, reason, count]) => [`${outcome} ${reason}`, Number(count)]),
  );
}

test('an order is counted once, by its decision, however often the decision is repeated', async () => {
  const { stores } = fixture.context;
  const before = await ordersCounted();
  const rows = recordedRows(await record(stores, [orderOf([['MUG-01', 1]])]));
  await runDirect(stores, rows);
  await runDirect(stores, rows);
  const after = await ordersCounted();
  expect(after['approved ']).toBe((before['approved '] ?? 0) + 1);
});

test('an order that is cancelled while it is pending is counted as rejected', async () => {
  const { stores } = fixture.context;
  const order = orderOf([['MUG-01', 1]]);
  await record(stores, [order]);
  const before = await ordersCounted();
  await carried(stores, [cancelOf({ id: order.id, customerId: order.wanted.customerId })]);
  const after = await ordersCounted();
  expect(after['rejected CANCELLED']).toBe((before['rejected CANCELLED'] ?? 0) + 1);
});

test('a trip is counted once, by its decision, and not again when its bookings are cancelled', async () => {
  const { trips } = fixture.context.stores;
  const rejected = /^holdfast_trips_total\{outcome="rejected",reason="PROCESSING_FAILED"\} (\d+)$/m;
  const before = await counted(rejected);
  const command = tripOf();
  await trips.record('a saga', command);
  await trips.decide(command.id, (trip, row) => decideAgainstTrip(trip, row, 'PROCESSING_FAILED'));
  await trips.decide(command.id, (trip, row) => noteCancelled(trip, row, PARTIES));
  expect(await counted(rejected)).toBe(before + 1);
});

test('a process that has just started shows when any process last heard a source, whatever it sent', async () => {
  const { stores, logger } = fixture.context;
  const heard = /^holdfast_feed_last_heard_timestamp_seconds\{source="wms"\} ([\d.]+)$/m;
  const [{ before } = { before: 0 }] = await stores.inventory.client.$queryRaw<{ before: number }[]>`
    SELECT extract(epoch FROM clock_timestamp())::float8 AS before`;
  await stores.inventory.client.sourceHeard.deleteMany();
  expect(await counted(heard)).toBe(0);
  const row = {
    messageId: 'm',
    sku: 'no such item',
    nodeId: 'wh-north',
    section: null,
    count: 1,
    sequence: 1,
  };
  const cause = { commandId: 'test', caller: 'test', correlation: 'test' };
  const rows = [{ ...row, observedAt: new Date().toISOString() }];
  await stores.inventoryFeed.apply({ id: 'wms' }, rows, cause);
  await stores.inventoryFeed.apply({ id: 'no-such-source' }, rows, cause);
  const registry = new Registry();
  registerStoreMetrics(registry, { stores, logger });
  const text = await registry.metrics();
  expect(Number(heard.exec(text)?.[1])).toBeGreaterThanOrEqual(before);
  expect(text).not.toContain('no-such-source');
});

test('a worker or a relay of its own shows at its probe port what it has done', async () => {
  await carriedOut(fixture, orderOf([['MUG-01', 1]]));
  const [port = 0] = await findFreePorts(1);
  const probes = await startProbes(fixture.context, port);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await probes.stop();
  expect(text).toMatch(/^holdfast_step_duration_seconds_count\{step="decideOrder",result="ok"\} [1-9]/m);
  expect(text).toMatch(/^holdfast_batch_size_count\{kind="create"\} [1-9]/m);
  expect(text).toMatch(/^holdfast_commands_waiting\{kind="reserve"\} 0$/m);
  expect(text).toMatch(/^holdfast_pool_connections\{store="inventory",state="idle"\} \d+$/m);
  expect(text).toMatch(/^holdfast_commands\{state="running"\} \d+$/m);
});
