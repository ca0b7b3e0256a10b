import { compensationId, finishUndoId } from '../../src/contracts/workflow-names';
import { lostChangesWatch } from '../../src/intake/lost-changes-watch';
import { lostSagasWatch } from '../../src/intake/lost-sagas-watch';
import { startAgain, unrecordedOperations } from '../../src/intake/unrecorded-operations';
import { auditBooks } from '../../src/stores/audit';
import { sagaId } from '../../src/temporal/saga-starter';
import { sagaWitness } from '../../src/temporal/saga-witness';
import { auditedClose } from '../support/audited-close';
import { lostSagasOf } from '../support/lost-sagas';
import { approved, onOrder, rowOf } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';
import { refusing } from '../support/saga-sabotage';
import { tripOf } from '../support/trip-plays';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

const open = async () => (await fixture.context.stores.unrecorded.open(100)).map(({ id }) => id);
const operators = () =>
  unrecordedOperations(fixture.context.stores.unrecorded, (command) => startAgain(command, fixture.intakes));
const unrecordable = (table: 'orders."order"' | 'orders.trip', id: string) =>
  refusing(fixture.sql, { table, on: 'INSERT', when: `NEW.id = '${id}'`, code: 'P0001' });

test('an order that can be neither recorded nor refused is an operator’s task, and is tried again when asked to', async () => {
  const [order, other] = [orderOf([['MUG-01', 1]]), orderOf([['MUG-01', 1]])];
  const mend = await unrecordable('orders."order"', order.commandId);
  const { outcomes } = await fixture.context.starters.createOrder([order, other]);
  expect(await outcomes).toMatchObject([
    { kind: 'rejected', reason: 'PROCESSING_FAILED' },
    { kind: 'approved' },
  ]);
  expect(await open()).toEqual([order.commandId]);
  expect(await fixture.context.stores.unrecorded.command(order.commandId)).toMatchObject({
    failure: expect.stringContaining('sabotaged'),
    resolution: null,
  });
  // Its undo goes on outside the set, and would refuse the order as soon as it can be written.
  const { client } = fixture.context.temporal;
  await expect(client.workflow.getHandle(compensationId(order.commandId)).result()).rejects.toThrow();
  await mend();
  expect(await operators().retry(order.commandId, 'operator')).toEqual({ kind: 'done' });
  await eventually(async () =>
    expect(await fixture.context.stores.ordersReads.order(order.commandId)).toMatchObject({
      status: 'APPROVED',
    }),
  );
  expect(await open()).toEqual([]);
  expect(await operators().retry(order.commandId, 'operator')).toMatchObject({ kind: 'not-stuck' });
});

test('where its saga was terminated as well, it is not started again and again', async () => {
  const { client } = fixture.context.temporal;
  // What no JSON of PostgreSQL takes. Over HTTP it is refused before it gets here.
  const order = orderOf([['MUG-01', 1]], { region: 'n\u0000rth', channel: '\ud800' });
  await fixture.stopWorker();
  const { outcomes } = await fixture.context.starters.createOrder([order]);
  outcomes.catch(() => undefined);
  await client.workflow.getHandle(sagaId('createOrder', [order.commandId])).terminate('a test');
  await fixture.startWorker();
  const started: string[] = [];
  const watch = lostSagasWatch({
    ...lostSagasOf(fixture),
    startAgain: (command) => {
      started.push(command.commandId);
      fixture.intakes.orders.submit(command);
    },
  });
  await eventually(async () => {
    await watch.look();
    expect(await open()).toEqual([order.commandId]);
  });
  const { unrecorded } = fixture.context.stores;
  expect((await unrecorded.command(order.commandId))?.command).toMatchObject(order);
  const before = started.length;
  await watch.look();
  expect([before > 0, started.length]).toEqual([true, before]);
  expect(await operators().resolve(order.commandId, 'operator', 'told by telephone')).toEqual({
    kind: 'done',
  });
  expect(await open()).toEqual([]);
  await watch.look();
  expect(started.length).toBe(before);
});

test('so is a trip', async () => {
  const trip = tripOf();
  const mend = await unrecordable('orders.trip', trip.commandId);
  const { outcomes } = await fixture.context.starters.bookTrip([trip]);
  await expect(outcomes).rejects.toThrow();
  expect(await open()).toEqual([trip.commandId]);
  const { unrecorded } = fixture.context.stores;
  expect((await unrecorded.command(trip.commandId))?.command).toEqual(trip);
  await unrecorded.note({ kind: 'trip', command: trip }, 'unexpected \u0000 in JSON');
  expect((await unrecorded.command(trip.commandId))?.failure).toBe('unexpected   in JSON');
  expect(await unrecorded.known([trip.commandId, 'trp_none'])).toEqual(new Set([trip.commandId]));
  await operators().resolve(trip.commandId, 'operator', 'told by telephone');
  expect(await open()).toEqual([]);
  await mend();
  const again = await fixture.context.starters.bookTrip([trip]);
  expect(await again.outcomes).toMatchObject([{ kind: 'rejected', reason: 'PROCESSING_FAILED' }]);
});

