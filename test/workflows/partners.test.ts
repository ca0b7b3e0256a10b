import type { CreateOrder } from '../../src/contracts/commands';
import { confirmationId } from '../../src/contracts/workflow-names';
import { nodeTerms } from '../../src/domain/inventory/node-terms';
import { isApproved } from '../../src/domain/order/order-status';
import { lostSagasWatch } from '../../src/intake/lost-sagas-watch';
import { lostSagasOf } from '../support/lost-sagas';
import { bookedAt as booked, confirmed, sourcesOf, stocked } from '../support/partner-orders';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { eventTypesOf, holdingsOf } from '../support/saga-books';
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
afterAll(() => opened.close());
afterEach(async () => {
  for (const step of ['reserveAtPartner', 'approveOrder'] as const) fixture.interpose(step, undefined);
  for (const party of ['pa-lumen', 'pa-tasso']) await simulator.fault(party, { mode: 'ok' });
});

const itemAt = (counts: Record<string, number>, name = 'A') => stocked(fixture.context.stores, name, counts);
const orderRow = ({ commandId }: CreateOrder) => fixture.context.stores.ordersReads.order(commandId);
const holdings = ({ commandId }: CreateOrder) => holdingsOf(fixture.sql, commandId);

/** Places an order and waits for its set and for the workflow it went on in. */
async function placed(...lines: readonly Line[]) {
  const order = orderOf(lines);
  const { outcomes } = await fixture.context.starters.createOrder([order]);
  const workflowId = confirmationId(order.commandId);
  expect(await outcomes).toEqual([{ kind: 'continued', orderId: order.commandId, workflowId }]);
  return { order, outcome: await confirmed(fixture, order.commandId) };
}

async function atp(sku: string, nodeId: string): Promise<number | undefined> {
  const { now, facts } = await fixture.context.stores.inventoryReads.stockFacts(sku);
  const found = facts.find(({ node }) => node.id === nodeId);
  return found && nodeTerms(found, now).atp;
}

const bookedAt = (party: string, { commandId }: CreateOrder) => booked(simulator, party, commandId);

function operations() {
  return operatorsOf(fixture);
}

const untilCompensated = (order: CreateOrder) =>
  eventually(async () => expect(await orderRow(order)).toMatchObject({ compensation: 'done' }));

const untilAttention = (order: CreateOrder) =>
  eventually(async () => expect(await orderRow(order)).toMatchObject({ compensation: 'needs_attention' }));

test('an order that a partner delivers is approved when the partner has agreed', async () => {
  const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 5 }), 2]);
  expect(outcome).toEqual({ kind: 'approved', orderId: order.commandId });
  const row = await orderRow(order);
  expect(row).toMatchObject({ status: 'APPROVED', compensation: 'none' });
  expect(sourcesOf(row)).toEqual(['2 A pa-lumen']);
  expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
});

test('a partner that does not answer keeps nobody else in the set waiting', async () => {
  const slow = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
  const quick = orderOf([['MUG-01', 1]]);
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  fixture.interpose('reserveAtPartner', async (reserve, input) => {
    await held;
    return reserve(input);
  });
  const { outcomes } = await fixture.context.starters.createOrder([slow, quick]);
  expect(await outcomes).toMatchObject([{ kind: 'continued' }, { kind: 'approved' }]);
  expect(await orderRow(slow)).toMatchObject({ status: 'PENDING' });
  goOn();
  expect(await confirmed(fixture, slow.commandId)).toMatchObject({ kind: 'approved' });
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
    expect(outcome).toMatchObject({ kind: 'approved' });
    // A key that was refused may have booked all the same: it is looked at again.
    if (sources === ELSEWHERE) await untilCompensated(order);
    const row = await orderRow(order);
    const compensation = sources === ELSEWHERE ? 'done' : 'none';
    expect(row).toMatchObject({ status: 'APPROVED', compensation });
    expect(sourcesOf(row)).toEqual(sources);
    expect(await bookedAt('pa-lumen', order)).toEqual(booked);
    const left = sources === AT_THE_PARTNER ? 0 : 'reason' in fault ? 5 : 0;
    expect(await atp(sku, 'pa-lumen')).toBe(left);
  });

  test('done twice is approved, and one of the two is cancelled', async () => {
    await simulator.fault('pa-lumen', { mode: 'duplicate', times: 1 });
    const { order, outcome } = await placed([await itemAt({ 'pa-lumen': 5 }), 2]);
    expect(outcome).toMatchObject({ kind: 'approved' });
    await untilCompensated(order);
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
    expect(outcome).toMatchObject({ kind: 'approved' });
    expect(sourcesOf(await orderRow(order))).toEqual(ELSEWHERE);
    await untilAttention(order);
    expect(await orderRow(order)).toMatchObject({
      status: 'APPROVED',
      attention: { remaining: ['cancelAtPartners'], failure: expect.stringContaining('pa-lumen') },
    });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await simulator.fault('pa-lumen', { mode: 'ok' });
    expect(await operations().retry(order.commandId, 'operator')).toMatchObject({ kind: 'done' });
    await untilCompensated(order);
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
    expect(outcome).toMatchObject({ kind: 'approved' });
    expect(sourcesOf(await orderRow(order))).toEqual(['3 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['2 BOOKED 1']);
  });

  test('all say no: the order is refused and keeps nothing', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    const { order } = await placed([await itemAt({ 'pa-lumen': 4, 'pa-tasso': 4, 'wh-south': 1 }), 3]);
    expect(await orderRow(order)).toMatchObject({
      status: 'REJECTED',
      reason: 'OUT_OF_STOCK',
      compensation: 'done',
    });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
  });

  test('one is asked for more when another has refused', async () => {
    await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
    const a = await itemAt({ 'pa-tasso': 2 }, 'A');
    const b = await itemAt({ 'pa-lumen': 3, 'pa-tasso': 1, 'wh-north': 1, 'wh-south': 1 }, 'B');
    const { order, outcome } = await placed([a, 2], [b, 3]);
    expect(outcome).toMatchObject({ kind: 'approved' });
    const row = await orderRow(order);
    expect(sourcesOf(row)).toEqual(['1 B pa-tasso', '1 B wh-north', '1 B wh-south', '2 A pa-tasso']);
    expect(await bookedAt('pa-tasso', order)).toEqual(['1 BOOKED 1', '2 BOOKED 1']);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 REFUSED 0']);
  });

  test('where nobody has what one refuses, everything is undone, at the other partner too', async () => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    const { order, outcome } = await placed(...(await lines()));
    expect(outcome).toMatchObject({ kind: 'rejected', reason: 'OUT_OF_STOCK' });
    expect(await orderRow(order)).toMatchObject({ status: 'REJECTED', compensation: 'done' });
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
    await untilCompensated(order);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('where cancelling is not answered for long, an operator has it run again', async () => {
    await simulator.fault('pa-tasso', { mode: 'refuse', times: 1 });
    await simulator.fault('pa-lumen', { mode: 'down', call: 'cancel' });
    const { order, outcome } = await placed(...(await lines()));
    expect(outcome).toMatchObject({ kind: 'rejected' });
    await untilAttention(order);
    expect(await orderRow(order)).toMatchObject({ attention: { remaining: ['cancelAtPartners'] } });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    await simulator.fault('pa-lumen', { mode: 'ok' });
    await operations().retry(order.commandId, 'operator');
    await untilCompensated(order);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });
});

