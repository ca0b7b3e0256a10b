import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/failures';
import type { Order } from '../../src/domain/order/order';
import { lostSagasWatch } from '../../src/intake/lost-sagas-watch';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { sagaId } from '../../src/temporal/saga-starter';
import { lostSagasOf } from '../support/lost-sagas';
import { onOrder, onShipment, overdue, placed, rowOf, shipmentAt } from '../support/order-changes';
import { bookedAt, confirmed, sourcesOf, stocked, unitsBookedAt } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { operatorsOf } from '../support/saga-operators';
import { type Line, orderOf } from '../support/saga-orders';
import type { SimulatorProcess } from '../support/simulator-process';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture();
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close({ isQuiet: true }));
afterEach(async () => {
  for (const step of ['cancelAtPartners', 'finishCancel'] as const) fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const booked = (party: string, { id }: Order) => bookedAt(simulator, party, id);
const unitsBooked = (party: string, { id }: Order) => unitsBookedAt(simulator, party, id);

/** An order that its partners have agreed to. */
async function approved(...lines: readonly Line[]): Promise<Order> {
  const { id } = await placed(fixture, orderOf(lines));
  await confirmed(fixture, id);
  return rowOf(fixture, id);
}

function at({ shipments }: Order, nodeId: string): number {
  return shipments.findIndex((shipment) => shipment.nodeId === nodeId && shipment.state !== 'REJECTED');
}

type Starters = SagaFixture['context']['starters'];

async function outcome<Name extends 'cancelOrders' | 'rejectUnits' | 'expireShipments' | 'reviseOrders'>(
  name: Name,
  command: Parameters<Starters[Name]>[0][number],
): Promise<unknown> {
  const start = fixture.context.starters[name] as (all: readonly unknown[]) => ReturnType<Starters[Name]>;
  const [end] = await (await start([command])).outcomes;
  return end;
}

const cancel = (order: Order) => outcome('cancelOrders', onOrder(order));

async function ship(order: Order, nodeId: string): Promise<void> {
  const { acceptShipments, shipShipments } = fixture.context.starters;
  await (await acceptShipments([onShipment(order, at(order, nodeId))])).outcomes;
  await (await shipShipments([{ ...onShipment(order, at(order, nodeId)), tracking: null }])).outcomes;
}

function reject(order: Order, nodeId: string, lineId: string, quantity: number): Promise<unknown> {
  const units = { lineId, quantity, reason: 'NO_CAPACITY' } as const;
  return outcome('rejectUnits', { ...onShipment(order, at(order, nodeId)), ...units });
}

/** To so many of some of its lines. */
function reviseTo(order: Order, quantities: Readonly<Record<string, number>>): Promise<unknown> {
  const lines = order.lines
    .map(({ lineId, sku, quantity, unitPrice }) => ({
      lineId,
      sku,
      quantity: quantities[lineId] ?? quantity,
      unitPrice,
    }))
    .filter(({ quantity }) => quantity > 0);
  return outcome('reviseOrders', { ...onOrder(order), baseVersion: order.version, lines });
}

/** Without some of its lines. */
const revise = (order: Order, without: readonly string[]) =>
  reviseTo(order, Object.fromEntries(without.map((lineId) => [lineId, 0])));

async function expire(order: Order, nodeId: string): Promise<unknown> {
  const index = at(order, nodeId);
  await overdue(fixture, shipmentAt(order, index));
  return outcome('expireShipments', onShipment(order, index));
}

const untilCompensated = ({ id }: Order) =>
  eventually(async () => expect(await rowOf(fixture, id)).toMatchObject({ compensation: 'done' }));

const untilAttention = ({ id }: Order) =>
  eventually(async () => expect(await rowOf(fixture, id)).toMatchObject({ compensation: 'needs_attention' }));

/** Lets a step take effect, and nobody hear of it before `goOn` is called. */
function standStill(step: 'cancelAtPartners' | 'finishCancel') {
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    fixture.interpose(step, async (run, input) => {
      const answer = await run(input);
      resolve();
      await held;
      return answer;
    });
  });
  return { reached, goOn };
}

/** That partners are tried for a while is shown elsewhere (partners.test.ts), and not waited for again. */
function oneTryOnly(): void {
  fixture.interpose('cancelAtPartners', (run, input) =>
    run(input).catch((error: Error) => Promise.reject(ApplicationFailure.nonRetryable(error.message))),
  );
}

function operations() {
  return operatorsOf(fixture);
}

const DONE = { kind: 'done' };

