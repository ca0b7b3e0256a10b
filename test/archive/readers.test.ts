import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { SYSTEM } from '../../src/contracts/commands';
import { LOGS, type LogName } from '../../src/contracts/logs';
import { Unavailable } from '../../src/events/subscriptions/outage';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import { readLog } from '../../src/stores/log/event-feed';
import { LOG_START, type LogCursor } from '../../src/stores/log/log-cursor';
import { archivedUntil, EventsArchived } from '../../src/stores/log/log-start';
import type { Stores } from '../../src/stores/stores';
import { caughtUp, Relays } from '../events/following';
import { MERCHANT, RandomTrader, SKUS } from '../events/random-trade';
import { RandomClient, stockForRandomClients } from '../stores/races/random-client';
import { SeededRandom } from '../stores/seeded-random';
import { LONG_AGO, openShops, type Shop, stockUp } from '../stores/shop';
import { age, archive } from '../support/aged-logs';
import { untilOlderTransactionsEnd } from '../support/older-transactions';
import { eventsInFiles, projectedAgain } from './support/archived';
import { Died, dyingAt } from './support/died';

const { seed } = SeededRandom;
const CUSTOMERS = ['ann', 'bob', 'cid'];

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
let stores: Stores;
let folder: string;
let random: SeededRandom;
let serial = 0;

beforeEach(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  stores = shop.stores;
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-archive-'));
  random = new SeededRandom();
});

afterEach(async () => {
  await shops.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Trades with caps, rules, backorders and repeated counts, and with whole orders. */
async function trade(rounds: number): Promise<void> {
  serial += 1;
  await new RandomTrader(`t${serial}-`, shop, random, true).run(rounds);
  await new RandomClient(`c${serial}-`, shop, [shop], random).run(Math.ceil(rounds / 4));
}

async function stocked(): Promise<void> {
  await stockUp(stores, {}, MERCHANT);
  await stockForRandomClients(shop);
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n3: 9 }])), MERCHANT);
}

/** The moment until which an archive of the aged events will reach, and some moments after it. */
async function momentsFrom(log: LogName): Promise<readonly [until: string, ...later: string[]]> {
  const rows = await stores.logs[log].$queryRaw<{ at: string; isOld: boolean }[]>`
    SELECT iso(occurred_at) AS at, bool_or(recorded_at < now() - interval '30 days' AND act IS NULL) AS "isOld"
    FROM event GROUP BY occurred_at ORDER BY occurred_at`;
  const until = rows.findLast(({ isOld }) => isOld)?.at;
  if (until === undefined) throw new Error(`nothing in the log ${log} is old`);
  const later = rows.map(({ at }) => at).filter((at) => at > until);
  return [until, ...random.shuffled(later).slice(0, 5)];
}

/** Reads everything that can be read as of a moment. */
async function pastOf(log: LogName, at: string): Promise<unknown> {
  switch (log) {
    case 'orders': {
      const ids = await stores.orders.client.order.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
      return Promise.all(ids.map(({ id }) => stores.orderHistory.at(id, at)));
    }
    case 'inventory':
      return stores.stockHistory.known(SKUS, at);
    case 'credit':
      return Promise.all(CUSTOMERS.map((id) => stores.creditHistory.at(id, at)));
  }
}

test(`a read as of a moment after the start of the log answers as before the archive, and one before it is refused (seed ${seed})`, async () => {
  await stocked();
  await trade(30);
  await age(stores, 30 + random.below(50));
  const before = new Map<
    LogName,
    { readonly moments: readonly string[]; readonly past: readonly unknown[] }
  >();
  const pastAt = (log: LogName, moments: readonly string[]) =>
    Promise.all(moments.map((at) => pastOf(log, at)));
  for (const log of LOGS) {
    const moments = await momentsFrom(log);
    before.set(log, { moments, past: await pastAt(log, moments) });
  }
  await archive(stores, folder);
  for (const [log, { moments, past }] of before) {
    const [until = ''] = moments;
    expect(await archivedUntil(stores.logs[log])).toBe(until);
    expect(await pastAt(log, moments)).toEqual(past);
    const earlier = new Date(Date.parse(until) - 1).toISOString();
    await expect(pastOf(log, earlier)).rejects.toEqual(new EventsArchived(until));
  }
});

