import type { Trip } from '../../src/domain/trip/trip';
import { auditedClose } from '../support/audited-close';
import { type Failpoint, type FailpointWorker, readyWorker } from '../support/saga-failpoints';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';
import { discrepancies, tripOf, tripRow } from '../support/trip-plays';

/** Each step with a trip that takes it, and how that trip ends although the worker dies in the middle. */
const STEPS = {
  recordTrip: { flight: { mode: 'ok' }, status: 'BOOKED' },
  bookAtParty: { flight: { mode: 'ok' }, status: 'BOOKED' },
  noteAnswer: { flight: { mode: 'ok' }, status: 'BOOKED' },
  lookUpAtParty: { flight: { mode: 'down', call: 'book', times: 1 }, status: 'BOOKED' },
  cancelAtParty: { flight: { mode: 'refuse' }, status: 'REJECTED' },
  settleTrip: { flight: { mode: 'refuse' }, status: 'REJECTED' },
} as const;

interface Scenario extends Failpoint {
  readonly step: keyof typeof STEPS;
}

const SCENARIOS: readonly Scenario[] = (Object.keys(STEPS) as (keyof typeof STEPS)[]).flatMap((step) =>
  (['before', 'after'] as const).map((moment) => ({ step, moment })),
);
const nameOf = ({ step, moment }: Scenario) => `${moment} ${step} takes effect`;

/** Each with third parties and a line of workers of its own: most of the time is waiting for a death to be noticed. */
const LANES = 3;

interface Lane {
  readonly simulator: SimulatorProcess;
  readonly fixture: SagaFixture;
  /** Got ready while the one before it works. */
  next: Promise<FailpointWorker>;
}

const results = new Map<string, Promise<Played>>();
let lanes: readonly Promise<readonly string[]>[] = [];

interface Played {
  readonly died: string | null;
  readonly trip: Trip;
  readonly leaks: readonly string[];
}

beforeAll(() => {
  lanes = Array.from({ length: LANES }, (_, number) => {
    const lane = runLane(SCENARIOS.filter((_scenario, index) => index % LANES === number));
    // The test that waits for it says so; until then it is nobody's failure.
    lane.catch(() => undefined);
    return lane;
  });
});

afterAll(() => Promise.allSettled(lanes));

/** One scenario after the other, whatever became of the one before; in the end what the audit has found. */
async function runLane(scenarios: readonly Scenario[]): Promise<readonly string[]> {
  const opening = openLane();
  let turn: Promise<unknown> = opening;
  for (const scenario of scenarios) {
    const played = turn.then(async () => dieAndTakeOver(await opening, scenario));
    turn = played.catch(() => undefined);
    results.set(nameOf(scenario), played);
  }
  await turn;
  const { fixture, simulator, next } = await opening;
  await (await next).end();
  const findings = await auditedClose(fixture);
  await simulator.stop();
  return findings;
}

async function openLane(): Promise<Lane> {
  const simulator = await startSimulator();
  const { partnersUrl } = simulator;
  const fixture = await openSagaFixture({ worker: false, eager: false, partnersUrl });
  return { simulator, fixture, next: readyWorker(fixture) };
}

async function dieAndTakeOver(lane: Lane, scenario: Scenario): Promise<Played> {
  const { simulator, fixture } = lane;
  await simulator.fault('flight', STEPS[scenario.step].flight);
  const victim = await lane.next;
  lane.next = readyWorker(fixture);
  await victim.work(scenario);
  const command = tripOf({ car: 'required' });
  const { outcomes } = await fixture.context.starters.bookTrip([command]);
  const died = await victim.death;
  await (await lane.next).work();
  await outcomes;
  const trip = await tripRow(fixture, command);
  await simulator.fault('flight', { mode: 'ok' });
  return { died, trip, leaks: await discrepancies(simulator, trip) };
}

test.each(SCENARIOS.map((scenario) => [nameOf(scenario), scenario] as const))(
  'a worker that is killed just %s: another one brings the trip to its end, and nothing is left anywhere',
  async (name, { step }) => {
    const { status } = STEPS[step];
    const compensation = status === 'BOOKED' ? 'none' : 'done';
    const end = { died: 'SIGKILL', trip: { status, compensation }, leaks: [] };
    expect(await results.get(name)).toMatchObject(end);
  },
);

test('and the books of every lane balance', async () => {
  expect((await Promise.all(lanes)).flat()).toEqual([]);
});