describe('an approved order', () => {
  test('that is cancelled leaves nothing at its partners, and a second cancel changes nothing', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await cancel(order)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
    expect(await cancel(order)).toMatchObject({ kind: 'refused', reason: 'ALREADY_FINAL' });
    expect(await rowOf(fixture, order.id)).toMatchObject({ compensation: 'done' });
  });

  test('that is cancelled after a partner has shipped keeps what that one has booked, and no other', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    await ship(order, 'pa-lumen');
    expect(await cancel(order)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
  });

  test('whose partner gives a part back and ships the rest keeps that much booked, also when it is cancelled', async () => {
    const sku = await itemAt({ 'pa-lumen': 3, 'wh-north': 1 });
    const order = await approved([sku, 3]);
    expect(await reject(order, 'pa-lumen', '1', 1)).toMatchObject(DONE);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A wh-north', '2 A pa-lumen']);
    await untilCompensated(order);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
    await ship(await rowOf(fixture, order.id), 'pa-lumen');
    expect(await cancel(order)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('that gets smaller, and smaller again, leaves its partner booked for what is left', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 4 }), 4]);
    expect(await reviseTo(order, { 1: 3 })).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    expect(await reviseTo(await rowOf(fixture, order.id), { 1: 1 })).toMatchObject(DONE);
    await eventually(async () => expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 1 A']));
    await untilCompensated(order);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A pa-lumen']);
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test.each([
    ['gives all of it back', (order: Order) => reject(order, 'pa-lumen', '1', 2)],
    ['lets its deadline pass', (order: Order) => expire(order, 'pa-lumen')],
  ])('whose partner %s is delivered by others, and that one keeps nothing', async (_name, give) => {
    const order = await approved([await itemAt({ 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 }), 2]);
    expect(sourcesOf(order)).toEqual(['2 A pa-lumen']);
    expect(await give(order)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A wh-north', '1 A wh-south']);
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('that loses the line of one partner keeps what the other has booked', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    expect(await revise(order, ['1'])).toMatchObject(DONE);
    await untilCompensated(order);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['3 B pa-tasso']);
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1']);
  });
});

describe('a partner that was asked twice, as another one had refused,', () => {
  async function askedTwice(): Promise<Order> {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const a = await itemAt({ 'pa-tasso': 2 }, 'A');
    const b = await itemAt({ 'pa-lumen': 3, 'pa-tasso': 1, 'wh-north': 1, 'wh-south': 1 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 BOOKED 1']);
    return order;
  }

  test('is told that neither is needed where the order is cancelled', async () => {
    const order = await askedTwice();
    expect(await cancel(order)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 CANCELLED 0']);
    expect(await booked('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test('and gives back all of what it was asked for first is told of that', async () => {
    const order = await askedTwice();
    expect(await reject(order, 'pa-tasso', '1', 2)).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 BOOKED 1']);
  });

  test('or is to deliver less of one, of that one', async () => {
    const order = await askedTwice();
    expect(await reviseTo(order, { 1: 1 })).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 1 A', '2: 1 B']);
  });

  test('and keeps one of them whole is told of the other all the same', async () => {
    const order = await askedTwice();
    await simulator.fault('pa-tasso', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    oneTryOnly();
    expect(await reviseTo(order, { 1: 1, 2: 0 })).toMatchObject(DONE);
    await untilAttention(order);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 CANCELLED 0']);
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 2 A']);
  });

  test('or loses what it was asked for then, of that', async () => {
    const order = await askedTwice();
    expect(await revise(order, ['2'])).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 CANCELLED 0']);
  });
});

describe('a partner that is to keep a part of its booking', () => {
  test.each([
    ['is slow to look', { mode: 'slow', delayMs: 200, call: 'look-up', times: 1 }],
    ['is not found at first', { mode: 'down', call: 'look-up', times: 1 }],
    ['is slow to say yes', { mode: 'slow', delayMs: 200, call: 'reduce', times: 1 }],
    ['does not hear of it at first', { mode: 'down', call: 'reduce', times: 2 }],
    ['does it and does not say so', { mode: 'timeout-after-done', call: 'reduce', times: 1 }],
    ['will not at first', { mode: 'refuse', call: 'reduce', times: 1 }],
    ['never says how much it has', { mode: 'terse' }],
  ])('and %s keeps that part, and no more', async (_name, fault) => {
    const order = await approved([await itemAt({ 'pa-lumen': 3 }), 3]);
    await simulator.fault('pa-lumen', fault);
    expect(await reviseTo(order, { 1: 2 })).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['2 A pa-lumen']);
  });

  test('and will not is an operator’s task, until somebody there has done it by hand', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 3 }), 3]);
    await simulator.fault('pa-lumen', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    oneTryOnly();
    expect(await reviseTo(order, { 1: 2 })).toMatchObject(DONE);
    await untilAttention(order);
    expect(await rowOf(fixture, order.id)).toMatchObject({
      version: 2,
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('IN_PICKING') },
    });
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    // It takes note by hand, and would still not do it when it is told.
    await simulator.fault('pa-lumen', { mode: 'ok' });
    const [{ sku }] = order.lines as [Order['lines'][number]];
    const key = `${order.id.replace('ord_', 'rsv_')}/pa-lumen/1`;
    await httpBookingParties(simulator.partnersUrl).reduce('pa-lumen', key, [{ sku, quantity: 2 }]);
    await simulator.fault('pa-lumen', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    expect(await operations().retry(order.id, 'operator')).toMatchObject(DONE);
    await untilCompensated(order);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });
});

test('a partner that cannot be reached is an operator’s task, and told when it can', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  await simulator.fault('pa-lumen', { mode: 'down' });
  oneTryOnly();
  expect(await cancel(order)).toMatchObject(DONE);
  await untilAttention(order);
  expect(await rowOf(fixture, order.id)).toMatchObject({
    status: 'CANCELLED',
    attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('pa-lumen') },
  });
  expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  await simulator.fault('pa-lumen', { mode: 'ok' });
  let asked = 0;
  fixture.interpose('cancelAtPartners', (run, input) => {
    asked += 1;
    return run(input);
  });
  expect(await operations().retry(order.id, 'operator')).toMatchObject(DONE);
  await untilCompensated(order);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  // That it is retried changes the order too, and is no reason to ask again.
  expect(asked).toBe(1);
});