test(`projections fold to the same rows after an archive, with caps, rules, backorders and repeated counts (seed ${seed})`, async () => {
  await stocked();
  for (let round = 0; round < 2; round++) {
    await trade(20);
    const before = await projectedAgain(stores);
    await age(stores, 30 + random.below(70));
    await archive(stores, folder);
    expect(await projectedAgain(stores)).toEqual(before);
  }
});

/** Handles every event of the inventory's log, and notes it; it waits for `isOpen`. */
function noting(name: string, noted: string[], isOpen: () => boolean): Subscription {
  return {
    name,
    log: 'inventory',
    revision: 1,
    types: null,
    handler: {
      kind: 'reaction',
      async react(events) {
        if (!isOpen()) throw new Unavailable('the party is down', undefined);
        noted.push(...events.map(({ id }) => id));
      },
    },
  };
}

test('an archive leaves the events that a subscription still needs, and names it', async () => {
  await stocked();
  const relays = new Relays();
  const noted: string[] = [];
  let isOpen = true;
  await stores.subscriptions.inventory.register({ name: 'behind', kind: 'reaction', revision: 1 });
  relays.start(
    stores,
    noting('behind', noted, () => isOpen),
  );
  await trade(10);
  await caughtUp(stores, 'behind');
  isOpen = false;
  await trade(10);
  await age(stores);
  const rows = await stores.logs.inventory.$queryRaw<{ id: string; act: string | null }[]>`
    SELECT id::text AS id, act FROM event ORDER BY position`;
  const handled = new Set(noted);
  const report = await archive(stores, folder);
  expect(report).toContain('inventory: older events stay, because of the subscription behind');
  const left = await idsInLog();
  expect(left).toEqual(rows.filter(({ id, act }) => act !== null || !handled.has(id)).map(({ id }) => id));
  isOpen = true;
  await caughtUp(stores, 'behind');
  await relays.stop();
  expect(new Set(noted)).toEqual(new Set(rows.map(({ id }) => id)));
  expect(await archive(stores, folder)).not.toContainEqual(expect.stringContaining('because of'));
});

test('a run that may go less far than one that was cut off drops its plan and its file', async () => {
  await stocked();
  await trade(10);
  await age(stores, 60);
  const undo = dyingAt(4);
  await expect(archive(stores, folder)).rejects.toThrow(Died);
  undo();
  const [file] = readdirSync(folder);
  expect(file).toMatch(/^orders-/);
  await stores.subscriptions.orders.register({ name: 'behind', kind: 'reaction', revision: 1 });
  await archive(stores, folder);
  expect(readdirSync(folder)).not.toContain(file);
  await stores.pools.orders.$executeRaw`DELETE FROM subscription`;
  await archive(stores, folder);
  expect(eventsInFiles(folder, 'orders').length).toBeGreaterThan(0);
});

