import { FaultProxy } from '../../scripts/drill/processes/fault-proxy';
import { batchIdOf, ownIdOf } from '../../src/contracts/saga';
import { COMMANDS } from '../../src/intake/commands';
import { openIntakes } from '../../src/main/roles/intakes';
import { SagaClient, StartUnknown } from '../../src/temporal/saga-client';
import { connectTemporal } from '../../src/temporal/temporal-connection';
import { findFreePorts } from '../../tools/processes/ports';
import { auditedClose } from '../support/audited-close';
import { orderOf } from '../support/new-commands';
import { closed, commandRowOf, decisionsOn, given, inOneBatch } from '../support/order-changes';
import { due, lostSagas, retried, terminated, untilAttention } from '../support/recovery';
import { eventTypesOf } from '../support/saga-books';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { brokenWorkflows, SAGA_PLAYS, type SagaPlay, stoppedAt, unanswered } from '../support/saga-runs';
import { refusing } from '../support/saga-sabotage';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture();
});
afterAll(async () => {
  expect(await brokenWorkflows(fixture)).toEqual([]);
  expect(await auditedClose(fixture)).toEqual([]);
});

const EVERYWHERE = SAGA_PLAYS.flatMap((play) =>
  play.steps.flatMap((step) => [
    [play.name, step, 'before', play] as const,
    [play.name, step, 'after', play] as const,
  ]),
);

describe('a workflow that is terminated is started again by the relay', () => {
  test.each(EVERYWHERE)('%s, at %s (%s)', async (_name, step, moment, play: SagaPlay) => {
    const command = await play.prepare(fixture);
    const stopped = stoppedAt(fixture, step, command, moment);
    await given(fixture, command);
    await stopped.there;
    const workflowId = await terminated(fixture, command.id);
    const restarted: string[] = [];
    await due(fixture, [command]);
    await lostSagas(fixture, restarted).look();
    // A step that closes its command leaves nothing to restart.
    const wasOpen = restarted.length > 0;
    const row = await closed(fixture, command.id);
    stopped.lose();
    fixture.interpose(step, undefined);
    expect(row).toMatchObject({ workflowId, decision: { kind: play.decision }, attention: null });
    expect(restarted).toEqual(wasOpen ? [workflowId] : []);
    if (moment === 'before') expect(wasOpen).toBe(true);
  });
});

test('a run that finds its command decided runs no tentative step', async () => {
  const order = orderOf([['MUG-01', 90_000, 1]]);
  const stopped = stoppedAt(fixture, 'decideOrder', order, 'after');
  await given(fixture, order);
  await stopped.there;
  await terminated(fixture, order.id);
  const tried: string[] = [];
  for (const step of ['holdCredit', 'commitStock'] as const)
    fixture.interpose(step, (run, input) => {
      tried.push(step);
      return run(input);
    });
  await due(fixture, [order]);
  await lostSagas(fixture).look();
  await closed(fixture, order.id);
  stopped.lose();
  for (const step of ['holdCredit', 'commitStock', 'decideOrder'] as const)
    fixture.interpose(step, undefined);
  expect(tried).toEqual([]);
});

test('the relay does not restart a running saga, and looks at it again later', async () => {
  const order = orderOf([['MUG-02', 1]]);
  const stopped = stoppedAt(fixture, 'commitStock', order, 'before');
  await given(fixture, order);
  await stopped.there;
  const restarted: string[] = [];
  await due(fixture, [order]);
  await lostSagas(fixture, restarted).look();
  expect(restarted).toEqual([]);
  const [row] = await fixture.sql<{ starts: number; seconds: number }>(
    `SELECT starts, extract(epoch FROM look_at - now())::int AS seconds FROM orders.command WHERE id = $1`,
    [order.id],
  );
  expect(row?.starts).toBe(0);
  expect(row?.seconds).toBeGreaterThan(5);
  stopped.goOn();
  fixture.interpose('commitStock', undefined);
  await closed(fixture, order.id);
});

test('a healthy command is closed before the relay looks at it for the first time', async () => {
  const order = orderOf([['MUG-02', 1]]);
  const restarted: string[] = [];
  await given(fixture, order);
  await lostSagas(fixture, restarted).look();
  await closed(fixture, order.id);
  expect(restarted).toEqual([]);
});

test('each restart is counted, and doubles the time to the next look', async () => {
  const order = orderOf([['MUG-03', 1]]);
  const release = unanswered(fixture, 'holdCredit', [order]);
  await given(fixture, order);
  const looks: number[] = [];
  for (const starts of [1, 2]) {
    await terminated(fixture, order.id);
    await due(fixture, [order]);
    await lostSagas(fixture).look();
    const [row] = await fixture.sql<{ starts: number; seconds: number }>(
      `SELECT starts, extract(epoch FROM look_at - now())::int AS seconds FROM orders.command WHERE id = $1`,
      [order.id],
    );
    expect(row?.starts).toBe(starts);
    looks.push(row?.seconds ?? 0);
  }
  expect(looks[0]).toBeGreaterThan(5);
  expect(looks[1]).toBeGreaterThan(12);
  await terminated(fixture, order.id);
  release();
  await due(fixture, [order]);
  await lostSagas(fixture).look();
  await closed(fixture, order.id);
});