test('an order that has an operator’s task is changed all the same, and what it leaves is cancelled', async () => {
  const refused = ApplicationFailure.nonRetryable('not to be told', STEP_FAULTED);
  fixture.interpose('cancelAtPartners', () => Promise.reject(refused));
  const a = await itemAt({ 'pa-lumen': 2 }, 'A');
  const b = await itemAt({ 'pa-tasso': 3 }, 'B');
  const order = await approved([a, 2], [b, 3]);
  expect(await revise(order, ['1'])).toMatchObject(DONE);
  await untilAttention(order);
  fixture.interpose('cancelAtPartners', undefined);
  expect(await cancel(order)).toMatchObject(DONE);
  await untilCompensated(order);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
});

test('what an operator has ended by hand leaves nothing at partners, and nobody has to come across it first', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  const command = onOrder(order);
  fixture.interpose('decreaseCredit', async (run, input) => {
    await run(input);
    return { [command.commandId]: { kind: 'refused', reason: 'CREDIT_NOT_HELD' } };
  });
  expect(await outcome('cancelOrders', command)).toMatchObject({ kind: 'unfinished' });
  fixture.interpose('decreaseCredit', undefined);
  await untilAttention(order);
  expect(await operations().resolve(order.id, 'operator', 'given back by hand')).toMatchObject(DONE);
  await untilCompensated(order);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
});

test('what an order gives up while its bookings are being cancelled is cancelled too', async () => {
  const { reached, goOn } = standStill('cancelAtPartners');
  const a = await itemAt({ 'pa-lumen': 2 }, 'A');
  const b = await itemAt({ 'pa-tasso': 3 }, 'B');
  const order = await approved([a, 2], [b, 3]);
  expect(await revise(order, ['1'])).toMatchObject(DONE);
  await reached;
  expect(await cancel(await rowOf(fixture, order.id))).toMatchObject(DONE);
  expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1']);
  goOn();
  await untilCompensated(order);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
});

test('a cancel whose workflow is terminated before it has anything cancelled at partners has it cancelled', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  const { reached, goOn } = standStill('finishCancel');
  const { starters, temporal } = fixture.context;
  const command = onOrder(order);
  const { outcomes } = await starters.cancelOrders([command]);
  outcomes.catch(() => undefined);
  await reached;
  await temporal.client.workflow.getHandle(sagaId('cancelOrders', [command.commandId])).terminate('a test');
  goOn();
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED', compensation: 'running' });
  expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  await fixture.sql(`UPDATE orders."order" SET updated_at = updated_at - interval '1 minute' WHERE id = $1`, [
    order.id,
  ]);
  await lostSagasWatch(lostSagasOf(fixture)).look();
  await untilCompensated(order);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
});