describe('a workflow that asks partners and is terminated', () => {
  const reclaimed: string[] = [];

  function watch() {
    const lost = lostSagasOf(fixture);
    return lostSagasWatch({
      ...lost,
      reclaim(command) {
        reclaimed.push(command.commandId);
        return lost.reclaim(command);
      },
    });
  }

  const confirmation = ({ commandId }: CreateOrder) =>
    fixture.context.temporal.client.workflow.getHandle(confirmationId(commandId));

  const age = ({ commandId }: CreateOrder) =>
    fixture.sql(`UPDATE orders."order" SET updated_at = updated_at - interval '1 minute' WHERE id = $1`, [
      commandId,
    ]);

  /** An order whose workflow stands still right after `step` has taken effect. */
  async function standingAfter(step: 'reserveAtPartner' | 'approveOrder') {
    const order = orderOf([[await itemAt({ 'pa-lumen': 5 }), 1]]);
    const reached = new Promise<void>((resolve) => {
      fixture.interpose(step, async (run, input) => {
        const answer = await run(input);
        resolve();
        await new Promise<void>((goOn) => releases.push(goOn));
        return answer;
      });
    });
    await (await fixture.context.starters.createOrder([order])).outcomes;
    await reached;
    return order;
  }
  const releases: (() => void)[] = [];
  afterEach(() => {
    for (const release of releases.splice(0)) release();
  });

  test('is left alone while it runs, and its order is given back with what the partner has', async () => {
    const order = await standingAfter('reserveAtPartner');
    await age(order);
    await watch().look();
    expect(reclaimed).not.toContain(order.commandId);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
    await confirmation(order).terminate('a test');
    await watch().look();
    await untilCompensated(order);
    expect(await orderRow(order)).toMatchObject({ status: 'REJECTED', reason: 'RECLAIMED' });
    expect(await holdings(order)).toMatchObject({ stock: [], credit: 0 });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 CANCELLED 0']);
  });

  test('after its approval keeps its order, and what the partner did twice is still cancelled', async () => {
    await simulator.fault('pa-lumen', { mode: 'duplicate', times: 1 });
    const order = await standingAfter('approveOrder');
    await confirmation(order).terminate('a test');
    expect(await orderRow(order)).toMatchObject({ status: 'APPROVED', compensation: 'running' });
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 2']);
    await age(order);
    await watch().look();
    await untilCompensated(order);
    expect(isApproved((await orderRow(order)) ?? { status: 'REJECTED' })).toBe(true);
    expect(await bookedAt('pa-lumen', order)).toEqual(['1 BOOKED 1']);
  });
});

test('its log says what happened to an order that a partner refused', async () => {
  await simulator.fault('pa-lumen', { mode: 'refuse', times: 1 });
  const { order } = await placed([await itemAt({ 'pa-lumen': 5, 'wh-north': 2, 'wh-south': 3 }), 5]);
  expect(await eventTypesOf(fixture.sql, order.commandId)).toEqual(
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
