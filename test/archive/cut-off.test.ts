import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditBooks } from '../../src/audit/audit';
import { LOGS } from '../../src/contracts/logs';
import { openStores } from '../../src/stores/stores';
import { RandomClient, stockForRandomClients } from '../stores/races/random-client';
import { SeededRandom } from '../stores/seeded-random';
import { openShops } from '../stores/shop';
import { age, archive } from '../support/aged-logs';
import { rebuildChanges } from '../support/rebuilt-books';
import { createTestDatabase, withDatabase, withServer } from '../support/test-database';
import { eventsInFiles, logOf, projectedAgain, projections } from './support/archived';
import { Died, dyingAt } from './support/died';

/** More than the archive of these logs has acts. */
const MOST_ACTS = 100;

const copied: (() => Promise<void>)[] = [];
let template: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const shops = await openShops(1);
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  await stockForRandomClients(shop);
  await new RandomClient('x', shop, shops.shops, new SeededRandom()).run(12);
  await projectedAgain(shop.stores);
  await age(shop.stores, 70);
  await shop.stores.close();
  template = new URL(shops.database.url).pathname.slice(1);
  close = shops.database.drop;
});

afterAll(async () => {
  for (const drop of copied) await drop();
  await close();
});

/** Opens the stores of a new copy of the aged logs. */
async function copy() {
  const database = await createTestDatabase();
  copied.push(database.drop);
  const name = new URL(database.url).pathname.slice(1);
  await withServer(withDatabase(database.url, 'postgres'), async (client) => {
    await client.query(`DROP DATABASE ${name}`);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return openStores({ orders: database.url, inventory: database.url, credit: database.url }, 2);
}

test(`an archive that dies before or after any act leaves books that balance, and the next run completes it (seed ${SeededRandom.seed})`, async () => {
  let died = 0;
  for (let at = 1; at <= MOST_ACTS; at++) {
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
    const stores = await copy();
    const before = Object.fromEntries(
      await Promise.all(LOGS.map(async (log) => [log, await logOf(stores, log)] as const)),
    );
    const projected = await projections(stores);
    const undo = dyingAt(at);
    const end = await archive(stores, folder).catch((error: unknown) => error);
    if (!undo()) {
      await stores.close();
      break;
    }
    died += 1;
    expect(end).toBeInstanceOf(Died);
    expect(await auditBooks(stores)).toEqual([]);
    for (const log of LOGS)
      expect(positionsOf([...eventsInFiles(folder, log), ...(await logOf(stores, log))])).toEqual(
        positionsOf(before[log] ?? []),
      );
    await archive(stores, folder);
    expect(await auditBooks(stores)).toEqual([]);
    expect(await rebuildChanges(stores)).toEqual([]);
    expect(await projectedAgain(stores)).toEqual(projected);
    for (const log of LOGS) {
      const left = await logOf(stores, log);
      const known = new Set(left.map(({ position }) => position));
      expect(eventsInFiles(folder, log)).toEqual(before[log]?.filter(({ position }) => !known.has(position)));
      expect(left.some(({ act }) => act === null)).toBe(true);
    }
    expect(await archive(stores, folder)).toEqual(LOGS.map((log) => `${log}: nothing is older than 30 days`));
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }
  expect(died).toBeGreaterThan(20);
  expect(died).toBeLessThan(MOST_ACTS);
});

function positionsOf(rows: readonly { readonly position: number }[]): readonly number[] {
  return [...new Set(rows.map(({ position }) => position))].sort((a, b) => a - b);
}
