import { ApplicationFailure } from '@temporalio/common';
import type { CommandRow } from '../../src/domain/command/recorded-command';
import type { Order } from '../../src/domain/order/order';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import type { NewCommand } from '../../src/stores/command-rows';
import {
  acceptOf,
  cancelOf,
  type Line,
  orderOf,
  overdueOf,
  rejectOf,
  reviseOf,
  shipOf,
} from '../support/new-commands';
import {
  carriedOut,
  closed,
  commandRowOf,
  given,
  overdue,
  placed,
  rowOf,
  shipmentAt,
} from '../support/order-changes';
import { bookedAt, sourcesOf, stocked, unitsBookedAt } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, resolveOf, retried, terminated, untilAttention } from '../support/recovery';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { stoppedAt } from '../support/saga-runs';
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
  for (const step of ['cancelAtPartners', 'freeCancelled', 'decreaseCredit'] as const)
    fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const booked = (party: string, { id }: Order) => bookedAt(simulator, party, id);
const unitsBooked = (party: string, { id }: Order) => unitsBookedAt(simulator, party, id);

/** An order that its partners have agreed to. */
function approved(...lines: readonly Line[]): Promise<Order> {
  return placed(fixture, orderOf(lines));
}

function at({ shipments }: Order, nodeId: string): number {
  return shipments.findIndex((shipment) => shipment.nodeId === nodeId && shipment.state !== 'REJECTED');
}

/** Gives a command and waits until its order is free, whatever is still to be cancelled at partners. */
async function freed(command: NewCommand): Promise<CommandRow> {
  const answer = await given(fixture, command);
  if (answer.kind !== 'recorded') throw new Error(`it was not recorded: ${JSON.stringify(answer)}`);
  await eventually(async () => expect((await rowOf(fixture, command.subject)).pending).toBeNull());
  return commandRowOf(fixture, command.id);
}

async function ship(order: Order, nodeId: string): Promise<void> {
  await carriedOut(fixture, acceptOf(order, shipmentAt(order, at(order, nodeId))));
  await carriedOut(fixture, shipOf(order, shipmentAt(order, at(order, nodeId))));
}

function rejection(order: Order, nodeId: string, lineId: string, quantity: number): NewCommand {
  const units = { lineId, quantity, reason: 'NO_CAPACITY' } as const;
  return rejectOf(order, shipmentAt(order, at(order, nodeId)), units);
}

/** To so many of some of its lines. */
function revisionTo(order: Order, quantities: Readonly<Record<string, number>>): NewCommand {
  const lines = order.lines
    .map(({ lineId, sku, quantity, unitPrice }) => ({
      lineId,
      sku,
      quantity: quantities[lineId] ?? quantity,
      unitPrice,
    }))
    .filter(({ quantity }) => quantity > 0);
  return reviseOf(order, lines);
}

/** Without some of its lines. */
const revision = (order: Order, without: readonly string[]) =>
  revisionTo(order, Object.fromEntries(without.map((lineId) => [lineId, 0])));

async function expiry(order: Order, nodeId: string): Promise<NewCommand> {
  const index = at(order, nodeId);
  await overdue(fixture, shipmentAt(order, index));
  return overdueOf(order, shipmentAt(await rowOf(fixture, order.id), index));
}

/** That partners are tried for a while is shown elsewhere (partners.test.ts), and not waited for again. */
function oneTryOnly(): void {
  fixture.interpose('cancelAtPartners', (run, input) =>
    run(input).catch((error: Error) => Promise.reject(ApplicationFailure.nonRetryable(error.message))),
  );
}

