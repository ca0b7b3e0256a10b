import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { auditBooks } from '../../src/audit/audit';
import { LOGS } from '../../src/contracts/logs';
import { openStores } from '../../src/stores/stores';
import { RandomClient, stockForRandomClients } from '../stores/races/random-client';
import { SeededRandom } from '../stores/seeded-random';
import { openShops } from '../stores/shop';
import { age, archive } from '../support/aged-logs';
import { rebuildChanges } from '../support/rebuilt-books';
import { eventsInFiles, logOf } from './support/archived';

const ARCHIVER = 'holdfast_archive';

let shops: Awaited<ReturnType<typeof openShops>>;
let folder: string;
let watcher: { waits(): Promise<number> };

beforeAll(async () => {
  shops = await openShops(2);
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
});

afterAll(async () => {
  await watcher.waits();
  await shops.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Counts the statements that wait for a lock of the archive, until it is stopped. */
function watchingLocks(url: string): { waits(): Promise<number> } {
  let isStopped = false;
  const watching = (async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    let waits = 0;
    while (!isStopped) {
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity AS waiting
         WHERE wait_event_type = 'Lock' AND application_name <> $1 AND EXISTS (
           SELECT FROM pg_stat_activity AS holding
           WHERE holding.pid = ANY(pg_blocking_pids(waiting.pid)) AND application_name = $1)`,
        [ARCHIVER],
      );
      waits += rows[0].n;
      await sleep(2);
    }
    await client.end();
    return waits;
  })();
  return {
    waits() {
      isStopped = true;
      return watching;
    },
  };
}

test(`orders and counts go on beside an archive: none waits for its locks, and no event is lost or there twice (seed ${SeededRandom.seed})`, async () => {
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  await stockForRandomClients(first);
  const random = new SeededRandom();
  const { url } = shops.database;
  const named = `${url}${url.includes('?') ? '&' : '?'}application_name=${ARCHIVER}`;
  const archiver = openStores({ orders: named, inventory: named, credit: named }, 2);
  watcher = watchingLocks(url);
  let isTrading = true;
  const trading = Promise.all(
    shops.shops.map((shop, at) => new RandomClient('xy'.charAt(at), shop, shops.shops, random).run(30)),
  ).finally(() => {
    isTrading = false;
  });
  let removed = 0;
  while (isTrading) {
    await age(first.stores, 20 + random.below(80));
    const report = await archive(archiver, folder);
    removed += report.filter((line) => line.includes('removed')).length;
  }
  await trading;
  expect(await watcher.waits()).toBe(0);
  expect(removed).toBeGreaterThan(LOGS.length);
  await archiver.close();
  expect(await auditBooks(first.stores)).toEqual([]);
  expect(await rebuildChanges(first.stores)).toEqual([]);
  for (const log of LOGS) {
    const all = [...eventsInFiles(folder, log), ...(await logOf(first.stores, log))];
    const versions = new Map<unknown, number[]>();
    for (const { stream, version } of all)
      versions.set(stream, [...(versions.get(stream) ?? []), Number(version)]);
    for (const known of versions.values())
      expect(known.sort((a, b) => a - b)).toEqual(known.map((_, at) => at + 1));
  }
});
