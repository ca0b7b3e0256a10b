import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeLocalPorts } from '../../tools/local/free-local-ports';
import { createTestDatabase, withServer } from '../support/test-database';
import { namesRunning, SupervisedRun } from './supervised-run';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-supervisor-'));
const runs: SupervisedRun[] = [];

function start(environment: Record<string, string>): SupervisedRun {
  const run = new SupervisedRun(environment);
  runs.push(run);
  return run;
}

afterAll(async () => {
  for (const run of runs) run.signal('SIGTERM');
  await Promise.all(runs.map((run) => run.ended()));
  rmSync(folder, { recursive: true, force: true });
});

function readableByOthers(data: string): readonly string[] {
  const files = readdirSync(data);
  if (!files.includes('temporal.db')) throw new Error(`${data} has no temporal.db`);
  return ['.', ...files].filter((name) => (statSync(path.join(data, name)).mode & 0o044) !== 0);
}

describe('everything on one machine', () => {
  let environment: Record<string, string>;
  let run: SupervisedRun;

  beforeAll(async () => {
    environment = { HOLDFAST_DATA: path.join(folder, 'whole'), ...(await freeLocalPorts()) };
    run = start(environment);
    await run.untilPrinted('Holdfast is ready');
  });

  test('a start prints where everything is and an order to try', () => {
    expect(run.output).toContain(`http://127.0.0.1:${environment.HOLDFAST_PORT}/docs`);
    expect(run.output).toContain(`http://127.0.0.1:${environment.HOLDFAST_TEMPORAL_UI_PORT}`);
    expect(run.output).toMatch(/Bearer hf_admin_[0-9a-f]{40}/);
    expect(namesRunning(run.children())).toEqual(['postgres', 'temporal', 'simulator', 'server']);
  });

  test('other users of the machine can read none of its files', () => {
    expect(readableByOthers(path.join(folder, 'whole'))).toEqual([]);
  });

  test('a second start on the same data says who has it, in one line', async () => {
    const second = start({ ...environment, ...(await freeLocalPorts()) });
    expect(await second.ended()).toBe(1);
    expect(second.output.trim().split('\n')).toHaveLength(1);
    expect(second.output).toContain(`in use by process ${run.pid}`);
  });

  test('a taken port is named with its variable before anything is started', async () => {
    const elsewhere = path.join(folder, 'elsewhere');
    for (const variable of ['HOLDFAST_PORT', 'HOLDFAST_TEMPORAL_PORT']) {
      const taken = { [variable]: environment[variable] ?? '' };
      const other = start({ ...(await freeLocalPorts()), ...taken, HOLDFAST_DATA: elsewhere });
      expect(await other.ended()).toBe(1);
      expect(other.output.trim().split('\n')).toHaveLength(1);
      expect(other.output).toContain(`port ${environment[variable]} is taken: free it, or set ${variable}`);
    }
    expect(existsSync(path.join(elsewhere, 'postgres'))).toBe(false);
  });

  test('a server that dies is started again', async () => {
    const { pid } = await run.askServer();
    await run.askServer('/die').catch(() => undefined);
    await run.untilPrinted('is restarted');
    const after = await untilAnswer(run);
    expect(after.pid).not.toBe(pid);
  });

  test('what a killed supervisor left behind is ended by the next start, and the data is there', async () => {
    const { databaseUrl } = await run.askServer();
    await withServer(databaseUrl, (client) => client.query('CREATE TABLE kept AS SELECT 42 AS answer'));
    const orphans = run.children();
    run.signal('SIGKILL');
    await run.ended();
    expect(namesRunning(orphans)).toEqual(['postgres', 'temporal', 'simulator', 'server']);

    run = start(environment);
    await run.untilPrinted('Holdfast is ready');
    expect(namesRunning(orphans)).toEqual([]);
    await withServer(databaseUrl, async (client) => {
      expect((await client.query('SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]);
    });
  });

  test('Ctrl-C, also when it arrives twice for one key press, stops all of it in order', async () => {
    const children = run.children();
    run.signal('SIGINT');
    await sleep(20);
    run.signal('SIGINT');
    expect(await run.ended()).toBe(0);
    expect(namesRunning(children)).toEqual([]);
    expect(run.output.trim().split('\n').slice(-5)).toEqual([
      'stopping the server ...',
      'stopping the simulator ...',
      'stopping Temporal ...',
      'stopping PostgreSQL ...',
      'stopped',
    ]);
  });
});

describe('a server beside a database and a Temporal that exist already', () => {
  async function external(stub: string): Promise<SupervisedRun> {
    const database = await createTestDatabase();
    return start({
      ...(await freeLocalPorts()),
      HOLDFAST_DATA: path.join(folder, stub),
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS ?? '',
      STUB_SERVER: stub,
    });
  }

  test('that keeps dying ends the run, with its last words', async () => {
    const run = await external('broken');
    expect(await run.ended()).toBe(1);
    expect(run.output).toContain('the server died 4 times within a minute (last: exit code 3)');
    expect(run.output).toContain('last words');
  });

  test('that does not end is killed by a second Ctrl-C', async () => {
    const run = await external('stubborn');
    await run.untilPrinted('Holdfast is ready');
    const children = run.children();
    run.signal('SIGINT');
    await run.untilPrinted('stopping the server');
    await sleep(1_200);
    expect(namesRunning(children)).toEqual(['simulator', 'server']);
    run.signal('SIGINT');
    expect(await run.ended()).toBe(130);
    // The killed processes may still be on their way out.
    while (namesRunning(children).length > 0) await sleep(20);
  });
});

async function untilAnswer(run: SupervisedRun): Promise<{ readonly pid: number }> {
  for (;;) {
    try {
      return await run.askServer();
    } catch {
      await sleep(50);
    }
  }
}
