import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePorts } from '../../tools/processes/ports';
import { eventually } from '../support/saga-fixture';
import { createTestDatabase } from '../support/test-database';

const WORKER = path.resolve(__dirname, '..', '..', 'src', 'main', 'worker.ts');
const NOWHERE = 'http://127.0.0.1:9';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-traces-'));
const probe = path.join(folder, 'probe.cjs');
const loaded = path.join(folder, 'loaded');

beforeAll(() => {
  writeFileSync(
    probe,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(loaded)}, Object.keys(require.cache).join('\\n')))`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a worker until it is ready. Returns the packages of OpenTelemetry that it has loaded, without the API. */
async function packagesOfWorker(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const [database, [port = 0]] = await Promise.all([createTestDatabase(), findFreePorts(1)]);
  const settings = { DATABASE_URL: database.url, HOLDFAST_WORKER_PORT: String(port) };
  const worker = spawn(process.execPath, ['--require', probe, '--import', 'tsx', WORKER], {
    env: { ...process.env, HOLDFAST_TASK_QUEUE: `traces-${port}`, ...settings, ...environment },
    stdio: 'ignore',
  });
  const exit = once(worker, 'exit');
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
  worker.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  await database.drop();
  const files = readFileSync(loaded, 'utf8').matchAll(/node_modules[/\\]@opentelemetry[/\\]([\w-]+)/g);
  return [...new Set([...files].map(([, name = '']) => name))].filter((name) => name !== 'api').sort();
}

test('without a collector no module of the OpenTelemetry SDK is loaded', async () => {
  expect(await packagesOfWorker({})).toEqual([]);
});

test('with a collector it is, and a collector that is away holds up neither the start nor the stop', async () => {
  const packages = await packagesOfWorker({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: NOWHERE });
  expect(packages).toEqual(expect.arrayContaining(['exporter-trace-otlp-http', 'sdk-trace-node']));
});
