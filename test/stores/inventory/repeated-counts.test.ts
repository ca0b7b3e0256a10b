import { auditBooks } from '../../../src/audit/audit';
import { nodeTerms } from '../../../src/domain/inventory/offer/node-terms';
import type { DeclaredSource } from '../../../src/domain/inventory/setup/set-up';
import { supplyExpiryWatch } from '../../../src/recovery/supply-expiry-watch';
import type { FeedRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import { aNode, cause, countRow, createOrders, ERP, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(2);
  shop = shops.shops[0] as Shop;
  await stockUp(shop.stores, { apple: {}, pear: {} });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
});
afterEach(() => shops.close());

const APPLIED = { kind: 'applied' };
const feed = (rows: readonly FeedRow[], source: DeclaredSource = ERP, at = shop) =>
  at.stores.inventoryFeed.apply(source, rows, cause);
const count = (sequence: number, rest: { count?: number; observedAt?: string } = {}): FeedRow =>
  countRow({ sku: 'apple', count: 10, sequence, ...rest });
const setTtl = (feedTtlSeconds: number | null) =>
  shop.stores.inventorySetUp.setNode({ ...aNode, id: 'n1', feedTtlSeconds }, cause);

async function terms() {
  const { facts, now } = await shop.stores.inventoryReads.stockFacts('apple');
  return facts.map((each) => nodeTerms(each, now));
}

async function ago(seconds: number): Promise<string> {
  const { now } = await shop.stores.inventoryReads.stockFacts('apple');
  return new Date(Date.parse(now) - seconds * 1_000).toISOString();
}

/** Returns the events of the stock of apples: their types and sequences. */
async function stockLog(): Promise<readonly string[]> {
  const { event } = shop.stores.inventory.client;
  const rows = await event.findMany({ where: { stream: 'stock/apple/n1' }, orderBy: { version: 'asc' } });
  return rows.map(({ type, data }) => {
    const { sequence } = data as { sequence?: number };
    return sequence === undefined ? type : `${type} ${sequence}`;
  });
}

const counted = (...sequences: readonly number[]) =>
  sequences.map((sequence) => `inventory.supply-counted.v1 ${sequence}`);

