import { ownIdOf } from '../../src/contracts/saga';
import { nodeTerms } from '../../src/domain/inventory/node-terms';
import type { NewCommand } from '../../src/stores/command-rows';
import { cancelOf, type Line, orderOf } from '../support/new-commands';
import { closed, commandRowOf, decided, decisionsOn, given, inOneBatch } from '../support/order-changes';
import { bookedAt as booked, sourcesOf, stocked } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, retried, terminated, untilAttention } from '../support/recovery';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { stoppedAt, unanswered } from '../support/saga-runs';
import type { SimulatorProcess } from '../support/simulator-process';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture();
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close());
afterEach(async () => {
  for (const step of ['reserveAtPartner', 'decideOrder'] as const) fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

type Placed = Pick<NewCommand<'create'>, 'id'>;

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const orderRow = ({ id }: Placed) => fixture.context.stores.ordersReads.order(id);
const holdings = ({ id }: Placed) => holdingsOf(fixture.sql, id);
const bookedAt = (party: string, { id }: Placed) => booked(simulator, party, id);

/** Places an order and waits until it is decided. */
async function placed(...lines: readonly Line[]) {
  const order = orderOf(lines);
  await given(fixture, order);
  const outcome = await eventually(async () => {
    const [decision] = await decisionsOn(fixture, [order]);
    if (!decision) throw new Error(`order ${order.id} is undecided`);
    return decision;
  });
  return { order, outcome };
}

async function atp(sku: string, nodeId: string): Promise<number | undefined> {
  const { now, facts } = await fixture.context.stores.inventoryReads.stockFacts(sku);
  const found = facts.find(({ node }) => node.id === nodeId);
  return found && nodeTerms(found, now).atp;
}

test('an order that a partner delivers is approved when the partner has agreed', async () => {
  const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 5 }), 2]);
  expect(outcome).toBe('approved');
  await closed(fixture, order.id);
  const row = await orderRow(order);
  expect(row).toMatchObject({ status: 'APPROVED' });
  expect(sourcesOf(row)).toEqual(['2 A pa-lumen']);
  expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
});

test('a partner that does not answer keeps nobody else in the batch waiting: its order goes on alone', async () => {
  const slow = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
  const quick = orderOf([['MUG-01', 1]]);
  const stopped = stoppedAt(fixture, 'reserveAtPartner', slow, 'before');
  const { ended } = await inOneBatch(fixture, [slow, quick]);
  expect(await ended).toMatchObject([
    { id: slow.id, decision: null, end: 'detached' },
    { id: quick.id, decision: 'approved', end: 'closed' },
  ]);
  expect(await orderRow(slow)).toMatchObject({ status: 'PENDING' });
  stopped.goOn();
  const { workflowId } = await closed(fixture, slow.id);
  expect(workflowId).toBe(ownIdOf('createOrders', { id: slow.id, subject: slow.id }));
  expect(await decisionsOn(fixture, [slow])).toEqual(['approved']);
});

test('however many orders wait for a slow partner, steps on our own stores go on', async () => {
  const sku = await itemAt({ 'pa-lumen': 500 });
  // More than a worker's activities at a time; each is a workflow of its own.
  const slow = Array.from({ length: 120 }, () => orderOf([[sku, 1, 1]], { customerId: 'barbara' }));
  const release = unanswered(fixture, 'reserveAtPartner', slow);
  await Promise.all([inOneBatch(fixture, slow.slice(0, 60)), inOneBatch(fixture, slow.slice(60))]);
  const waiting = () =>
    fixture.sql(`SELECT 1 FROM inventory.reservation WHERE partner_requests::text LIKE '%pa-lumen%'
      AND order_id = ANY('{${slow.map(({ id }) => id).join(',')}}')`);
  await eventually(async () => expect(await waiting()).toHaveLength(slow.length));
  const quick = Array.from({ length: 20 }, () => orderOf([['MUG-02', 1]]));
  expect(await decided(fixture, quick)).toEqual(Array(20).fill('approved'));
  expect(await decisionsOn(fixture, slow)).toEqual(Array(120).fill(null));
  release();
  for (const { id } of slow) await closed(fixture, id);
});

/** The partner is the only one to have it all, so it is asked first; between them the warehouses have it too. */
const AT_THE_PARTNER = ['5 A pa-lumen'];
const ELSEWHERE = ['2 A wh-north', '3 A wh-south'];

