import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { type Activities, createActivities, createPartyActivities } from '../../activities/activities';
import { partyQueueOf } from '../../src/contracts/saga';
import type { Deadlines } from '../../src/domain/order/order';
import type { Intakes } from '../../src/intake/intakes';
import { openIntakes } from '../../src/main/roles/intakes';
import { closeContext, openContext, type ProcessContext } from '../../src/main/roles/process-context';
import { stepDepsOf } from '../../src/main/roles/worker-role';
import type { RoleSettings } from '../../src/main/settings';
import type { BookingParties } from '../../src/providers/booking-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { createPartyWorker, createSagaWorker } from '../../src/temporal/saga-worker';
import { cachedBundle } from './saga-bundle';
import { type FixtureSettings, quietRuntime, settingsFor } from './saga-settings';
import { stockStores } from './stocked-stores';
import { createTestDatabase } from './test-database';

/** The saga part of Holdfast on real servers: fresh stores with demo data, a task queue and a worker of its own. */
export interface SagaFixture {
  readonly context: ProcessContext;
  readonly settings: FixtureSettings;
  readonly intakes: Intakes;
  /** The steps as its workers run them, interposed functions included. */
  readonly activities: object;
  /** Runs a statement from outside, on a connection of its own; tables are named with their schema. */
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Keeps the locks of a statement until the returned function is called. */
  locked(text: string, values?: unknown[]): Promise<() => Promise<void>>;
  /** Puts a function between the saga and one step, for the rest of the file; undefined removes it. */
  interpose(step: keyof Activities, around: Around | undefined): void;
  startWorker(): Promise<void>;
  /** Stops the worker in order; it finishes the work that it has begun. */
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a step, or something in its place. */
export type Around = (step: (input: unknown) => Promise<unknown>, input: unknown) => Promise<unknown>;

export interface FixtureOptions {
  /** True to start a worker with the fixture (default: true). */
  readonly worker?: boolean;
  readonly eager?: boolean;
  /** The database address of the activities, if it is not the fixture's own. */
  readonly storesUrl?: (url: string) => string;
  /** The addresses of stores that have a database of their own. */
  readonly stores?: Partial<RoleSettings['stores']>;
  /** The address of the partners (default: none that listens). Their deadlines are shorter than in production. */
  readonly partnersUrl?: string;
  /** Replaces the third parties. */
  readonly parties?: BookingParties;
  /** Overrides of the usual deadlines. */
  readonly deadlines?: Partial<Deadlines>;
  readonly partnerPatienceMs?: number;
  readonly retryNodeSeconds?: number;
  readonly maxShipments?: number;
}

const PARTNER_TIMEOUT_MS = 500;

export async function openSagaFixture(options: FixtureOptions = {}): Promise<SagaFixture> {
  const { worker = true, eager = true, storesUrl = (url) => url, partnersUrl } = options;
  quietRuntime();
  const database = await createTestDatabase();
  const taskQueue = `sagas-${randomBytes(4).toString('hex')}`;
  const usual = settingsFor(storesUrl(database.url), taskQueue, partnersUrl);
  const settings = {
    ...usual,
    stores: { ...usual.stores, ...options.stores },
    deadlines: { ...usual.deadlines, ...options.deadlines },
    partnerPatienceMs: options.partnerPatienceMs ?? usual.partnerPatienceMs,
    retryNodeSeconds: options.retryNodeSeconds ?? usual.retryNodeSeconds,
    maxShipments: options.maxShipments ?? usual.maxShipments,
  };
  const parties = options.parties ?? httpBookingParties(settings.partnersUrl, PARTNER_TIMEOUT_MS);
  const context = { ...(await openContext(settings, eager)), parties };
  await stockStores(context.stores);
  const pool = new Pool({ connectionString: database.url, max: 4 });
  // A connection that a test cuts on purpose must not end the process.
  pool.on('error', () => undefined);
  const workers = runnableWorker(context);
  if (worker) await workers.start();
  return {
    context,
    settings,
    intakes: openIntakes(context),
    activities: workers.activities,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    locked: (text, values) => holdLock(database.url, text, values),
    interpose: workers.interpose,
    startWorker: workers.start,
    stopWorker: workers.stop,
    async close() {
      await workers.stop();
      await closeContext(context);
      await pool.end();
      await database.drop();
    },
  };
}

function runnableWorker(context: ProcessContext) {
  let stop: (() => Promise<void>) | undefined;
  const arounds = new Map<string, Around>();
  const deps = stepDepsOf(context);
  const activities = interposable(createActivities(deps), arounds);
  const partyActivities = interposable(createPartyActivities(deps), arounds);
  return {
    activities,
    interpose(step: keyof Activities, around: Around | undefined): void {
      if (around) arounds.set(step, around);
      else arounds.delete(step);
    },
    async start(): Promise<void> {
      const { taskQueue } = context.settings;
      const shared = { temporal: context.temporal, version: undefined };
      const workers = [
        await createSagaWorker({ ...shared, taskQueue, activities, bundle: await cachedBundle() }),
        await createPartyWorker({
          ...shared,
          taskQueue: partyQueueOf(taskQueue),
          activities: partyActivities,
        }),
      ];
      const running = Promise.all(workers.map((worker) => worker.run()));
      stop = async () => {
        for (const worker of workers) worker.shutdown();
        await running;
      };
    },
    async stop(): Promise<void> {
      await stop?.();
      stop = undefined;
    },
  };
}

function interposable(activities: object, arounds: ReadonlyMap<string, Around>): object {
  return Object.fromEntries(
    Object.entries(activities).map(([name, step]) => [
      name,
      (input: unknown) => {
        const run = step as (input: unknown) => Promise<unknown>;
        const around = arounds.get(name);
        return around ? around(run, input) : run(input);
      },
    ]),
  );
}

async function holdLock(url: string, text: string, values?: unknown[]): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  // A test's outage cuts this connection too.
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN');
  await client.query(text, values);
  return () => client.end();
}

const PAUSE_MS = 25;

/** Repeats a check until it no longer throws. @throws the last error when time is up */
export async function eventually<T>(check: () => Promise<T>, withinMs = 60_000): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
