import { auditBooks } from '../../src/stores/audit';
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

let simulator: SimulatorProcess;
let fixture: SagaFixture;
let next: Promise<FailpointWorker>;

beforeAll(async () => {
  simulator = await startSimulator();
  fixture = await openSagaFixture({ worker: false, eager: false, partnersUrl: simulator.partnersUrl });
  next = readyWorker(fixture);
});
afterAll(async () => {
  await (await next).end();
  const findings = await auditBooks(fixture.context.stores);
  await fixture.close();
  await simulator.stop();
  expect(findings).toEqual([]);
});

test.each(SCENARIOS.map((scenario) => [nameOf(scenario), scenario] as const))(
  'a worker that is killed just %s: another one brings the trip to its end, and nothing is left anywhere',
  async (_, scenario) => {
    const { flight, status } = STEPS[scenario.step];
    await simulator.fault('flight', flight);
    const victim = await next;
    next = readyWorker(fixture);
    await victim.work(scenario);
    const command = tripOf({ car: 'required' });
    const { outcomes } = await fixture.context.starters.bookTrip([command]);
    expect(await victim.death).toBe('SIGKILL');
    const successor = await next;
    await successor.work(null);
    await outcomes;
    const trip = await tripRow(fixture, command);
    expect(trip).toMatchObject({ status, compensation: status === 'BOOKED' ? 'none' : 'done' });
    expect(await discrepancies(simulator, trip)).toEqual([]);
    await simulator.fault('flight', { mode: 'ok' });
  },
  90_000,
);
