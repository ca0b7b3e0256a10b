import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgresServer } from '../../tools/postgres/postgres-server';
import { findFreePorts } from '../../tools/processes/ports';
import { isRunning, type ProcessIdentity } from '../../tools/processes/process-identity';
import { findInstalledTemporal } from '../../tools/temporal/temporal-binary';
import { inScratchFolder, olderFoldersGone } from '../../tools/temporal/temporal-fetch';
import { withServer } from '../support/test-database';

let folder: string;
const environment = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-servers-'));
});

afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

describe('PostgreSQL', () => {
  const identities: ProcessIdentity[] = [];

  async function start() {
    const [port = 0] = await findFreePorts(1);
    return startPostgresServer({
      dataFolder: folder,
      port,
      durable: false,
      onSpawn: (identity) => identities.push(identity),
    });
  }

  test('an orphan on the directory is ended by the next start, whose data is there', async () => {
    const orphan = await start();
    await withServer(orphan.url, (client) => client.query('CREATE TABLE kept ()'));
    const next = await start();
    expect(identities.map(isRunning)).toEqual([false, true]);
    await withServer(next.url, (client) => client.query('SELECT FROM kept'));
    await next.stop();
    expect(identities.map(isRunning)).toEqual([false, false]);

    // The pid in the lock belongs to another program by now, which must survive.
    writeFileSync(path.join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n`);
    const last = await start();
    await last.stop();
  });

  test.each([
    ['is not a PostgreSQL data directory', { 'holiday.jpg': 'x' }],
    ['was made by PostgreSQL 9, but PostgreSQL 18 is installed', { PG_VERSION: '9\n' }],
    ['postgres-password is missing', { PG_VERSION: '18\n' }],
  ])('a directory that %s is refused in one line', async (words, files) => {
    mkdirSync(path.join(folder, 'postgres'));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(path.join(folder, 'postgres', name), content);
    }
    await expect(start()).rejects.toThrow(new RegExp(`^[^\\n]*${words}[^\\n]*npm run reset[^\\n]*$`));
  });
});

describe('the Temporal binary', () => {
  function place(file: string, output: string): string {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "${output}"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  beforeEach(() => {
    process.env.PATH = `${path.join(folder, 'bin')}:/usr/bin:/bin`;
    process.env.XDG_CACHE_HOME = path.join(folder, 'cache');
  });

  const cached = () => path.join(folder, 'cache', 'holdfast', 'temporal-1.5.1', 'temporal');

  test('on PATH comes before the cached one', async () => {
    place(cached(), 'temporal version 1.5.1');
    expect(await findInstalledTemporal()).toBe(cached());
    const onPath = place(path.join(folder, 'bin', 'temporal'), 'temporal version 1.6.0');
    expect(await findInstalledTemporal()).toBe(onPath);
  });

  test('another program of that name is passed over, and named when nothing else is found', async () => {
    place(path.join(folder, 'bin', 'temporal'), 'a brain scanner');
    expect(await findInstalledTemporal()).toEqual({
      tried: [
        expect.stringContaining('is another program (a brain scanner)'),
        expect.stringContaining('the cached binary'),
      ],
    });
  });

  test('what a killed build left is removed by the next one', async () => {
    const abandoned = path.join(path.dirname(cached()), 'scratch-4194999-x');
    const living = path.join(path.dirname(cached()), `scratch-${process.pid}-x`);
    for (const scratch of [abandoned, living]) mkdirSync(scratch, { recursive: true });
    await inScratchFolder(cached(), async () => undefined);
    expect([abandoned, living].map(existsSync)).toEqual([false, true]);
  });

  it('is obtained by one process, and others that need it wait', async () => {
    const { signal } = new AbortController();
    // The older one also by its name: the clock of the file system may give both the same moment.
    const older = path.join(path.dirname(cached()), `scratch-${process.pid}--older`);
    mkdirSync(older, { recursive: true });
    let isWaiting = true;
    const waiting = inScratchFolder(cached(), async (own) => {
      await olderFoldersGone(own, signal);
      isWaiting = false;
    });
    await olderFoldersGone(older, signal);
    expect(isWaiting).toBe(true);
    rmSync(older, { recursive: true });
    await waiting;
  });
});
