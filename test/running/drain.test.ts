import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePorts } from '../../src/main/supervisor/ports';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf } from '../support/saga-orders';

const ROOT = path.resolve(__dirname, '..', '..');
const ORDERS = 24;

interface WorkerProcess {
  /** Until it has said something. */
  said(line: string): Promise<void>;
  readonly ended: Promise<number | null>;
  readonly process: ChildProcess;
}

let fixture: SagaFixture;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
});

afterAll(async () => {
  for (const { process: worker } of workers) if (worker.exitCode === null) worker.kill('SIGKILL');
  await Promise.all(workers.map(({ ended }) => ended));
  await fixture.close();
});

/** As `npm run start:worker` starts it. */
async function startWorkerProcess(): Promise<WorkerProcess> {
  const { stores, temporalAddress, taskQueue } = fixture.settings;
  const [port = 0] = await findFreePorts(1);
  const environment = {
    DATABASE_URL: stores.orders,
    TEMPORAL_ADDRESS: temporalAddress,
    HOLDFAST_TASK_QUEUE: taskQueue,
    HOLDFAST_WORKER_PORT: String(port),
    HOLDFAST_LOG_LEVEL: 'info',
  };
  const child = spawn(process.execPath, ['--import', 'tsx', path.join('src', 'main', 'worker.ts')], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const worker: WorkerProcess = {
    process: child,
    ended: new Promise((resolve) => child.once('exit', resolve)),
    said: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (lines.some((line) => line.includes(text))) resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  workers.push(worker);
  return worker;
}

test('a worker that is asked to stop ends what it has begun, and others take the rest', async () => {
  const leaving = await startWorkerProcess();
  await leaving.said('worker is up');
  const unlock = await fixture.locked(`SELECT 1 FROM inventory.stock WHERE sku = 'MUG-01' FOR UPDATE`);
  const orders = Array.from({ length: ORDERS }, () => orderOf([['MUG-01', 1]]));
  const sagas = await Promise.all(orders.map((order) => fixture.context.starters.createOrder([order])));
  await waitsForStock();

  leaving.process.kill('SIGTERM');
  await leaving.said('stopping the worker');
  const late = Array.from({ length: ORDERS }, () => orderOf([['VASE-03', 1]]));
  const lateSagas = await Promise.all(late.map((order) => fixture.context.starters.createOrder([order])));
  // What it has begun cannot end before the row is free, so neither may it.
  expect(leaving.process.exitCode).toBeNull();
  await unlock();

  // Not sooner: a step that meets a lock again and again is given up, and a process takes its time to start.
  await startWorkerProcess();
  const outcomes = (await Promise.all([...sagas, ...lateSagas].map((saga) => saga.outcomes))).flat();
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(2 * ORDERS).fill('approved'));
  expect(await leaving.ended).toBe(0);
});

/** Until a step has met the lock, so that a saga is in the middle of it. */
async function waitsForStock(): Promise<void> {
  for (;;) {
    const [row] = await fixture.sql<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((row?.waiting ?? 0) > 0) return;
  }
}