describe('asked of a partner, an order', () => {
  test.each([
    ['slow', { mode: 'slow', delayMs: 200, times: 1 }, AT_THE_PARTNER, ['1 BOOKED 1']],
    ['done without an answer', { mode: 'timeout-after-done', times: 1 }, AT_THE_PARTNER, ['1 BOOKED 1']],
    ['down for a moment', { mode: 'down', times: 1 }, AT_THE_PARTNER, ['1 BOOKED 1']],
    ['down and then hard to find', { mode: 'down', times: 3 }, AT_THE_PARTNER, ['1 BOOKED 1']],
    ['refused', { mode: 'refuse', times: 1 }, ELSEWHERE, ['1 REFUSED 0']],
    ['refused for now', { mode: 'refuse', reason: 'NO_CAPACITY', times: 1 }, ELSEWHERE, ['1 REFUSED 0']],
  ])('%s ends approved', async (_name, fault, sources, booked) => {
    await simulator.fault('pa-lumen', fault);
    const sku = await itemAt({ 'pa-lumen': 5, 'wh-north': 2, 'wh-south': 3 });
    const { order, outcome } = await placed([sku, 5]);
    expect(outcome).toBe('approved');
    await closed(fixture, order.id);
    expect(sourcesOf(await orderRow(order))).toEqual(sources);
    expect(await bookedAt('pa-lumen', order)).toEqual(booked);
    const left = sources === AT_THE_PARTNER ? 0 : 'reason' in fault ? 5 : 0;
    expect(await atp(sku, 'pa-lumen')).toBe(left);
  });

  test('done twice is approved, and one of the two is cancelled', async () => {
    await simulator.fault('pa-lumen', { mode: 'duplicate', times: 1 });
    const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 5 }), 2]);
    expect(outcome).toBe('approved');
    await closed(fixture, order.id);
    expect(await orderRow(order)).toMatchObject({ status: 'APPROVED' });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test('done, with the answer lost and the partner gone, is delivered by others, and cancelled when it is back', async () => {
    fixture.interpose('reserveAtPartner', async (reserve, input) => {
      await reserve(input);
      await simulator.fault('pa-lumen', { mode: 'down' });
      throw new Error('the answer was lost');
    });
    const { order, outcome } = await placed([
      await itemAt({ 'pa-lumen': 5, 'wh-north': 2, 'wh-south': 3 }),
      5,
    ]);
    expect(outcome).toBe('approved');
    expect(sourcesOf(await orderRow(order))).toEqual(ELSEWHERE);
    expect(await untilAttention(fixture, order.id)).toMatchObject({
      decision: { kind: 'approved' },
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('pa-lumen') },
    });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    expect(await retried(fixture, order.id)).toBe(true);
    await closed(fixture, order.id);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(sourcesOf(await orderRow(order))).toEqual(ELSEWHERE);
  });
});

