import { setTimeout as sleep } from 'node:timers/promises';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { lostSagasWatch } from '../../src/recovery/lost-sagas-watch';
import { keepWatch } from '../../src/recovery/watch';
import { carried } from './direct-saga';
import { mannered } from './mannered-parties';
import { inOneBatch } from './order-changes';
import { eventTypesOf } from './saga-books';
import type { Fate, Staged, Staging } from './saga-failpoint-fates';
import { type Failpoint, type FailpointWorker, readyWorker } from './saga-failpoints';
import { eventually, type SagaFixture } from './saga-fixture';

/** One saga with a command for each of these fates, and the point at which its process dies. */
export interface Scenario extends Omit<Failpoint, 'among'> {
  readonly fates: readonly string[];
}

export const nameOf = ({ moment, step, fates }: Scenario) =>
  `${moment} ${step}, ${fates.length === 1 ? fates[0] : `together: ${fates.join(', ')}`}`;

const MOMENTS = ['before', 'after'] as const;
type Fates = Readonly<Record<string, Fate>>;

/** Returns a death before and after each step of each fate. */
export function scenariosAlone(fates: Fates): readonly Scenario[] {
  return Object.entries(fates).flatMap(([name, { steps }]) => deaths([name], steps));
}

/** Returns a death before and after each step of a batch that holds every fate of its kind. */
export function scenariosTogether(fates: Fates, only?: readonly string[]): readonly Scenario[] {
  const kinds = [...new Set(Object.values(fates).map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const names = Object.keys(fates).filter((name) => fates[name]?.kind === kind);
    const steps = only ?? new Set(names.flatMap((name) => fates[name]?.steps ?? []));
    return deaths([...names, ...names].slice(0, Math.max(2, names.length)), [...steps]);
  });
}

function deaths(fates: readonly string[], steps: readonly string[]): readonly Scenario[] {
  return steps.flatMap((step) => MOMENTS.map((moment) => ({ fates, step, moment })));
}

/**
 * The state of a command, its order or trip, its stock and its credit, without its own ids, so that two of them
 * compare.
 */
export type Tale = object;

export interface Played {
  /** The final state of each fate without a death. */
  readonly undisturbed: ReadonlyMap<string, Tale>;
  /** The final states of each scenario's commands. */
  readonly tales: ReadonlyMap<string, readonly Tale[]>;
  /** The failpoints that no process reached in time. */
  readonly missed: readonly Failpoint[];
}

/** The number of sagas that one process carries when it dies. */
const AT_A_DEATH = 14;
const DYING_MS = 60_000;

/** Makes processes die in the middle of these scenarios' sagas, one after the other; the last process lives. */
export async function playDeaths(
  fixture: SagaFixture,
  fates: Fates,
  scenarios: readonly Scenario[],
): Promise<Played> {
  const stopWatch = watchForLostSagas(fixture);
  const staging = stagingOf(fixture);
  let victim = readyWorker(fixture);
  const undisturbed = await playUndisturbed(staging, fixture, fates, await victim);
  const missed: Failpoint[] = [];
  const cast = new Map<Scenario, readonly Staged[]>();
  for (const group of groupsOf(scenarios)) {
    for (const scenario of group) cast.set(scenario, await stagedFor(staging, fates, scenario.fates));
    const dying = await victim;
    victim = readyWorker(fixture);
    missed.push(...(await dieIn(fixture, dying, group, cast)));
  }
  const last = await victim;
  await last.work();
  await everyCommandClosed(fixture);
  await last.end();
  await stopWatch();
  const tales = new Map<string, readonly Tale[]>();
  for (const [scenario, staged] of cast)
    tales.set(nameOf(scenario), await Promise.all(staged.map((one) => taleOf(fixture, one))));
  return { undisturbed, tales, missed };
}

/**
 * Calls with a deadline. A call that is held past its deadline counts as unanswered, and so does a call that is under
 * way when its process dies.
 */
const TIMED_CALLS = ['reserveAtPartner', 'lookUpAtPartner', 'bookAtParty', 'lookUpAtParty'];

/** Groups the scenarios by death; those whose calls have a deadline come last, together. */
function groupsOf(scenarios: readonly Scenario[]): readonly (readonly Scenario[])[] {
  const timed = scenarios.filter(({ step }) => TIMED_CALLS.includes(step));
  const others = scenarios.filter(({ step }) => !TIMED_CALLS.includes(step));
  const count = Math.ceil(others.length / AT_A_DEATH);
  const groups = Array.from({ length: count }, (_, group) => others.filter((__, at) => at % count === group));
  return timed.length > 0 ? [...groups, timed] : groups;
}

