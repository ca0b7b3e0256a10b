import { ApplicationFailure } from '@temporalio/common';
import type { Order } from '../../src/domain/order/order';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import type { NewCommand } from '../../src/stores/orders/command-rows';
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
  given,
  overdue,
  placed,
  rowOf,
  shipmentAt,
  shipped,
} from '../support/order-changes';
import { bookedAt, sourcesOf, stocked, unitsBookedAt } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, resolveOf, retried, terminated, untilAttention } from '../support/recovery';
import type { SagaFixture } from '../support/saga-fixture';
import { stoppedAt } from '../support/saga-runs';
import type { SimulatorProcess } from '../support/simulator-process';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture({ partnerPatienceMs: 2_500 });
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close());
afterEach(async () => {
  for (const step of ['cancelAtPartners', 'freeCancelled'] as const) fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const booked = (party: string, { id }: Order) => bookedAt(simulator, party, id);
const unitsBooked = (party: string, { id }: Order) => unitsBookedAt(simulator, party, id);

/** Places an order that its partners confirm. */
const approved = (...lines: readonly Line[]) => placed(fixture, orderOf(lines));

async function atTwoPartners(): Promise<Order> {
  return approved([await itemAt({ 'pa-lumen': 2 }, 'A'), 2], [await itemAt({ 'pa-tasso': 3 }, 'B'), 3]);
}

function at({ shipments }: Order, nodeId: string): number {
  return shipments.findIndex((shipment) => shipment.nodeId === nodeId && shipment.state !== 'REJECTED');
}

function rejection(order: Order, nodeId: string, lineId: string, quantity: number): NewCommand<'reject'> {
  const units = { lineId, quantity, reason: 'NO_CAPACITY' } as const;
  return rejectOf(order, shipmentAt(order, at(order, nodeId)), units);
}

/** Returns a revision of some lines to these quantities; a quantity of zero removes the line. */
function revision(order: Order, quantities: Readonly<Record<string, number>>): NewCommand<'revise'> {
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

async function deadline(order: Order, nodeId: string): Promise<NewCommand<'reject'>> {
  const index = at(order, nodeId);
  await overdue(fixture, shipmentAt(order, index));
  return overdueOf(order, shipmentAt(await rowOf(fixture, order.id), index));
}

/** Carries out a change and waits until its saga has told the partners about the surplus. Returns the order. */
async function changed(command: NewCommand): Promise<Order> {
  await carriedOut(fixture, command);
  return rowOf(fixture, command.subject);
}

describe('an approved order', () => {
  test('that is cancelled leaves nothing at its partners, and a second cancel changes nothing', async () => {
    const order = await atTwoPartners();
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await changed(cancelOf(order))).toMatchObject({ status: 'CANCELLED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
    expect(await given(fixture, cancelOf(order))).toMatchObject({ kind: 'refused', reason: 'ALREADY_FINAL' });
  });

  test('that is cancelled after a partner has shipped keeps the booking of that partner only', async () => {
    const order = await atTwoPartners();
    await shipped(fixture, order, at(order, 'pa-lumen'));
    expect(await changed(cancelOf(order))).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
  });

  test('whose partner rejects a part and ships the rest keeps the rest booked, also when it is cancelled', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 3, 'wh-north': 1 }), 3]);
    const smaller = await changed(rejection(order, 'pa-lumen', '1', 1));
    expect(sourcesOf(smaller)).toEqual(['1 A wh-north', '2 A pa-lumen']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
    await shipped(fixture, smaller, at(smaller, 'pa-lumen'));
    expect(await changed(cancelOf(order))).toMatchObject({ status: 'SHIPPED' });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('whose partner ships a part keeps that booked, and the rest until it is rejected or cancelled', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 5 }), 5]);
    const whole = shipmentAt(order);
    await carriedOut(fixture, acceptOf(order, whole));
    const part = await changed(shipOf(order, whole, { lines: [{ lineId: '1', quantity: 2 }] }));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 5 A']);
    const rejected = { lineId: '1', quantity: 1, reason: 'NO_CAPACITY' } as const;
    await changed(rejectOf(part, shipmentAt(part, 1), rejected));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 4 A']);
    expect(await changed(cancelOf(order))).toMatchObject({ status: 'SHIPPED' });
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('that gets smaller releases units at own nodes first, accepted or not', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 2, 'wh-north': 2 }), 4]);
    const own = shipmentAt(order, at(order, 'wh-north'));
    await given(fixture, acceptOf(order, own));
    expect(sourcesOf(await changed(revision(order, { 1: 2 })))).toEqual(['2 A pa-lumen']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('that gets smaller twice leaves its partner booked for the remaining units', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 4 }), 4]);
    const smaller = await changed(revision(order, { 1: 3 }));
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    expect(sourcesOf(await changed(revision(smaller, { 1: 1 })))).toEqual(['1 A pa-lumen']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 1 A']);
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test.each([
    ['gives all of it back', async (order: Order) => rejection(order, 'pa-lumen', '1', 2)],
    ['lets its deadline pass', (order: Order) => deadline(order, 'pa-lumen')],
  ])(
    'whose partner %s is delivered by other nodes, and that partner keeps no booking',
    async (_name, commandOf) => {
      const order = await approved([await itemAt({ 'pa-lumen': 2, 'wh-north': 1, 'wh-south': 1 }), 2]);
      expect(sourcesOf(order)).toEqual(['2 A pa-lumen']);
      expect(sourcesOf(await changed(await commandOf(order)))).toEqual(['1 A wh-north', '1 A wh-south']);
      expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    },
  );

  test('that loses the line of one partner keeps what the other has booked', async () => {
    const order = await atTwoPartners();
    expect(sourcesOf(await changed(revision(order, { 1: 0 })))).toEqual(['3 B pa-tasso']);
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
    await changed(cancelOf(order));
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 CANCELLED 0']);
    expect(await booked('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test('and gives back all of what it was asked for first is told of that', async () => {
    const order = await askedTwice();
    await changed(rejection(order, 'pa-tasso', '1', 2));
    expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0', '2 BOOKED 1']);
  });

  test('or is to deliver less of one, of that one', async () => {
    const order = await askedTwice();
    await changed(revision(order, { 1: 1 }));
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 1 A', '2: 1 B']);
  });

  test('and keeps one of them whole is told of the other all the same', async () => {
    const order = await askedTwice();
    await simulator.fault('pa-tasso', { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' });
    const command = revision(order, { 1: 1, 2: 0 });
    await given(fixture, command);
    await untilAttention(fixture, command.id);
    expect(await booked('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 CANCELLED 0']);
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 2 A']);
    await simulator.fault('pa-tasso', { mode: 'ok' });
    await retried(fixture, command.id);
    await closed(fixture, command.id);
    expect(await unitsBooked('pa-tasso', order)).toEqual(['1: 1 A']);
  });

  test('or loses what it was asked for then, of that', async () => {
    const order = await askedTwice();
    await changed(revision(order, { 2: 0 }));
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
    expect(sourcesOf(await changed(revision(order, { 1: 2 })))).toEqual(['2 A pa-lumen']);
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });

  test('and refuses to needs attention, until an operator resolves it', async () => {
    const order = await approved([await itemAt({ 'pa-lumen': 3 }), 3]);
    const refusing = { mode: 'refuse', call: 'reduce', reason: 'IN_PICKING' };
    await simulator.fault('pa-lumen', refusing);
    const command = revision(order, { 1: 2 });
    await given(fixture, command);
    expect(await untilAttention(fixture, command.id)).toMatchObject({
      decision: { kind: 'applied' },
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('IN_PICKING') },
    });
    expect(await rowOf(fixture, order.id)).toMatchObject({ version: 2, pending: null });
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 3 A']);
    // The partner reduces its booking by hand, and still refuses when the saga asks it.
    await simulator.fault('pa-lumen', { mode: 'ok' });
    const sku = order.lines[0]?.sku ?? '';
    const key = `${order.id.replace('ord_', 'rsv_')}/pa-lumen/1`;
    await httpBookingParties(simulator.partnersUrl).reduce('pa-lumen', key, [{ sku, quantity: 2 }]);
    await simulator.fault('pa-lumen', refusing);
    expect(await retried(fixture, command.id)).toBe(true);
    expect(await closed(fixture, command.id)).toMatchObject({ attention: null });
    expect(await unitsBooked('pa-lumen', order)).toEqual(['1: 2 A']);
  });
});

describe('a cancellation that its partner does not confirm', () => {
  async function unconfirmed() {
    const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
    await simulator.fault('pa-lumen', { mode: 'down' });
    const command = cancelOf(order);
    await given(fixture, command);
    expect(await untilAttention(fixture, command.id)).toMatchObject({
      decision: { kind: 'cancelled' },
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('pa-lumen') },
    });
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED', pending: null });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    let asked = 0;
    fixture.interpose('cancelAtPartners', (run, input) => {
      asked += 1;
      return run(input);
    });
    return { order, command, asked: () => asked };
  }

  test('needs attention, and is sent once when an operator retries it', async () => {
    const { order, command, asked } = await unconfirmed();
    expect(await retried(fixture, command.id)).toBe(true);
    await closed(fixture, command.id);
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(asked()).toBe(1);
  });

  test('is closed when an operator resolves it', async () => {
    const { order, command, asked } = await unconfirmed();
    await carriedOut(fixture, resolveOf(command));
    expect(await closed(fixture, command.id)).toMatchObject({ attention: null });
    expect(await booked('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(asked()).toBe(0);
  });
});

test('an order with a command that needs attention can still be changed, and its surplus is cancelled', async () => {
  fixture.interpose('cancelAtPartners', () =>
    Promise.reject(ApplicationFailure.nonRetryable('not to be told')),
  );
  const order = await atTwoPartners();
  const command = revision(order, { 1: 0 });
  await given(fixture, command);
  await untilAttention(fixture, command.id);
  fixture.interpose('cancelAtPartners', undefined);
  await changed(cancelOf(order));
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
  await retried(fixture, command.id);
  await closed(fixture, command.id);
});

test('an order whose surplus is still being cancelled at partners can be changed', async () => {
  const order = await atTwoPartners();
  const command = revision(order, { 1: 0 });
  const stopped = stoppedAt(fixture, 'cancelAtPartners', command, 'before');
  await given(fixture, command);
  await stopped.there;
  await changed(cancelOf(order));
  stopped.goOn();
  await closed(fixture, command.id);
  expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  expect(await booked('pa-tasso', order)).toEqual(['1 CANCELLED 0']);
});

test.each([
  ['freeCancelled', 'after'],
  ['cancelAtPartners', 'before'],
  ['cancelAtPartners', 'after'],
] as const)(
  'a cancel whose workflow is terminated at %s (%s) is confirmed by its partner',
  async (step, moment) => {
    const order = await approved([await itemAt({ 'pa-lumen': 2 }), 2]);
    const command = cancelOf(order);
    const stopped = stoppedAt(fixture, step, command, moment);
    await given(fixture, command);
    await stopped.there;
    await terminated(fixture, command.id);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'CANCELLED' });
    await due(fixture, [command]);
    await lostSagas(fixture).look();
    await closed(fixture, command.id);
    stopped.lose();
    expect(await booked('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  },
);
