import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';

const WORKER = path.resolve(__dirname, '..', '..', 'src', 'main', 'worker.ts');

test('a process whose port for the metrics of the SDK is taken ends with one line that names the variable', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const environment = { HOLDFAST_HOST: 'localhost', HOLDFAST_TEMPORAL_METRICS_PORT: String(port) };
  const worker = spawn(process.execPath, ['--import', 'tsx', WORKER], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  worker.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(worker, 'close');
  taken.close();
  expect(code).toBe(1);
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/^HOLDFAST_TEMPORAL_METRICS_PORT: .*localhost:\d+: .*in use/),
  ]);
});