test('a count that repeats is applied and keeps supply fresh, without an event of the stock', async () => {
  await setTtl(60);
  const [first, second] = [await ago(50), await ago(5)];
  expect(await feed([count(1, { observedAt: first })])).toEqual([APPLIED]);
  expect(await feed([count(2, { observedAt: second })])).toEqual([APPLIED]);
  expect(await stockLog()).toEqual(counted(1));
  expect(await terms()).toMatchObject([{ supply: 10, atp: 10, freshness: 'fresh', observedAt: second }]);
  await setTtl(20);
  expect(await terms()).toMatchObject([{ freshness: 'fresh' }]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('the watch looks at a repeated count again when that one may expire, and the audit agrees', async () => {
  await setTtl(60);
  await feed([count(1, { observedAt: await ago(50) })]);
  await feed([count(2, { observedAt: await ago(5) })]);
  await setTtl(20);
  await supplyExpiryWatch(shop.stores.inventoryFeed).look();
  expect(await stockLog()).toEqual(counted(1));
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('messages with the sequence of a repeated count, or a lower one, are known to every process', async () => {
  await feed([count(1), count(5)]);
  const [, other] = shops.shops;
  const { count: _, ...moved } = countRow({ sku: 'apple', count: 0, sequence: 3 });
  const rows = [count(5), count(4, { count: 3 }), { ...moved, movement: 7 }];
  expect(await feed(rows, ERP, other)).toEqual([{ kind: 'duplicate' }, { kind: 'stale' }, { kind: 'stale' }]);
  expect(await feed([count(5, { count: 9 })], ERP, other)).toMatchObject([APPLIED]);
  expect(await terms()).toMatchObject([{ supply: 9 }]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('the next event of the stock follows the repeated count; another count replaces it', async () => {
  await feed([count(1), count(2)]);
  await feed([count(3), countRow({ sku: 'pear', count: 4 })]);
  expect(await createOrders(shop, [order('a', [['apple', 4]])])).toEqual(['ord_a']);
  expect(await stockLog()).toEqual([...counted(1, 2), ...counted(3), 'inventory.stock-committed.v1']);
  await feed([count(4)]);
  await feed([count(5, { count: 11 })]);
  expect((await stockLog()).slice(4)).toEqual(counted(5));
  expect(await terms()).toMatchObject([{ supply: 11, committed: 4, atp: 7 }]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('a repeated count restores expired supply by an event, so that backorders are filled', async () => {
  await setTtl(60);
  await feed([count(1, { observedAt: await ago(90) })]);
  expect(await terms()).toMatchObject([{ atp: 0, freshness: 'expired' }]);
  await feed([count(2, { observedAt: await ago(1) })]);
  expect(await terms()).toMatchObject([{ atp: 10, freshness: 'fresh' }]);
  expect(await stockLog()).toEqual(counted(1, 2));
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('the expiry of a repeated count is noted once, under the moment of that count', async () => {
  await setTtl(60);
  const heardAt = await ago(30);
  await feed([count(1, { observedAt: await ago(50) })]);
  await feed([count(2, { observedAt: heardAt })]);
  await setTtl(20);
  const watch = supplyExpiryWatch(shop.stores.inventoryFeed);
  await watch.look();
  await watch.look();
  expect(await stockLog()).toEqual([...counted(1, 2), 'inventory.supply-expired.v1']);
  const { event } = shop.stores.inventory.client;
  const expired = await event.findFirstOrThrow({ where: { type: 'inventory.supply-expired.v1' } });
  expect(expired.data).toMatchObject({ heardAt });
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('a repeated count of an available source that knows new claims is an event of the stock', async () => {
  const partner: DeclaredSource = { ...ERP, basis: 'available' };
  await shop.stores.inventorySetUp.setSource(partner, cause);
  await feed([count(1)], partner);
  await feed([count(2, { observedAt: '2026-01-02T00:00:00.000Z' })], partner);
  expect(await stockLog()).toEqual(counted(1));
  expect(await createOrders(shop, [order('a', [['apple', 4]])])).toEqual(['ord_a']);
  expect(await terms()).toMatchObject([{ atp: 6 }]);
  await feed([count(3, { observedAt: await later() })], partner);
  expect((await stockLog()).at(-1)).toBe('inventory.supply-counted.v1 3');
  expect(await terms()).toMatchObject([{ atp: 10 }]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

/** Returns a moment of the database's clock at least a millisecond from now. */
async function later(): Promise<string> {
  const before = await ago(0);
  for (;;) {
    const now = await ago(0);
    if (now > before) return now;
  }
}

test('the audit finds a repeated count that is not in the log, and one that is not stored', async () => {
  await feed([count(1)]);
  await feed([count(2)]);
  const { client } = shop.stores.inventory;
  await client.$executeRaw`UPDATE stock SET repeated = jsonb_set(repeated, '{0,sequence}', '7')`;
  expect(await auditBooks(shop.stores)).toEqual([
    'freshness/erp/n1, in stock/apple/n1: sequence is 7, by the log 2.',
  ]);
  await client.$executeRaw`UPDATE stock SET repeated = '[]'`;
  expect(await auditBooks(shop.stores)).toEqual([
    'freshness/erp/n1, in stock/apple/n1: there is a log and no row.',
    '0 repeated counts are stored, and the logs have 1 places.',
  ]);
});

test('a node is read as of a moment between two repeated counts', async () => {
  await feed([count(1)]);
  await feed([count(2, { observedAt: '2026-01-02T00:00:00.000Z' })]);
  const between = await later();
  await later();
  await feed([count(3, { observedAt: '2026-01-03T00:00:00.000Z' })]);
  const observed = async (moment: string) =>
    (await shop.stores.stockHistory.at('apple', moment))?.shelves.map(
      ({ stock }) => stock.supplies[0]?.heardAt,
    );
  expect(await observed(between)).toEqual(['2026-01-02T00:00:00.000Z']);
  expect(await observed(await later())).toEqual(['2026-01-03T00:00:00.000Z']);
});
