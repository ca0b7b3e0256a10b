import { auditBooks } from '../../src/audit/audit';
import { PLANS, STEPS, stepsAfter } from '../../src/contracts/plans';
import { OWN_FATES } from '../support/saga-failpoint-fates';
import {
  nameOf,
  type Played,
  playDeaths,
  scenariosAlone,
  scenariosTogether,
} from '../support/saga-failpoint-play';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

const SCENARIOS = [...scenariosAlone(OWN_FATES), ...scenariosTogether(OWN_FATES)];
const FATES = Object.entries(OWN_FATES);
/**
 * The outcome of resolving a target that was retried before: the resolution closes as it is decided
 * (test/domain/order/order-resolve).
 */
const WITHOUT_A_FATE = 'resolve left-alone';
/** The step commits only for trips (test/failpoints/parties). */
const WITHOUT_A_DEATH = 'runTarget';

let fixture: SagaFixture;
let played: Played;

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
  played = await playDeaths(fixture, OWN_FATES, SCENARIOS);
}, 1_800_000);

afterAll(() => fixture.close());

test('every decision that leaves something to do has a fate, and every step on our own stores a death', () => {
  const led = FATES.map(([, { kind, decision }]) => `${kind} ${decision}`);
  const missing = Object.entries(PLANS).flatMap(([kind, plan]) =>
    Object.keys(plan.complete)
      .filter((decision) => plan.decide !== null || stepsAfter(plan, decision).length > 0)
      .map((decision) => `${kind} ${decision}`)
      .filter((name) => name !== WITHOUT_A_FATE && !led.includes(name)),
  );
  expect(missing).toEqual([]);
  const killed = new Set(SCENARIOS.map(({ step }) => step));
  const own = Object.entries(STEPS).filter(([, { at }]) => at !== 'partners');
  expect(own.map(([step]) => step).filter((step) => !killed.has(step))).toEqual([WITHOUT_A_DEATH]);
});

test.each(FATES)('%s: ends as it should where nobody dies', (name, { kind, decision, status }) => {
  expect(played.undisturbed.get(name)).toMatchObject({
    commands: expect.arrayContaining([expect.objectContaining({ kind, isClosed: true })]),
    order: { status, pending: null },
  });
  expect(JSON.stringify(played.undisturbed.get(name))).toContain(`"kind":"${decision}"`);
});

test('every process came to every place it was to die at', () => {
  expect(played.missed).toEqual([]);
});

test.each(SCENARIOS.map((scenario) => [nameOf(scenario), scenario] as const))(
  'a process killed just %s: others bring every order to where it would have been, and nothing happens twice',
  (name, { fates }) => {
    expect(played.tales.get(name)).toEqual(fates.map((fate) => played.undisturbed.get(fate)));
  },
);

test('and the books balance', async () => {
  expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
});