test('what an operator has ended by hand comes to nothing else, however late it is sent again', async () => {
  const order = orderOf([['MUG-01', 1]]);
  const { starters, stores } = fixture.context;
  const mend = await unrecordable('orders."order"', order.commandId);
  await (await starters.createOrder([order])).outcomes;
  expect(await operators().resolve(order.commandId, 'operator', 'told by telephone')).toEqual({
    kind: 'done',
  });
  expect(await operators().resolve(order.commandId, 'another', 'not told')).toMatchObject({
    kind: 'not-stuck',
  });
  expect((await stores.unrecorded.command(order.commandId))?.resolution).toMatchObject({ by: 'operator' });
  await mend();
  const again = await starters.createOrder([order]);
  expect(await again.outcomes).toMatchObject([{ kind: 'rejected', reason: 'PROCESSING_FAILED' }]);
  expect(await stores.ordersReads.order(order.commandId)).toMatchObject({
    status: 'REJECTED',
    reason: 'PROCESSING_FAILED',
  });
});

test('while it is being recorded after all, nobody ends it by hand', async () => {
  const order = orderOf([['MUG-01', 1]]);
  const { starters, stores } = fixture.context;
  await stores.unrecorded.note({ kind: 'create', command: order }, 'a fault');
  const letGo = await fixture.locked('SELECT pg_advisory_xact_lock(4711)');
  // It stays in the middle of its recording.
  const when = '(SELECT count(*) FROM (SELECT pg_advisory_xact_lock(4711)) l) = 0';
  const mend = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'INSERT',
    when,
    code: 'P0001',
  });
  const waiting = async () =>
    (
      await fixture.sql(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock'`)
    ).length;
  const { outcomes } = await starters.createOrder([order]);
  await eventually(async () => expect(await waiting()).toBe(1));
  const resolve = () => operators().resolve(order.commandId, 'operator', 'told by telephone');
  let isAnswered = false;
  const answer = resolve()
    .catch(() => 'waited too long')
    .finally(() => {
      isAnswered = true;
    });
  await eventually(async () => expect(isAnswered || (await waiting()) === 2).toBe(true));
  await letGo();
  expect(await outcomes).toMatchObject([{ kind: 'approved' }]);
  expect([await answer, await resolve()]).not.toContainEqual({ kind: 'done' });
  await mend();
});

/** A cancellation whose claim and whose undo both fail on the order's row. */
async function unrecordedCancel() {
  const order = await approved(fixture);
  const command = onOrder(order);
  const mend = await refusing(fixture.sql, {
    table: 'orders."order"',
    on: 'UPDATE',
    when: `NEW.id = '${order.id}'`,
    code: 'P0001',
  });
  const { outcomes } = await fixture.context.starters.cancelOrders([command]);
  expect(await outcomes).toMatchObject([{ kind: 'unfinished' }]);
  expect(await open()).toEqual([command.commandId]);
  expect(await auditBooks(fixture.context.stores)).toEqual([
    `Command ${command.commandId} (cancel) was accepted and could not be recorded: an operator has to see to it.`,
  ]);
  return { order, command, mend };
}

test('so is a command on an order that can be neither taken nor refused, which is then carried out', async () => {
  const { order, command, mend } = await unrecordedCancel();
  const { stores, temporal } = fixture.context;
  expect(await stores.unrecorded.command(command.commandId)).toMatchObject({
    kind: 'cancel',
    command,
    failure: expect.stringContaining('sabotaged'),
  });
  // Who goes on with its undo is ended from outside: an operator has it to himself.
  await temporal.client.workflow.getHandle(finishUndoId(command.commandId)).terminate('a test');
  const watch = lostChangesWatch({
    reads: stores.ordersReads,
    unrecorded: stores.unrecorded,
    witness: sagaWitness(temporal.client, fixture.settings.taskQueue),
    intakes: {} as never,
  });
  await watch.look();
  await mend();
  expect(await operators().retry(command.commandId, 'operator')).toEqual({ kind: 'done' });
  await eventually(async () =>
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED', pending: null }),
  );
  expect(await open()).toEqual([]);
});

test('one that an operator has ended by hand is refused, and nobody goes on with it', async () => {
  const { order, command, mend } = await unrecordedCancel();
  expect(await operators().resolve(command.commandId, 'operator', 'told by telephone')).toEqual({
    kind: 'done',
  });
  expect(await open()).toEqual([]);
  await fixture.context.temporal.client.workflow.getHandle(finishUndoId(command.commandId)).result();
  await mend();
  const again = await fixture.context.starters.cancelOrders([command]);
  expect(await again.outcomes).toMatchObject([{ kind: 'refused', reason: 'PROCESSING_FAILED' }]);
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'APPROVED' });
});

test('what only timed out is no operator’s alone: it is started again, less and less often', async () => {
  const { unrecorded } = fixture.context.stores;
  const [order, trip] = [orderOf([['MUG-01', 1]]), tripOf()];
  await unrecorded.note({ kind: 'create', command: order }, 'timed out', true);
  await unrecorded.note({ kind: 'trip', command: trip }, 'timed out', true);
  const started: object[] = [];
  const look = lostSagasWatch({
    ...lostSagasOf(fixture),
    startAgain: (command) => {
      started.push(command);
    },
  }).look;
  await look();
  await look();
  expect(started).toEqual([order]);
  await unrecorded.note({ kind: 'create', command: order }, 'a fault');
  expect(await unrecorded.transient('create', 100, [])).toEqual([]);
  expect(await unrecorded.known([order.commandId, trip.commandId])).toEqual(new Set([order.commandId]));
  for (const { commandId } of [order, trip]) await unrecorded.resolve(commandId, 'operator', 'a test');
});