/** Returns the staging, which prepares orders without Temporal. */
export function stagingOf({ context, sql, settings }: SagaFixture): Staging {
  const parties = mannered(httpBookingParties(settings.partnersUrl));
  return {
    context,
    sql,
    carry: (commands, around) =>
      carried(context.stores, commands, { parties, ...(around ? { around } : {}) }),
  };
}

function stagedFor(staging: Staging, fates: Fates, names: readonly string[]): Promise<readonly Staged[]> {
  return Promise.all(
    names.map((name) => {
      const fate = fates[name];
      if (!fate) throw new Error(`no fate ${name}`);
      return fate.stage(staging);
    }),
  );
}

async function playUndisturbed(
  staging: Staging,
  fixture: SagaFixture,
  fates: Fates,
  process: FailpointWorker,
): Promise<ReadonlyMap<string, Tale>> {
  const names = Object.keys(fates);
  const staged = await stagedFor(staging, fates, names);
  await process.work();
  await Promise.all(staged.map(({ command }) => inOneBatch(fixture, [command])));
  await everyCommandClosed(fixture);
  const tales = await Promise.all(staged.map((one) => taleOf(fixture, one)));
  return new Map(names.map((name, at) => [name, tales[at] ?? {}]));
}

/** Lets a process die once it has reached the failpoints of all these scenarios. Returns those it did not reach. */
async function dieIn(
  fixture: SagaFixture,
  victim: FailpointWorker,
  group: readonly Scenario[],
  cast: ReadonlyMap<Scenario, readonly Staged[]>,
): Promise<readonly Failpoint[]> {
  const batches = group.map((scenario) => (cast.get(scenario) ?? []).map(({ command }) => command));
  await victim.work(
    ...group.map(({ step, moment }, at) => ({ step, moment, among: batches[at]?.map(({ id }) => id) ?? [] })),
  );
  await Promise.all(batches.map((commands) => inOneBatch(fixture, commands)));
  const signal = await Promise.race([victim.death, sleep(DYING_MS, 'none', { ref: false })]);
  if (signal === 'SIGKILL') return [];
  const missed = victim.ahead();
  await victim.end();
  return missed;
}

/** Restarts lost sagas as a relay does. Returns a function that stops the watch. */
export function watchForLostSagas({ context }: Pick<SagaFixture, 'context'>): () => Promise<void> {
  const { stores, sagas, processId: owner } = context;
  const stopping = new AbortController();
  const watch = lostSagasWatch({ commands: stores.commands, sagas, onRestart: () => undefined });
  const kept = keepWatch(watch, {
    leases: stores.leases,
    owner,
    signal: stopping.signal,
    onError: (name, error) => console.error(name, error),
  });
  return () => {
    stopping.abort();
    return kept;
  };
}

export function everyCommandClosed({ sql }: Pick<SagaFixture, 'sql'>): Promise<void> {
  return eventually(async () => {
    const open = await sql(
      'SELECT id, kind, workflow_id, decision, attention, failure FROM orders.command WHERE closed_at IS NULL',
    );
    if (open.length > 0) throw new Error(`commands are open: ${JSON.stringify(open)}`);
  }, 120_000);
}

export async function taleOf({ context, sql }: SagaFixture, staged: Staged): Promise<Tale> {
  const { command, sku, target } = staged;
  const { stores } = context;
  const { id, subject } = command;
  const rows = await stores.commands.commands(target ? [id, target] : [id]);
  const commands = [...rows.values()].map(({ kind, decision, isClosed, attention }) => ({
    kind,
    decision,
    isClosed,
    attention,
  }));
  const trip = await stores.tripsReads.trip(subject);
  const told = {
    commands: commands.sort((a, b) => a.kind.localeCompare(b.kind)),
    order: (await stores.ordersReads.order(subject)) ?? null,
    trip: trip && {
      ...trip,
      bookings: trip.bookings.map((booking) => ({ ...booking, reference: booking.reference !== null })),
    },
    events: await eventTypesOf(sql, subject),
    stock: await sql(
      'SELECT node_id, committed, held, unavailable FROM inventory.stock WHERE sku = $1 ORDER BY 1',
      [sku],
    ),
    credit: await sql('SELECT held::int, captured_unpaid::int FROM credit.account WHERE customer_id = $1', [
      sku,
    ]),
  };
  const names = [target, id, sku, subject.slice(subject.indexOf('_') + 1)].flatMap((name) => name ?? []);
  const said = names.reduce((text, name, at) => text.replaceAll(name, `#${at}`), JSON.stringify(told));
  return JSON.parse(
    said.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then').replace(/cmd_[a-z2-7]+/g, 'another command'),
  );
}
