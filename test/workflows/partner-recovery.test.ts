import { partyQueueOf } from '../../src/contracts/saga';
import { orderOf } from '../support/new-commands';
import { closed, commandRowOf, decided, decisionsOn, given, inOneBatch } from '../support/order-changes';
import { bookedAt as booked, stocked } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, terminated } from '../support/recovery';
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
let release: () => void = () => undefined;
afterEach(async () => {
  // A failed test must leave no call unanswered: the worker would have no free slot for the next one.
  release();
  for (const step of ['reserveAtPartner', 'decideOrder'] as const) fixture.interpose(step, undefined);
  await simulator.fault('pa-lumen', { mode: 'ok' });
});

type Placed = { readonly id: string };

const itemAt = (counts: Record<string, number>) => stocked(fixture.context.stores, 'A', counts);
const orderRow = ({ id }: Placed) => fixture.context.stores.ordersReads.order(id);
const bookedAt = (party: string, { id }: Placed) => booked(simulator, party, id);

test('however many orders wait for a slow partner, steps on our own stores go on', async () => {
  const sku = await itemAt({ 'pa-lumen': 500 });
  // More orders than a worker runs activities at a time; each is a workflow of its own.
  const slow = Array.from({ length: 120 }, () => orderOf([[sku, 1, 1]], { customerId: 'barbara' }));
  release = unanswered(fixture, 'reserveAtPartner', slow);
  await Promise.all([inOneBatch(fixture, slow.slice(0, 60)), inOneBatch(fixture, slow.slice(60))]);
  const waiting = () =>
    fixture.sql(`SELECT 1 FROM inventory.reservation WHERE partner_requests::text LIKE '%pa-lumen%'
      AND order_id = ANY('{${slow.map(({ id }) => id).join(',')}}')`);
  await eventually(async () => expect(await waiting()).toHaveLength(slow.length));
  const quick = Array.from({ length: 20 }, () => orderOf([['MUG-02', 1]]));
  expect(await decided(fixture, quick)).toEqual(Array(20).fill('approved'));
  // On a busy machine some orders may have stopped waiting for the partner; more orders than a worker has slots still
  // wait.
  const undecided = (await decisionsOn(fixture, slow)).filter((decision) => decision === null);
  expect(undecided.length).toBeGreaterThan(100);
  const { workflowId } = await commandRowOf(fixture, slow[0]?.id ?? '');
  const { events } = await fixture.context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const queues = (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: call }) => call?.taskQueue?.name ?? [],
  );
  expect([...new Set(queues)]).toEqual([partyQueueOf(fixture.settings.taskQueue)]);
  release();
  for (const { id } of slow) await closed(fixture, id);
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

  test('after the approval leaves the order approved, and a second booking is still cancelled', async () => {
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
});
