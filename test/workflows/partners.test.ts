import { ownIdOf } from '../../src/contracts/saga';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { FAULT } from '../replay/plays';
import { cancelOf, type Line, orderOf } from '../support/new-commands';
import { carriedOut, closed, commandRowOf, given, inOneBatch, placed, rowOf } from '../support/order-changes';
import { bookedAt as booked, sourcesOf, stocked } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, resolveOf, retried, terminated, untilAttention } from '../support/recovery';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
import type { SagaFixture } from '../support/saga-fixture';
import { stoppedAt } from '../support/saga-runs';
import type { SimulatorProcess } from '../support/simulator-process';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

const STEPS = [
  'askPartners',
  'reserveAtPartner',
  'notePartnerReply',
  'decideOrder',
  'cancelAtPartners',
] as const;

beforeAll(async () => {
  opened = await openPartyFixture({ partnerPatienceMs: 2_500 });
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close());
afterEach(async () => {
  for (const step of STEPS) fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

interface Named {
  readonly id: string;
}

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const bookedAt = (party: string, { id }: Named) => booked(simulator, party, id);
const holdings = ({ id }: Named) => holdingsOf(fixture.sql, id);

/** Places an order and waits until its own stores and its partners have nothing left to do for it. */
const placedOf = (...lines: readonly Line[]) => placed(fixture, orderOf(lines));

async function atp(sku: string, nodeId: string): Promise<number | undefined> {
  const { now, facts } = await fixture.context.stores.inventoryReads.stockFacts(sku);
  const found = facts.find(({ node }) => node.id === nodeId);
  return found && nodeTerms(found, now).atp;
}

test('an order that a partner delivers is approved when the partner has agreed, in the workflow of its batch', async () => {
  const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 2]]);
  const { ended } = await inOneBatch(fixture, [order]);
  expect(await ended).toMatchObject([{ id: order.id, decision: 'approved', end: 'closed' }]);
  const row = await rowOf(fixture, order.id);
  expect(row).toMatchObject({ status: 'APPROVED' });
  expect(sourcesOf(row)).toEqual(['2 A pa-lumen']);
  expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
});

test('a partner that does not answer delays no other member of the batch: its order is detached', async () => {
  const slow = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
  const quick = orderOf([['MUG-01', 1]]);
  const asked = stoppedAt(fixture, 'reserveAtPartner', slow, 'before');
  const { ended } = await inOneBatch(fixture, [slow, quick]);
  expect(await ended).toMatchObject([
    { id: slow.id, decision: null, end: 'detached' },
    { id: quick.id, decision: 'approved', end: 'closed' },
  ]);
  await asked.there;
  expect(await rowOf(fixture, slow.id)).toMatchObject({ status: 'PENDING' });
  expect(await commandRowOf(fixture, slow.id)).toMatchObject({ workflowId: ownIdOf('createOrders', slow) });
  asked.goOn();
  expect(await closed(fixture, slow.id)).toMatchObject({ decision: { kind: 'approved' } });
});

/** Only the partner has all units, so it is asked first; the warehouses have them together. */
const AT_THE_PARTNER = ['5 A pa-lumen'];
const ELSEWHERE = ['2 A wh-north', '3 A wh-south'];
const ANYWHERE = { 'pa-lumen': 5, 'wh-north': 2, 'wh-south': 3 };

