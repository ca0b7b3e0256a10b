import type { CreateOrder } from '../../src/contracts/commands';
import { auditedClose } from '../support/audited-close';
import { onOrder, rowOf } from '../support/order-changes';
import { confirmed, sourcesOf, stocked } from '../support/partner-orders';
import { holdingsOf } from '../support/saga-books';
import { type Failpoint, type FailpointWorker, readyWorker } from '../support/saga-failpoints';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';

/** How the partner treats an order, and how the order has to end whoever dies meanwhile. */
const FATES = {
  agreed: {
    fault: { mode: 'ok' },
    counts: { 'pa-lumen': 2 },
    ends: ['APPROVED', '2 A pa-lumen', '1 BOOKED 1'],
  },
  unheard: {
    fault: { mode: 'down', call: 'book', times: 1 },
    counts: { 'pa-lumen': 2 },
    ends: ['APPROVED', '2 A pa-lumen', '1 BOOKED 1'],
  },
  refused: {
    fault: { mode: 'refuse', times: 1 },
    counts: { 'pa-lumen': 2, 'pa-tasso': 2 },
    ends: ['APPROVED', '2 A pa-tasso', '1 REFUSED 0'],
  },
  impossible: {
    fault: { mode: 'refuse', times: 1 },
    counts: { 'pa-lumen': 2 },
    ends: ['REJECTED', '', '1 REFUSED 0'],
  },
  doubled: {
    fault: { mode: 'duplicate', times: 1 },
    counts: { 'pa-lumen': 2 },
    ends: ['APPROVED', '2 A pa-lumen', '1 BOOKED 1'],
  },
  /** Once it has been approved. */
  cancelled: {
    fault: { mode: 'ok' },
    counts: { 'pa-lumen': 2 },
    ends: ['CANCELLED', '', '1 CANCELLED 0'],
  },
  /** Once it has been approved, to one of the two. */
  revised: {
    fault: { mode: 'ok' },
    counts: { 'pa-lumen': 2 },
    ends: ['APPROVED', '1 A pa-lumen', '1 BOOKED 1'],
  },
} as const;

type Scenario = readonly [fate: keyof typeof FATES, failpoint: Failpoint];

const SCENARIOS: readonly Scenario[] = [
  ['agreed', { step: 'reserveAtPartner', moment: 'before' }],
  ['agreed', { step: 'reserveAtPartner', moment: 'after' }],
  ['unheard', { step: 'lookUpAtPartner', moment: 'before' }],
  ['unheard', { step: 'lookUpAtPartner', moment: 'after' }],
  ['agreed', { step: 'askPartners', moment: 'after' }],
  ['agreed', { step: 'notePartnerReply', moment: 'before' }],
  ['refused', { step: 'notePartnerReply', moment: 'before' }],
  ['refused', { step: 'notePartnerReply', moment: 'after' }],
  ['impossible', { step: 'cancelAtPartners', moment: 'before' }],
  ['impossible', { step: 'cancelAtPartners', moment: 'after' }],
  ['doubled', { step: 'cancelAtPartners', moment: 'after' }],
  ['revised', { step: 'cancelAtPartners', moment: 'after', call: 'reduce' }],
  ['cancelled', { step: 'cancelAtPartners', moment: 'before' }],
  ['cancelled', { step: 'finishCancel', moment: 'after' }],
  ['cancelled', { step: 'releaseRest', moment: 'after' }],
];

/** Databases and partners, each for a line of scenarios: most of the time is waiting for a dead worker to be noticed. */
const LANES = 4;
const nameOf = ([fate, { step, moment, call }]: Scenario) =>
  `${moment} ${call ?? step}, an order that is ${fate}`;

const results = new Map<string, Promise<void>>();
const lanes: Promise<void>[] = [];