test('a batch that was started three times and lost again is split: each member goes on alone', async () => {
  const orders = Array.from({ length: 3 }, () => orderOf([['MUG-04', 1]]));
  // Records a batch without starting its workflow, as if each of its workflows had been lost: none can go on meanwhile.
  const workflowId = batchIdOf('createOrders', orders[0]?.subject ?? '', 'lost');
  const { context, settings } = fixture;
  await COMMANDS.create.record({ stores: context.stores, deadlines: settings.deadlines })(workflowId, orders);
  await fixture.sql('UPDATE orders.command SET starts = 3 WHERE workflow_id = $1', [workflowId]);
  await due(fixture, orders);
  await lostSagas(fixture).look();
  for (const { id } of orders) {
    const row = await closed(fixture, id);
    expect(row.workflowId).toBe(ownIdOf('createOrders', { id, subject: id }));
  }
  expect(await decisionsOn(fixture, orders)).toEqual(Array(3).fill('approved'));
});

test('a member that kills its worker ends up alone in its workflow', async () => {
  const [deadly, ...others] = Array.from({ length: 3 }, () => orderOf([['MUG-04', 1]]));
  const orders = [deadly, ...others].flatMap((order) => order ?? []);
  const release = unanswered(fixture, 'commitStock', orders.slice(0, 1));
  await inOneBatch(fixture, orders);
  for (let starts = 1; starts <= 4; starts++) {
    await terminated(fixture, deadly?.id ?? '');
    await due(fixture, orders);
    await lostSagas(fixture).look();
  }
  for (const { id } of others) await closed(fixture, id);
  expect(await decisionsOn(fixture, orders)).toEqual([null, 'approved', 'approved']);
  await terminated(fixture, deadly?.id ?? '');
  release();
  await due(fixture, orders);
  await lostSagas(fixture).look();
  await closed(fixture, deadly?.id ?? '');
});

describe('while Temporal cannot be reached', () => {
  test('orders are recorded, and the relay starts their sagas afterwards', async () => {
    const { temporal: settings, taskQueue } = fixture.settings;
    const [port = 0] = await findFreePorts(1);
    const link = await FaultProxy.open(port, Number(settings.address.split(':')[1]));
    const temporal = await connectTemporal({ ...settings, address: `127.0.0.1:${port}` });
    const sagas = new SagaClient(temporal.client, { eager: false, taskQueue });
    const cutOff = { ...fixture, context: { ...fixture.context, sagas } };
    const intakes = openIntakes(cutOff.context);
    link.refuse();
    link.cut();
    const orders = Array.from({ length: 5 }, () => orderOf([['MUG-05', 1]]));
    const answers = await Promise.all(orders.map((order) => intakes.create.submit(order)));
    expect(answers).toMatchObject(Array(5).fill({ kind: 'recorded' }));
    // The relay gets no answer: it undoes its checks and counts no restart.
    await due(fixture, orders);
    await expect(lostSagas(cutOff).look()).rejects.toThrow(StartUnknown);
    const rows = await fixture.sql<{ starts: number; due: boolean }>(
      'SELECT starts, look_at <= now() AS due FROM orders.command WHERE id = ANY($1)',
      [orders.map(({ id }) => id)],
    );
    expect(rows).toEqual(Array(5).fill({ starts: 0, due: true }));
    expect(await decisionsOn(fixture, orders)).toEqual(Array(5).fill(null));
    await link.restore();
    await eventually(async () => {
      await lostSagas(cutOff).look();
      expect(await decisionsOn(fixture, orders)).toEqual(Array(5).fill('approved'));
    });
    await temporal.close();
    link.close();
  });
});

test('a retried command continues under a fresh workflow id, which the relay starts', async () => {
  const order = orderOf([['RUG-01', 1]]);
  const mend = await refusing(fixture.sql, {
    table: 'inventory.reservation',
    on: 'INSERT',
    when: `NEW.order_id = '${order.id}'`,
    code: 'P0001',
  });
  await given(fixture, order);
  const { workflowId } = await untilAttention(fixture, order.id);
  // The relay starts no command that needs an operator.
  const restarted: string[] = [];
  await due(fixture, [order]);
  await lostSagas(fixture, restarted).look();
  expect(restarted).toEqual([]);
  await mend();
  expect(await retried(fixture, order.id)).toBe(true);
  const row = await closed(fixture, order.id);
  expect(row.workflowId).not.toBe(workflowId);
  expect(await decisionsOn(fixture, [order])).toEqual(['approved']);
  expect((await eventTypesOf(fixture.sql, order.id)).length).toBe(5);
  expect((await commandRowOf(fixture, order.id)).attention).toBeNull();
});
