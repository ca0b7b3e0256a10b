import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { findFreePorts } from '../../tools/processes/ports';
import { orderOf } from '../support/new-commands';
import { type Batch, inOneBatch } from '../support/order-changes';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';

const ROOT = path.resolve(__dirname, '..', '..');
const ORDERS = 24;

interface WorkerProcess {
  /** Resolves when the process has printed a line. */
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

/** Starts a worker as `npm run start:worker` does. */
async function startWorkerProcess(): Promise<WorkerProcess> {
  const { stores, temporal, taskQueue } = fixture.settings;
  const [port = 0] = await findFreePorts(1);
  const environment = {
    DATABASE_URL: stores.orders,
    TEMPORAL_ADDRESS: temporal.address,
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
  const begun = await alone(Array.from({ length: ORDERS }, () => orderOf([['MUG-01', 1]])));
  await waitsForStock();

  leaving.process.kill('SIGTERM');
  await leaving.said('stopping the worker');
  const late = await alone(Array.from({ length: ORDERS }, () => orderOf([['VASE-03', 1]])));
  // The worker's saga cannot end before the row is free, so the worker may not end either.
  expect(leaving.process.exitCode).toBeNull();
  await unlock();

  await startWorkerProcess();
  const ends = (await Promise.all([...begun, ...late].map(({ ended }) => ended))).flat();
  expect(ends.map(({ decision, end }) => [decision, end])).toEqual(
    Array(2 * ORDERS).fill(['approved', 'closed']),
  );
  expect(await leaving.ended).toBe(0);
});

/** Carries each order in a saga of its own. */
function alone(orders: readonly NewCommand[]): Promise<readonly Batch[]> {
  return Promise.all(orders.map((order) => inOneBatch(fixture, [order])));
}

/** Waits until a step meets the lock, so that a saga is in the middle of it. */
async function waitsForStock(): Promise<void> {
  for (;;) {
    const [row] = await fixture.sql<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if ((row?.waiting ?? 0) > 0) return;
  }
}
