import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/activities';
import type { CommandRow } from '../../src/domain/command/recorded-command';
import { startRelay } from '../../src/main/roles/relay-role';
import { stepDepsOf } from '../../src/main/roles/worker-role';
import { openStores } from '../../src/stores/stores';
import { carried, record, recordedRows } from '../support/direct-saga';
import { orderOf, rejectOf } from '../support/new-commands';
import { due } from '../support/recovery';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { LogCapture } from './support/log-capture';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${TRACE_ID}-b7ad6b7169203331-01`;

const log = new LogCapture();
let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
});
afterAll(() => fixture.close());

/** Records an order whose saga is never started. */
async function recordedOrder(): Promise<CommandRow> {
  const order = orderOf([['MUG-01', 1]]);
  const traced = { ...order, wanted: { ...order.wanted, traceparent } };
  const [row] = recordedRows(await record(fixture.context.stores, [traced]));
  if (!row) throw new Error('the order was not recorded');
  return row;
}

const fieldsOf = ({ id, subject, caller }: CommandRow) => ({
  commandId: id,
  orderId: subject,
  caller,
  traceId: TRACE_ID,
});

test('a command that is left to an operator is one line that names it, its order, its caller and its trace', async () => {
  const row = await recordedOrder();
  const { putBeforeOperator } = createActivities(stepDepsOf({ ...fixture.context, logger: log.logger }));
  const attention = { remaining: ['releaseStock'], failure: 'the data is inconsistent' };
  const { id, workflowId } = row;
  const activity = new MockActivityEnvironment();
  expect(await activity.run(putBeforeOperator, { workflowId, id, attention, isDecided: false })).toBe(true);
  expect(log.said('a command needs attention')).toMatchObject([{ ...fieldsOf(row), ...attention }]);
});

test('units that a node does not deliver are one line that names the node, its reason and the command', async () => {
  const { stores } = fixture.context;
  const order = orderOf([['MUG-02', 1]]);
  await carried(stores, [order]);
  const [shipment] = (await stores.ordersReads.order(order.id))?.shipments ?? [];
  if (!shipment) throw new Error('the order has no shipment');
  const units = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' } as const;
  const rejection = rejectOf({ id: order.id, customerId: 'ada' }, shipment, units);
  const traced = { ...rejection, wanted: { ...rejection.wanted, traceparent } };
  const [row] = recordedRows(await record(stores, [traced]));
  if (!row) throw new Error('the rejection was not recorded');
  const { replaceUnits } = createActivities(stepDepsOf({ ...fixture.context, logger: log.logger }));
  const { id, workflowId } = row;
  await new MockActivityEnvironment().run(replaceUnits, { workflowId, members: [{ id }] });
  const lines = log.said(
    'a node does not deliver units: they are sourced elsewhere, backordered or cancelled',
  );
  expect(lines).toMatchObject([{ ...fieldsOf(row), nodeId: shipment.nodeId, reason: 'NO_CAPACITY' }]);
});

test('a saga that the relay starts again is one line for each of its commands', async () => {
  const row = await recordedOrder();
  await due(fixture, [row]);
  const relay = startRelay({ ...fixture.context, logger: log.logger });
  const line = { ...fieldsOf(row), workflowId: row.workflowId, starts: 1 };
  const restarted = () => log.said('the relay restarted a lost saga');
  await eventually(async () => expect(restarted()).toContainEqual(expect.objectContaining(line)));
  await relay.stop();
  const { registry } = fixture.context.metrics;
  expect(await registry.metrics()).toMatch(/^holdfast_sagas_restarted_total [1-9]/m);
});

test('a watch that fails is a line that names the watch and the error', async () => {
  const stores = openStores(fixture.settings.stores, 2);
  await stores.close();
  const relay = startRelay({ ...fixture.context, stores, logger: log.logger });
  await eventually(async () =>
    expect(log.said('recovery watch lost-sagas failed')).toContainEqual(
      expect.objectContaining({ watch: 'lost-sagas', err: expect.objectContaining({ type: 'Error' }) }),
    ),
  );
  await relay.stop();
  const { registry } = fixture.context.metrics;
  expect(await registry.metrics()).toMatch(/^holdfast_watch_failures_total\{watch="lost-sagas"\} [1-9]/m);
});
