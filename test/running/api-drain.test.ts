import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { findFreePorts } from '../../tools/processes/ports';
import { ADMIN_KEY } from '../http/support/api-under-test';
import { FollowedOrder } from '../http/support/followed-order';
import { carried } from '../support/direct-saga';
import { orderOf } from '../support/new-commands';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

const ROOT = path.resolve(__dirname, '..', '..');

let fixture: SagaFixture;
let api: ChildProcess | undefined;

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
});

afterAll(async () => {
  if (api?.exitCode === null) api.kill('SIGKILL');
  await fixture.close();
});

/** Starts the API as `npm run start:api` does. */
function startApiProcess(port: number): ChildProcess {
  const { stores, temporal, taskQueue } = fixture.settings;
  const environment = {
    DATABASE_URL: stores.orders,
    TEMPORAL_ADDRESS: temporal.address,
    HOLDFAST_TASK_QUEUE: taskQueue,
    HOLDFAST_PORT: String(port),
    HOLDFAST_ADMIN_KEY: ADMIN_KEY,
  };
  return spawn(process.execPath, ['--import', 'tsx', path.join('src', 'main', 'api.ts')], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
}

test('an API that is asked to stop ends the streams of those who follow orders', async () => {
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  api = startApiProcess(port);
  const ended = new Promise((resolve) => api?.once('exit', resolve));
  const order = orderOf([['MUG-01', 1]]);
  await carried(fixture.context.stores, [order]);
  await eventually(async () => expect((await fetch(`${url}/livez`)).status).toBe(200));
  const stream = await FollowedOrder.open(url, order.id);
  await stream.until(2);

  api.kill('SIGTERM');
  expect(await stream.ended).toBe('in order');
  expect(await ended).toBe(0);
});