beforeAll(() => {
  for (let number = 0; number < LANES; number++) {
    const lane = runLane(SCENARIOS.filter((_, index) => index % LANES === number));
    // The test that waits for the lane says so; until then it is nobody's failure.
    lane.catch(() => undefined);
    lanes.push(lane);
  }
});
afterAll(() => Promise.allSettled(lanes));

/** One scenario after the other; the worker that took over in one is the one that dies in the next. */
async function runLane(scenarios: readonly Scenario[]): Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  const opened = openLane();
  for (const scenario of scenarios) {
    const result = Promise.all([opened, before]).then(([lane]) => dieAndTakeOver(lane, scenario));
    before = result.catch(() => undefined);
    results.set(nameOf(scenario), result);
  }
  const { fixture, simulator, workers } = await opened;
  await before;
  await Promise.all(workers.map((worker) => worker.end()));
  const findings = await auditedClose(fixture);
  await simulator.stop();
  expect(findings).toEqual([]);
}

interface Lane {
  readonly fixture: SagaFixture;
  readonly simulator: SimulatorProcess;
  /** The last one is the one that works. */
  readonly workers: FailpointWorker[];
}

async function openLane(): Promise<Lane> {
  const simulator = await startSimulator();
  const { partnersUrl } = simulator;
  const fixture = await openSagaFixture({ worker: false, eager: false, partnersUrl });
  return { fixture, simulator, workers: [await readyWorker(fixture)] };
}

async function dieAndTakeOver(lane: Lane, [fate, failpoint]: Scenario): Promise<void> {
  const { fixture, simulator, workers } = lane;
  const { counts, ends, fault } = FATES[fate];
  const order = orderOf([[await stocked(fixture.context.stores, 'A', counts), 2]]);
  await simulator.fault('pa-lumen', fault);
  const victim = workers.at(-1);
  const successor = readyWorker(fixture);
  await victim?.work(failpoint);
  const { createOrder, cancelOrders, reviseOrders } = fixture.context.starters;
  const { outcomes } = await createOrder([order]);
  if (fate === 'cancelled') {
    await outcomes;
    await confirmed(fixture, order.commandId);
    await cancelOrders([onOrder({ id: order.commandId, customerId: order.customerId })]);
  }
  if (fate === 'revised') {
    await outcomes;
    await confirmed(fixture, order.commandId);
    const lines = order.lines.map((line) => ({ ...line, quantity: 1 }));
    await reviseOrders([{ ...onOrder(await rowOf(fixture, order.commandId)), baseVersion: 1, lines }]);
  }
  expect(await victim?.death).toBe('SIGKILL');
  workers.push(await successor);
  await workers.at(-1)?.work();
  await confirmed(fixture, order.commandId);
  await eventually(async () => expect(await endOf(lane, order)).toEqual(ends));
}

async function endOf({ fixture: { context, sql }, simulator }: Lane, { commandId }: CreateOrder) {
  const row = await context.stores.ordersReads.order(commandId);
  const key = `${commandId.replace('ord_', 'rsv_')}/pa-lumen/1`;
  const { state, references, lines } = (await simulator.bookings('pa-lumen'))[key] ?? {};
  expect(['none', 'done']).toContain(row?.compensation);
  const { credit } = await holdingsOf(sql, commandId);
  expect(credit).toBe(row?.status === 'APPROVED' ? 100 * unitsOf(row.lines) : 0);
  if (state === 'BOOKED') expect(unitsOf(lines)).toBe(unitsOf(row?.lines));
  return [row?.status, sourcesOf(row).join(), `1 ${state} ${references?.length}`];
}

function unitsOf(lines: readonly { readonly quantity: number }[] = []): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

describe('a worker that is killed just', () => {
  test.each(SCENARIOS.map((scenario) => [nameOf(scenario)]))(
    '%s: another brings it to its end, and the partner has what it needs and no more',
    async (name) => {
      await results.get(name);
    },
  );

  test('and the books of every lane balance', async () => {
    await Promise.all(lanes);
  });
});
