import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { auditBooks } from '../../src/audit/audit';
import { LOGS } from '../../src/contracts/logs';
import type { Stores } from '../../src/stores/stores';
import { RandomClient, stockForRandomClients } from '../stores/races/random-client';
import { SeededRandom } from '../stores/seeded-random';
import { openShops, type Shop } from '../stores/shop';
import { age, archive } from '../support/aged-logs';
import { rebuildChanges } from '../support/rebuilt-books';
import { eventsInFiles, logOf, projectedAgain } from './support/archived';

let shops: Awaited<ReturnType<typeof openShops>>;
let folder: string;
let random: SeededRandom;
let clients: readonly RandomClient[];
const { seed } = SeededRandom;

beforeEach(async () => {
  shops = await openShops(3);
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
  random = new SeededRandom();
  await stockForRandomClients(first());
  clients = shops.shops.map((shop, at) => new RandomClient('xyz'.charAt(at), shop, shops.shops, random));
  await trade(12);
});

afterEach(async () => {
  await shops.close();
  rmSync(folder, { recursive: true, force: true });
});

function first(): Shop {
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  return shop;
}

async function trade(rounds: number): Promise<void> {
  await Promise.all(clients.map((client) => client.run(rounds)));
}

async function logsOf(stores: Stores) {
  return Object.fromEntries(
    await Promise.all(LOGS.map(async (log) => [log, await logOf(stores, log)] as const)),
  );
}

test(`after an archive the books balance, a rebuild changes no row, and projections fold to the same rows (seed ${seed})`, async () => {
  const { stores } = first();
  for (let round = 1; round <= 4; round++) {
    const before = await projectedAgain(stores);
    await age(stores, round === 4 ? 100 : 30 + random.below(60));
    const [, ...reports] = await archive(stores, folder);
    expect(reports.some((line) => line.includes('removed'))).toBe(true);
    expect(await auditBooks(stores)).toEqual([]);
    expect(await rebuildChanges(stores)).toEqual([]);
    expect(await projectedAgain(stores)).toEqual(before);
    await trade(5);
    expect(await auditBooks(stores)).toEqual([]);
    expect(await rebuildChanges(stores)).toEqual([]);
  }
});

test(`the files have exactly the removed events, and acts of the audit log stay (seed ${seed})`, async () => {
  const { stores } = first();
  const before = await logsOf(stores);
  await age(stores);
  const aged = await logsOf(stores);
  await archive(stores, folder);
  await trade(4);
  await age(stores);
  const later = await logsOf(stores);
  await archive(stores, folder);
  const left = await logsOf(stores);
  for (const log of LOGS) {
    const all = [
      ...(aged[log] ?? []),
      ...(later[log] ?? []).filter(({ position }) => !has(aged[log], position)),
    ];
    expect(eventsInFiles(folder, log)).toEqual(all.filter(({ act }) => act === null));
    expect(left[log]).toEqual(all.filter(({ act }) => act !== null));
    expect(all.length).toBeGreaterThan(before[log]?.length ?? 0);
  }
  expect(readdirSync(folder).filter((name) => !name.endsWith('.jsonl.gz'))).toEqual([]);
});

function has(rows: readonly { readonly position: number }[] | undefined, at: number): boolean {
  return rows?.some(({ position }) => position === at) ?? false;
}