describe('asked of a partner, an order', () => {
  test.each([
    ['slow', { mode: 'slow', delayMs: 200, times: 1 }],
    ['done without an answer', { mode: 'timeout-after-done', times: 1 }],
    ['down for a moment', { mode: 'down', times: 1 }],
    ['down and then hard to find', { mode: 'down', times: 3 }],
    ['denied for a moment', { mode: 'deny', times: 1 }],
    ['done twice, of which one is cancelled,', { mode: 'duplicate', times: 1 }],
  ])('%s is delivered by it', async (_name, fault) => {
    await simulator.fault('pa-lumen', fault);
    const sku = await itemAt(ANYWHERE);
    const order = await placedOf([sku, 5]);
    expect(order).toMatchObject({ status: 'APPROVED' });
    expect(sourcesOf(order)).toEqual(AT_THE_PARTNER);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await atp(sku, 'pa-lumen')).toBe(0);
  });

  test.each([
    ['as it has none', { mode: 'refuse', times: 1 }, 0],
    ['for now', { mode: 'refuse', reason: 'NO_CAPACITY', times: 1 }, 5],
  ])('refused %s is delivered by others', async (_name, fault, left) => {
    await simulator.fault('pa-lumen', fault);
    const sku = await itemAt(ANYWHERE);
    const order = await placedOf([sku, 5]);
    expect(order).toMatchObject({ status: 'APPROVED' });
    expect(sourcesOf(order)).toEqual(ELSEWHERE);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 REFUSED 0']);
    expect(await atp(sku, 'pa-lumen')).toBe(left);
  });

  test('without an answer is delivered by others, and refused there if it arrives late', async () => {
    await simulator.fault('pa-lumen', { mode: 'down', call: 'book' });
    const order = await placedOf([await itemAt(ANYWHERE), 5]);
    expect(sourcesOf(order)).toEqual(ELSEWHERE);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    const key = `${order.id.replace('ord_', 'rsv_')}/pa-lumen/1`;
    const late = await httpBookingParties(simulator.partnersUrl).book('pa-lumen', key, { orderId: order.id });
    expect(late).toEqual({ kind: 'refused', reason: 'CANCELLED' });
  });

  test('without an answer is rejected where no other node has the units', async () => {
    await simulator.fault('pa-lumen', { mode: 'down', call: 'book' });
    const order = await placedOf([await itemAt({ 'pa-lumen': 5 }), 5]);
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'PARTNER_UNREACHABLE' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

describe('asked of a partner, an order that meets', () => {
  test('credentials that the partner does not accept is delivered by others, and an operator is told', async () => {
    await simulator.fault('pa-lumen', { mode: 'deny' });
    const order = orderOf([[await itemAt(ANYWHERE), 5]]);
    await given(fixture, order);
    expect(await untilAttention(fixture, order.id)).toMatchObject({
      decision: { kind: 'approved' },
      attention: {
        remaining: ['cancelAtPartners'],
        failure: expect.stringContaining('does not accept the credentials of Holdfast'),
      },
    });
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(ELSEWHERE);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    expect(await retried(fixture, order.id)).toBe(true);
    expect(await closed(fixture, order.id)).toMatchObject({ decision: { kind: 'approved' } });
  });

  test('the answer lost and the partner gone, is delivered by others, and cancelled when it is back', async () => {
    fixture.interpose('reserveAtPartner', async (reserve, input) => {
      await reserve(input);
      await simulator.fault('pa-lumen', { mode: 'down' });
      throw new Error('the answer was lost');
    });
    const order = orderOf([[await itemAt(ANYWHERE), 5]]);
    await given(fixture, order);
    expect(await untilAttention(fixture, order.id)).toMatchObject({
      decision: { kind: 'approved' },
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('pa-lumen') },
    });
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(ELSEWHERE);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    expect(await retried(fixture, order.id)).toBe(true);
    expect(await closed(fixture, order.id)).toMatchObject({ decision: { kind: 'approved' } });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    expect(sourcesOf(await rowOf(fixture, order.id))).toEqual(ELSEWHERE);
  });

  test('a cancellation meanwhile, is rejected, and what the partner has booked is cancelled', async () => {
    const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 5]]);
    const asked = stoppedAt(fixture, 'reserveAtPartner', order, 'after');
    await given(fixture, order);
    await asked.there;
    await carriedOut(fixture, cancelOf(await rowOf(fixture, order.id)));
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    asked.goOn();
    await closed(fixture, order.id);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'REJECTED', reason: 'CANCELLED' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('a reply that cannot be stored, is an operator’s task, and cancelled there when he decides against it', async () => {
    fixture.interpose('notePartnerReply', () => Promise.reject(FAULT));
    const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 5]]);
    await given(fixture, order);
    expect(await untilAttention(fixture, order.id)).toMatchObject({
      decision: null,
      attention: { remaining: ['confirmAtPartners'] },
    });
    await carriedOut(fixture, resolveOf(order));
    await lostSagas(fixture).look();
    await closed(fixture, order.id);
    expect(await rowOf(fixture, order.id)).toMatchObject({ status: 'REJECTED', reason: 'PROCESSING_FAILED' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

describe('several partners', () => {
  const lines = async (): Promise<readonly Line[]> => [
    [await itemAt({ 'pa-lumen': 2 }, 'A'), 2],
    [await itemAt({ 'pa-tasso': 3 }, 'B'), 3],
  ];

  test('each deliver a line', async () => {
    const order = await placedOf(...(await lines()));
    expect(sourcesOf(order)).toEqual(['2 A pa-lumen', '3 B pa-tasso']);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['1 BOOKED 1']);
  });

  test('one says no and the other has it', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const order = await placedOf([await itemAt({ 'pa-lumen': 4, 'pa-tasso': 4 }), 3]);
    expect(sourcesOf(order)).toEqual(['3 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['2 BOOKED 1']);
  });

  test('all say no: the order is refused and keeps nothing', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    const order = await placedOf([await itemAt({ 'pa-lumen': 4, 'pa-tasso': 4, 'wh-south': 1 }), 3]);
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
  });

  test('one is asked for more when another has refused', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const a = await itemAt({ 'pa-tasso': 2 }, 'A');
    const b = await itemAt({ 'pa-lumen': 3, 'pa-tasso': 1, 'wh-north': 1, 'wh-south': 1 }, 'B');
    const order = await placedOf([a, 2], [b, 3]);
    expect(sourcesOf(order)).toEqual(['1 B pa-tasso', '1 B wh-north', '1 B wh-south', '2 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 BOOKED 1']);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test.each([
    ['answered', { mode: 'ok' }],
    ['slow', { mode: 'slow', delayMs: 200 }],
    ['done without an answer', { mode: 'timeout-after-done', times: 1 }],
    ['down for a moment', { mode: 'down', times: 2 }],
  ])(
    'where nobody has what one refuses, all is undone, also where cancelling at another is %s',
    async (_name, fault) => {
      await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
      await simulator.fault('pa-lumen', { ...fault, call: 'cancel' });
      const order = await placedOf(...(await lines()));
      expect(order).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK' });
      expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
      expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
    },
  );

  test('where a cancellation stays unconfirmed, an operator retries it', async () => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-lumen', { mode: 'down', call: 'cancel' });
    const order = orderOf(await lines());
    await given(fixture, order);
    expect(await untilAttention(fixture, order.id)).toMatchObject({
      decision: { kind: 'rejected' },
      attention: { remaining: ['cancelAtPartners'] },
    });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    await simulator.fault('pa-lumen', { mode: 'ok' });
    await retried(fixture, order.id);
    await closed(fixture, order.id);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

describe('a detached order whose workflow is terminated is restarted', () => {
  /** Stops the saga right after a step, ends its workflow, and lets the relay find it. */
  async function lostAfter(step: (typeof STEPS)[number], counts: Record<string, number>) {
    const order = orderOf([[await itemAt(counts), 5]]);
    const stopped = stoppedAt(fixture, step, order, 'after');
    await inOneBatch(fixture, [order, orderOf([['MUG-01', 1]])]);
    await stopped.there;
    const workflowId = await terminated(fixture, order.id);
    const restarted: string[] = [];
    const found = async () => {
      await due(fixture, [order]);
      await lostSagas(fixture, restarted).look();
      await closed(fixture, order.id);
      stopped.lose();
      expect(restarted).toEqual([workflowId]);
      return rowOf(fixture, order.id);
    };
    return { order, workflowId, found };
  }

  test.each(STEPS)('after %s, with a second booking of its partner cancelled', async (step) => {
    await simulator.fault('pa-lumen', { mode: 'duplicate', times: 1 });
    const { order, workflowId, found } = await lostAfter(step, { 'pa-lumen': 5 });
    expect(workflowId).toBe(ownIdOf('createOrders', order));
    const row = await found();
    expect(row).toMatchObject({ status: 'APPROVED' });
    expect(sourcesOf(row)).toEqual(AT_THE_PARTNER);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });

  test('from the stored reply, and asks no partner twice', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const { found } = await lostAfter('notePartnerReply', ANYWHERE);
    let asked = 0;
    fixture.interpose('reserveAtPartner', (reserve, input) => {
      asked += 1;
      return reserve(input);
    });
    expect(sourcesOf(await found())).toEqual(ELSEWHERE);
    expect(asked).toBe(0);
  });
});

test('the log of a reservation has the refusal of a partner', async () => {
  await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
  const order = await placedOf([await itemAt(ANYWHERE), 5]);
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