describe('several partners', () => {
  const lines = async (): Promise<readonly Line[]> => [
    [await itemAt({ 'pa-lumen': 2 }, 'A'), 2],
    [await itemAt({ 'pa-tasso': 3 }, 'B'), 3],
  ];

  test('each deliver a line', async () => {
    const { order } = await placed(...(await lines()));
    expect(sourcesOf(await orderRow(order))).toEqual(['2 A pa-lumen', '3 B pa-tasso']);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['1 BOOKED 1']);
  });

  test('one says no and the other has it', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 4, 'pa-tasso': 4 }), 3]);
    expect(outcome).toBe('approved');
    expect(sourcesOf(await orderRow(order))).toEqual(['3 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['2 BOOKED 1']);
  });

  test('all say no: the order is refused and keeps nothing', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    const { order } = await placed([await itemAt({ 'pa-lumen': 4, 'pa-tasso': 4, 'wh-south': 1 }), 3]);
    await closed(fixture, order.id);
    expect(await orderRow(order)).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
  });

  test('one is asked for more when another has refused', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const a = await itemAt({ 'pa-tasso': 2 }, 'A');
    const b = await itemAt({ 'pa-lumen': 3, 'pa-tasso': 1, 'wh-north': 1, 'wh-south': 1 }, 'B');
    const { order, outcome } = await placed([a, 2], [b, 3]);
    expect(outcome).toBe('approved');
    const row = await orderRow(order);
    expect(sourcesOf(row)).toEqual(['1 B pa-tasso', '1 B wh-north', '1 B wh-south', '2 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 BOOKED 1']);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test('where nobody has what one refuses, everything is given back, at the other partner too', async () => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    const { order, outcome } = await placed(...(await lines()));
    expect(outcome).toBe('OUT_OF_STOCK');
    await closed(fixture, order.id);
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test.each([
    ['slow', { mode: 'slow', delayMs: 200 }],
    ['done without an answer', { mode: 'timeout-after-done', times: 1 }],
    ['down for a moment', { mode: 'down', times: 2 }],
  ])('where cancelling is %s, it is done all the same', async (_name, fault) => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-lumen', { ...fault, call: 'cancel' });
    const { order } = await placed(...(await lines()));
    await closed(fixture, order.id);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('where cancelling is not answered for long, an operator has it run again', async () => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-lumen', { mode: 'down', call: 'cancel' });
    const { order, outcome } = await placed(...(await lines()));
    expect(outcome).toBe('OUT_OF_STOCK');
    const { attention } = await untilAttention(fixture, order.id);
    expect(attention).toMatchObject({ remaining: ['cancelAtPartners'] });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    await simulator.fault('pa-lumen', { mode: 'ok' });
    await retried(fixture, order.id);
    await closed(fixture, order.id);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

test('a partner that cannot be reached has refused, with a reason of its own where nobody else has it', async () => {
  await simulator.fault('pa-lumen', { mode: 'down' });
  const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 4 }), 3]);
  expect(outcome).toBe('PARTNER_UNREACHABLE');
  expect(await orderRow(order)).toMatchObject({ status: 'REJECTED', reason: 'PARTNER_UNREACHABLE' });
  await simulator.fault('pa-lumen', { mode: 'ok' });
  await closed(fixture, order.id);
  expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
});

describe('a workflow that asks partners and is terminated', () => {
  async function standingAfter(step: 'reserveAtPartner' | 'notePartnerReply' | 'decideOrder') {
    const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
    const stopped = stoppedAt(fixture, step, order, 'after');
    await given(fixture, order);
    await stopped.there;
    return { order, stopped };
  }

  test.each(['reserveAtPartner', 'notePartnerReply'] as const)(
    'after %s is started again, and goes on by what the partner has: it books once',
    async (step) => {
      const { order, stopped } = await standingAfter(step);
      expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
      await terminated(fixture, order.id);
      await due(fixture, [order]);
      await lostSagas(fixture).look();
      await closed(fixture, order.id);
      stopped.lose();
      fixture.interpose(step, undefined);
      expect(await decisionsOn(fixture, [order])).toEqual(['approved']);
      expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    },
  );

  test('after its approval keeps its order, and what the partner did twice is still cancelled', async () => {
    await simulator.fault('pa-lumen', { mode: 'duplicate', times: 1 });
    const { order, stopped } = await standingAfter('decideOrder');
    await terminated(fixture, order.id);
    expect(await orderRow(order)).toMatchObject({ status: 'APPROVED' });
    expect(await commandRowOf(fixture, order.id)).toMatchObject({ isClosed: false });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 2']);
    await due(fixture, [order]);
    await lostSagas(fixture).look();
    await closed(fixture, order.id);
    stopped.lose();
    expect(await orderRow(order)).toMatchObject({ status: 'APPROVED' });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test('whose order is cancelled meanwhile is rejected, and what the partner books late is cancelled', async () => {
    const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
    const stopped = stoppedAt(fixture, 'reserveAtPartner', order, 'after');
    await given(fixture, order);
    await stopped.there;
    await given(fixture, cancelOf({ id: order.id, customerId: 'ada' }));
    stopped.goOn();
    await closed(fixture, order.id);
    expect(await decisionsOn(fixture, [order])).toEqual(['CANCELLED']);
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

test('its log says what happened to an order that a partner refused', async () => {
  await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
  const { order } = await placed([await itemAt({ 'pa-lumen': 5, 'wh-north': 2, 'wh-south': 3 }), 5]);
  expect(await eventTypesOf(fixture.sql, order.id)).toEqual(
    expect.arrayContaining([
      'inventory.partner-asked.v1',
      'inventory.partner-replied.v1',
      'inventory.reservation-resourced.v1',
      'inventory.committed-stock-released.v1',
      'inventory.stock-refused.v1',
      'orders.order-approved.v1',
    ]),
  );
});