test('an archive waits for a requested restart, for a parked event, and for a replay to a webhook', async () => {
  await stocked();
  await trade(10);
  await stores.subscriptions.inventory.register({ name: 'reset', kind: 'reaction', revision: 1 });
  await moveToEnd('reset');
  await stores.subscriptions.inventory.restart('reset', 'start', SYSTEM);
  await age(stores);
  const held = async () => (await archive(stores, folder)).filter((line) => line.includes('because of'));
  expect(await held()).toEqual(['inventory: older events stay, because of the subscription reset']);
  await moveToEnd('reset');
  const { inventory } = stores.pools;
  await inventory.$executeRaw`
    INSERT INTO parked_event (subscription, position, event_id, stream, type, failure)
    SELECT 'reset', position, id, stream, type, 'failed' FROM event WHERE act IS NULL ORDER BY position LIMIT 1`;
  expect(await held()).toEqual([
    'inventory: older events stay, because of a parked event of the subscription reset',
  ]);
  await inventory.$executeRaw`UPDATE parked_event SET dropped_at = now()`;
  const settings = {
    url: 'https://example.com',
    types: [],
    nodes: [],
    channels: [],
    ordered: true,
    enabled: true,
  };
  await stores.webhooks.put('hook', settings, SYSTEM);
  await stores.webhooks.replay('hook', LONG_AGO, SYSTEM);
  expect(await held()).toContain('inventory: older events stay, because of a replay to the webhook hook');
  await stores.pools.orders.$executeRaw`DELETE FROM webhook_replay`;
  expect(await held()).toEqual([]);
});

async function moveToEnd(name: string): Promise<void> {
  await stores.pools.inventory.$executeRaw`
    UPDATE subscription SET read_up_to = pg_current_snapshot(), restart_at = NULL, "window" = NULL WHERE name = ${name}`;
}

async function idsInLog(): Promise<readonly string[]> {
  const rows = await stores.logs.inventory.$queryRaw<{ id: string }[]>`
    SELECT id::text AS id FROM event ORDER BY position`;
  return rows.map(({ id }) => id);
}

test('a reader of a log goes on after its start, and is refused when events after its cursor are archived', async () => {
  await stocked();
  await trade(10);
  const log = stores.logs.inventory;
  const all = { types: null, stream: null };
  const read = async (from: LogCursor) => {
    const ids: string[] = [];
    for (let at = from; ; ) {
      const { events, next, isLast } = await readLog(log, at, all, 50);
      ids.push(...events.map(({ id }) => id));
      at = next;
      if (isLast) return { ids, at };
    }
  };
  const inTheMiddle = (await readLog(log, LOG_START, all, 20)).next;
  const early = (await read(LOG_START)).at;
  await trade(10);
  await untilOlderTransactionsEnd(log);
  const { at: end } = await read(LOG_START);
  await age(stores);
  await trade(10);
  await archive(stores, folder);
  const until = await archivedUntil(log);
  for (const cursor of [inTheMiddle, early])
    await expect(read(cursor)).rejects.toEqual(new EventsArchived(until ?? ''));
  const left = await idsInLog();
  expect((await read(LOG_START)).ids).toEqual(left);
  const acts = await log.$queryRaw<
    { id: string }[]
  >`SELECT id::text AS id FROM event WHERE recorded_at < now() - interval '30 days'`;
  const old = new Set(acts.map(({ id }) => id));
  expect((await read(end)).ids).toEqual(left.filter((id) => !old.has(id)));
});

test('a cursor that was taken after an archive is not refused because of an older transaction', async () => {
  await stocked();
  const log = stores.logs.inventory;
  const all = { types: null, stream: null };
  await stores.pools.credit.transaction(async (older) => {
    await older.$queryRaw`SELECT pg_current_xact_id()`;
    await trade(5);
    await age(stores);
    await archive(stores, folder);
    let page = await readLog(log, LOG_START, all, 50);
    while (!page.isLast) page = await readLog(log, page.next, all, 50);
    await trade(5);
    expect((await readLog(log, page.next, all, 50)).events).not.toEqual([]);
  });
});

test('the database refuses to delete an event that is not archived, and an act of the audit log', async () => {
  await stocked();
  await trade(5);
  const { inventory } = stores.pools;
  const remove = (where: Sql) => inventory.$executeRaw`DELETE FROM event WHERE ${where}`;
  await expect(remove(sql`act IS NULL`)).rejects.toThrow('append-only');
  await age(stores);
  await archive(stores, folder);
  await trade(5);
  await expect(remove(sql`act IS NULL`)).rejects.toThrow('append-only');
  await expect(remove(sql`act IS NOT NULL`)).rejects.toThrow('append-only');
});