describe('an approved order', () => {
  test('that is cancelled leaves nothing at its partners, and a second cancel changes nothing', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await carriedOut(fixture, cancelOf(order));
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
    expect(await given(fixture, cancelOf(order))).toMatchObject({ reason: 'ALREADY_FINAL' });
  });

  test('that is cancelled after a partner has shipped keeps what that one has booked, and no other', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    await ship(order, 'pa-lumen');
    await carriedOut(fixture, cancelOf(order));
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
  });

  test('whose partner gives a part back and ships the rest keeps that much booked, also when it is cancelled', async () => {
    const sku = await itemAt({ 'pa-lumen': 3, 'wh-north': 1 });
    const order = await approved([sku, 3]);
    await carriedOut(fixture, rejection(order, 'pa-lumen', '1', 1));
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A wh-north', '2 A pa-lumen']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
    await ship(await rowOf(fixture, order.id), 'pa-lumen');
    await carriedOut(fixture, cancelOf(order));
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('that gets smaller, and smaller again, leaves its partner booked for what is left', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 4 }), 4]);
    await carriedOut(fixture, revisionTo(order, { 1: 3 }));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    await carriedOut(fixture, revisionTo(await rowOf(fixture, order.id), { 1: 1 }));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 1 A']);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A pa-lumen']);
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test.each([
    ['gives all of it back', (order: Order) => rejection(order, 'pa-lumen', '1', 2)],
    ['lets its deadline pass', (order: Order) => expiry(order, 'pa-lumen')],
  ])('whose partner %s is delivered by others, and that one keeps nothing', async (_name, commandFor) => {
    const order = await approved([await itemAt({ 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 }), 2]);
    expect(sourcesOf(order)).toEqual(['2 A pa-lumen']);
    await carriedOut(fixture, await commandFor(order));
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['1 A wh-north', '1 A wh-south']);
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('that loses the line of one partner keeps what the other has booked', async () => {
    const a = await itemAt({ 'pa-lumen': 2 }, 'A');
    const b = await itemAt({ 'pa-tasso': 3 }, 'B');
    const order = await approved([a, 2], [b, 3]);
    await carriedOut(fixture, revision(order, ['1']));
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
    await carriedOut(fixture, cancelOf(order));
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 CANCELLED 0']);
    expect(await booked('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test('and gives back all of what it was asked for first is told of that', async () => {
    const order = await askedTwice();
    await carriedOut(fixture, rejection(order, 'pa-tasso', '1', 2));
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 BOOKED 1']);
  });

  test('or is to deliver less of one, of that one', async () => {
    const order = await askedTwice();
    await carriedOut(fixture, revisionTo(order, { 1: 1 }));
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 1 A', '2: 1 B']);
  });

  test('and keeps one of them whole is told of the other all the same', async () => {
    const order = await askedTwice();
    await simulator.fault('pa-tasso', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    oneTryOnly();
    const command = revisionTo(order, { 1: 1, 2: 0 });
    await freed(command);
    await untilAttention(fixture, command.id);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 CANCELLED 0']);
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 2 A']);
  });

  test('or loses what it was asked for then, of that', async () => {
    const order = await askedTwice();
    await carriedOut(fixture, revision(order, ['2']));
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
    await carriedOut(fixture, revisionTo(order, { 1: 2 }));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(['2 A pa-lumen']);
  });

  test('and will not is an operator’s task, until somebody there has done it by hand', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 3 }), 3]);
    await simulator.fault('pa-lumen', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    oneTryOnly();
    const command = revisionTo(order, { 1: 2 });
    await freed(command);
    const { attention } = await untilAttention(fixture, command.id);
    expect((await rowOf(fixture, order.id)).version).toBe(2);
    expect(attention).toEqual({
      remaining: ['cancelAtPartners'],
      failure: expect.stringContaining('IN_PICKING'),
    });
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    // It takes note by hand, and would still not do it when it is told.
    await simulator.fault('pa-lumen', { mode: 'ok' });
    const [{ sku }] = order.lines as [Order['lines'][number]];
    const key = `${order.id.replace('ord_', 'rsv_')}/pa-lumen/1`;
    await httpBookingParties(simulator.partnersUrl).reduce('pa-lumen', key, [{ sku, quantity: 2 }]);
    await simulator.fault('pa-lumen', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    expect(await retried(fixture, command.id)).toBe(true);
    await closed(fixture, command.id);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });
});

test('a partner that cannot be reached is an operator’s task, and told when it can', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  await simulator.fault('pa-lumen', { mode: 'down' });
  oneTryOnly();
  const command = cancelOf(order);
  await freed(command);
  const { attention } = await untilAttention(fixture, command.id);
  expect((await rowOf(fixture, order.id)).status).toBe('CANCELLED');
  expect(attention).toEqual({
    remaining: ['cancelAtPartners'],
    failure: expect.stringContaining('pa-lumen'),
  });
  expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  await simulator.fault('pa-lumen', { mode: 'ok' });
  let asked = 0;
  fixture.interpose('cancelAtPartners', (run, input) => {
    asked += 1;
    return run(input);
  });
  expect(await retried(fixture, command.id)).toBe(true);
  await closed(fixture, command.id);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(asked).toBe(1);
});

test('an order with a command that needs attention is changed all the same, and what it leaves is cancelled', async () => {
  const refused = ApplicationFailure.nonRetryable('not to be told');
  fixture.interpose('cancelAtPartners', () => Promise.reject(refused));
  const a = await itemAt({ 'pa-lumen': 2 }, 'A');
  const b = await itemAt({ 'pa-tasso': 3 }, 'B');
  const order = await approved([a, 2], [b, 3]);
  const revising = revision(order, ['1']);
  await freed(revising);
  await untilAttention(fixture, revising.id);
  fixture.interpose('cancelAtPartners', undefined);
  await carriedOut(fixture, cancelOf(order));
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
  // What is left of the revision finds nothing to do any more.
  await retried(fixture, revising.id);
  await closed(fixture, revising.id);
});

test('what an operator has put right at a partner by hand is asked for no more', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  fixture.interpose('cancelAtPartners', () => Promise.reject(ApplicationFailure.nonRetryable('no')));
  const command = cancelOf(order);
  await freed(command);
  await untilAttention(fixture, command.id);
  let asked = 0;
  fixture.interpose('cancelAtPartners', async () => {
    asked += 1;
  });
  await carriedOut(fixture, resolveOf(command));
  await closed(fixture, command.id);
  expect(asked).toBe(0);
  const key = `${order.id.replace('ord_', 'rsv_')}/pa-lumen/1`;
  await httpBookingParties(simulator.partnersUrl).cancel('pa-lumen', key);
});

test('what an order gives up while its bookings are being cancelled is cancelled too', async () => {
  const a = await itemAt({ 'pa-lumen': 2 }, 'A');
  const b = await itemAt({ 'pa-tasso': 3 }, 'B');
  const order = await approved([a, 2], [b, 3]);
  const revising = revision(order, ['1']);
  const stopped = stoppedAt(fixture, 'cancelAtPartners', revising, 'after');
  await freed(revising);
  await stopped.there;
  await carriedOut(fixture, cancelOf(order));
  stopped.goOn();
  await closed(fixture, revising.id);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
});

test('a cancel whose workflow is terminated before it has anything cancelled at partners has it cancelled', async () => {
  const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
  const command = cancelOf(order);
  const stopped = stoppedAt(fixture, 'freeCancelled', command, 'after');
  await given(fixture, command);
  await stopped.there;
  await terminated(fixture, command.id);
  expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED' });
  expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  await due(fixture, [command]);
  await lostSagas(fixture).look();
  await closed(fixture, command.id);
  stopped.lose();
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
});
