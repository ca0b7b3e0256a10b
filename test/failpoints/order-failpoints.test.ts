import { setTimeout as sleep } from 'node:timers/promises';
import { auditBooks } from '../../src/stores/audit';
import { LIFE_NAMES, type LifeName, lifeOf, POISON } from '../support/saga-failpoint-lives';
import { begun, type StagedOrder, staged, taleOf } from '../support/saga-failpoint-orders';
import { type Failpoint, type FailpointWorker, readyWorker } from '../support/saga-failpoints';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { poison } from '../support/saga-sabotage';

interface Scenario extends Failpoint {
  /** The life that passes the step. */
  readonly life: LifeName;
  /** Whether its order travels alone, or with orders of every other life that its saga has. */
  readonly size: 'one' | 'many';
}

/** Before a commit nothing has happened to anybody; after it, a whole set has yet to hear of it. */
const PLACES = [
  { moment: 'before', size: 'one' },
  { moment: 'after', size: 'one' },
  { moment: 'after', size: 'many' },
] as const;

const SCENARIOS: readonly Scenario[] = PLACES.flatMap((place) =>
  LIFE_NAMES.flatMap((life) => lifeOf(life).steps.map((step) => ({ life, step, ...place }))),
);

const nameOf = ({ life, step, moment, size }: Scenario) =>
  `${moment} ${step} commits, ${life}, in a set of ${size}`;

const livesOf = ({ life, size }: Scenario) => (size === 'one' ? [life] : togetherWith(life));

function togetherWith(life: LifeName): readonly LifeName[] {
  const all = LIFE_NAMES.filter((other) => lifeOf(other).saga === lifeOf(life).saga);
  return all.length > 1 ? all : [life, life];
}

/**
 * Deaths, each of them met by as many sagas: most of the time is waiting for a dead worker to be noticed. Who takes
 * over is the next to die, in the middle of what the one before it has left.
 */
const DEATHS = 6;
/** Longer than any machine takes, as nothing but what never happens is waited for until then. */
const DYING_MS = 120_000;
const RECOVERY_MS = 240_000;

type Ending = Awaited<ReturnType<typeof begun>>;

let fixture: SagaFixture;
const workers: Promise<FailpointWorker>[] = [];
/** How each life ends where nobody dies. */
const undisturbed = new Map<LifeName, Awaited<ReturnType<typeof toldOf>>>();
const played = new Map<string, readonly StagedOrder[]>();
const ends: Ending[] = [];
/** What commands were answered, by their ids. */
const answers = new Map<string, string>();
/** Places that nobody came to. */
const missed: Failpoint[] = [];

beforeAll(async () => {
  // Whatever can be overdue is.
  fixture = await openSagaFixture({ eager: false, deadlines: { acceptSeconds: 0, captureSeconds: 0 } });
  let worker = ready();
  const cure = await poison(fixture.sql, POISON);
  await playUndisturbed();
  const cast = await staged(fixture, SCENARIOS.flatMap(livesOf));
  for (const scenario of SCENARIOS) played.set(nameOf(scenario), cast.splice(0, livesOf(scenario).length));
  await fixture.stopWorker();
  for (let death = 0; death < DEATHS; death++) {
    const victim = await worker;
    worker = ready();
    const scenarios = SCENARIOS.filter((_, at) => at % DEATHS === death);
    await die(victim, scenarios);
  }
  await (await worker).work();
  // What has not ended by then is where it should not be.
  const late = sleep(RECOVERY_MS, undefined, { ref: false });
  await Promise.allSettled(ends.map((one) => Promise.race([end(one), late])));
  await cure();
}, 900_000);

afterAll(async () => {
  for (const worker of workers) await (await worker).end();
  await fixture.close();
});

function ready(): Promise<FailpointWorker> {
  const worker = readyWorker(fixture);
  workers.push(worker);
  return worker;
}

async function playUndisturbed(): Promise<void> {
  const orders = await staged(fixture, LIFE_NAMES);
  for (const order of orders) {
    await end(await begun(fixture, [order]));
    undisturbed.set(order.life, await toldOf(order));
  }
}

async function end(ending: Ending): Promise<void> {
  for (const [commandId, answer] of await ending()) answers.set(commandId, answer);
}

/** A watch asks for what is true now, of a shipment that has been dealt with too, and need not hear the same again. */
const WATCHED: readonly LifeName[] = ['a deadline passed', 'a shipment sent, and its saga lost'];

async function toldOf(order: StagedOrder) {
  const answer = WATCHED.includes(order.life) ? null : answers.get(order.command.commandId);
  return { ...(await taleOf(fixture, order)), answer };
}

/** A worker dies in the middle of the sagas of these scenarios. */
async function die(victim: FailpointWorker, scenarios: readonly Scenario[]): Promise<void> {
  const cast = scenarios.map((scenario) => played.get(nameOf(scenario)) ?? []);
  const points = scenarios.map(({ step, moment }, at) => ({
    step,
    moment,
    among: cast[at]?.map(({ command }) => command.commandId) ?? [],
  }));
  await victim.work(...points);
  ends.push(...(await Promise.all(cast.map((orders) => begun(fixture, orders)))));
  const signal = await Promise.race([victim.death, sleep(DYING_MS, 'none', { ref: false })]);
  if (signal === 'SIGKILL') return;
  missed.push(...victim.ahead());
  await victim.end();
}

test.each(LIFE_NAMES)('%s: ends as it should where nobody dies', (life) => {
  const { end } = undisturbed.get(life) ?? {};
  expect<readonly (string | undefined)[]>(lifeOf(life).ends).toContain(end);
});

test('every worker came to every place it was to die at', () => {
  expect(missed).toEqual([]);
});

test.each(SCENARIOS.map((scenario) => [nameOf(scenario)]))(
  'a worker killed just %s: another brings every order to where it would have been, and nothing happens twice',
  async (name) => {
    for (const order of played.get(name) ?? []) {
      const tale = await toldOf(order);
      expect<readonly string[]>(lifeOf(order.life).ends).toContain(tale.end);
      expect(tale).toEqual({ ...undisturbed.get(order.life), end: tale.end });
    }
  },
);

test('and the books balance', async () => {
  expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
});
