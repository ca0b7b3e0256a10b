import { auditBooks } from '../../../src/audit/audit';
import { nodeTerms } from '../../../src/domain/inventory/offer/node-terms';
import type { DeclaredSource } from '../../../src/domain/inventory/setup/set-up';
import { supplyExpiryWatch } from '../../../src/recovery/supply-expiry-watch';
import type { FeedRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import { aNode, cause, countRow, createOrders, ERP, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(1);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  shop = first;
  await stockUp(shop.stores, { apple: {}, pear: {} });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
});
afterEach(() => shops.close());

const feed = (rows: readonly FeedRow[], source: DeclaredSource = ERP) =>
  shop.stores.inventoryFeed.apply(source, rows, cause);
const moved = (movement: number, sequence: number): FeedRow => {
  const { count: _, ...row } = countRow({ sku: 'apple', count: 0, sequence });
  return { ...row, movement };
};
const logged = async (type: string) =>
  (await shop.stores.inventory.client.event.findMany({ where: { type }, orderBy: { position: 'asc' } })).map(
    ({ data }) => data,
  );

async function terms(sku = 'apple') {
  const { facts, now } = await shop.stores.inventoryReads.stockFacts(sku);
  return facts.map((each) => nodeTerms(each, now));
}

async function databaseNow(): Promise<string> {
  return (await shop.stores.inventoryReads.stockFacts('apple')).now;
}

describe('a shortfall', () => {
  test('is in the answer of every row that leaves one, and logged once for each change', async () => {
    await feed([countRow({ sku: 'apple', count: 10 })]);
    expect(await createOrders(shop, [order('a', [['apple', 6]])])).toEqual(['ord_a']);
    const answers = await feed([moved(-3, 2), moved(-3, 3), moved(-1, 4), moved(1, 5), moved(-1, 6)]);
    expect(answers).toEqual([
      { kind: 'applied' },
      { kind: 'applied', shortfall: 2 },
      { kind: 'applied', shortfall: 3 },
      { kind: 'applied', shortfall: 2 },
      { kind: 'applied', shortfall: 3 },
    ]);
    expect(await feed([countRow({ sku: 'apple', count: 3, sequence: 7 })])).toEqual([
      { kind: 'applied', shortfall: 3 },
    ]);
    expect(await logged('inventory.shortfall-detected.v1')).toEqual([
      { shortfall: 2, committed: 6 },
      { shortfall: 3, committed: 6 },
      { shortfall: 2, committed: 6 },
      { shortfall: 3, committed: 6 },
    ]);
    expect(await terms()).toMatchObject([{ supply: 3, committed: 6, atp: 0, shortfall: 3 }]);
    expect(await auditBooks(shop.stores)).toEqual([]);
  });

  test('is none where a source with basis available has subtracted the committed units', async () => {
    const partner: DeclaredSource = { ...ERP, basis: 'available' };
    await shop.stores.inventorySetUp.setSource(partner, cause);
    await feed([countRow({ sku: 'apple', count: 10 })], partner);
    expect(await createOrders(shop, [order('a', [['apple', 6]])])).toEqual(['ord_a']);
    const knew = await laterThanNow();
    const tell = (sequence: number, count: number, observedAt: string) =>
      feed([countRow({ sku: 'apple', count, sequence, observedAt })], partner);
    expect(await tell(2, 0, knew)).toEqual([{ kind: 'applied' }]);
    expect(await tell(3, 2, '2026-01-02T00:00:00.000Z')).toEqual([{ kind: 'applied', shortfall: 4 }]);
    expect(await auditBooks(shop.stores)).toEqual([]);
  });

  test('shows units that departed without having been counted; supply is 0 then', async () => {
    const answers = await feed([countRow({ sku: 'apple', count: 1 }), moved(-3, 2)]);
    expect(answers).toEqual([{ kind: 'applied' }, { kind: 'applied', shortfall: 2 }]);
    expect(await terms()).toMatchObject([{ supply: 0, atp: 0, shortfall: 2, freshness: 'fresh' }]);
    expect(await feed([moved(5, 3)])).toEqual([{ kind: 'applied' }]);
    expect(await terms()).toMatchObject([{ supply: 3, atp: 3, shortfall: 0 }]);
  });
});

/** Returns a time of the database's clock at least a millisecond from now: claims of one millisecond have no order. */
async function laterThanNow(): Promise<string> {
  const before = await databaseNow();
  for (;;) {
    const moment = await databaseNow();
    if (moment > before) return moment;
  }
}

test('a stale count is recorded once, and changes nothing', async () => {
  await feed([countRow({ sku: 'apple', count: 10, sequence: 5 })]);
  const late = countRow({ sku: 'apple', count: 99, sequence: 4 });
  expect(await feed([late, late])).toEqual([{ kind: 'stale' }, { kind: 'stale' }]);
  expect(await feed([late])).toEqual([{ kind: 'stale' }]);
  expect(await shop.stores.inventory.client.staleCount.findMany()).toMatchObject([
    { sku: 'apple', sequence: 4n, count: 99n, messageId: late.messageId },
  ]);
  expect(await terms()).toMatchObject([{ supply: 10 }]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('of two sources the higher authority counts, and the difference of the other is shown', async () => {
  const next: DeclaredSource = { ...ERP, id: 'next', authority: 5 };
  await shop.stores.inventorySetUp.setSource(next, cause);
  await feed([countRow({ sku: 'apple', count: 10 })]);
  await feed([moved(4, 1)], next);
  expect(await terms()).toMatchObject([{ supply: 10, sourceId: 'erp', others: [] }]);
  await feed([countRow({ sku: 'apple', count: 7, sequence: 2 })], next);
  expect(await terms()).toMatchObject([
    { supply: 7, sourceId: 'next', others: [{ sourceId: 'erp', supply: 10, difference: 3 }] },
  ]);
  await shop.stores.inventorySetUp.setSource({ ...next, authority: 0 }, cause);
  expect(await terms()).toMatchObject([
    { supply: 10, sourceId: 'erp', others: [{ sourceId: 'next', supply: 7, difference: -3 }] },
  ]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

describe('supply that falls silent', () => {
  const setTtl = (feedTtlSeconds: number | null) =>
    shop.stores.inventorySetUp.setNode({ ...aNode, id: 'n1', feedTtlSeconds }, cause);
  const watch = () => supplyExpiryWatch(shop.stores.inventoryFeed).look();
  const ago = async (seconds: number) =>
    new Date(Date.parse(await databaseNow()) - seconds * 1_000).toISOString();
  const noted = () => logged('inventory.supply-expired.v1');

  test('counts as 0 at once, is logged once, keeps its count and counts again with the next message', async () => {
    await setTtl(60);
    const observedAt = await ago(61);
    await feed([countRow({ sku: 'apple', count: 10, observedAt }), countRow({ sku: 'pear', count: 0 })]);
    await feed([countRow({ sku: 'pear', count: 0, sequence: 2, observedAt: await ago(1) })]);
    expect(await terms()).toMatchObject([{ supply: 0, atp: 0, freshness: 'expired', observedAt }]);
    expect(await terms('pear')).toMatchObject([{ supply: 0, atp: 0, freshness: 'fresh' }]);
    expect(await createOrders(shop, [order('a', [['apple', 1]])])).toEqual([]);
    await Promise.all([watch(), watch()]);
    await watch();
    const expiredAt = new Date(Date.parse(observedAt) + 60_000).toISOString();
    expect(await noted()).toEqual([
      { sourceId: 'erp', section: null, supply: 10, heardAt: observedAt, expiredAt, ttlSeconds: 60 },
    ]);
    expect(await auditBooks(shop.stores)).toEqual([]);
    const movement = { ...moved(2, 2), observedAt: await ago(1) };
    expect(await feed([movement])).toEqual([{ kind: 'applied' }]);
    expect(await terms()).toMatchObject([{ supply: 12, atp: 12, freshness: 'fresh' }]);
    await watch();
    expect(await noted()).toHaveLength(1);
    expect(await auditBooks(shop.stores)).toEqual([]);
  });

  test('follows the present time-to-live of its node: longer, none, and set again', async () => {
    await feed([countRow({ sku: 'apple', count: 10, observedAt: await ago(100) })]);
    await watch();
    expect(await noted()).toEqual([]);
    await setTtl(60);
    await watch();
    expect(await noted()).toHaveLength(1);
    await setTtl(600);
    await watch();
    expect(await terms()).toMatchObject([{ supply: 10, freshness: 'fresh' }]);
    await setTtl(90);
    await watch();
    await watch();
    expect(await noted()).toMatchObject([{ ttlSeconds: 60 }, { ttlSeconds: 90 }]);
    await setTtl(30);
    await watch();
    expect(await noted()).toHaveLength(2);
    await setTtl(null);
    expect(await terms()).toMatchObject([{ supply: 10, freshness: 'fresh' }]);
    expect(await auditBooks(shop.stores)).toEqual([]);
  });

  test('keeps its committed units', async () => {
    await feed([countRow({ sku: 'apple', count: 10, observedAt: await ago(1) })]);
    expect(await createOrders(shop, [order('a', [['apple', 4]])])).toEqual(['ord_a']);
    await setTtl(1);
    while ((await terms())[0]?.freshness !== 'expired');
    await watch();
    expect(await terms()).toMatchObject([{ supply: 0, committed: 4, shortfall: 0 }]);
    expect(await auditBooks(shop.stores)).toEqual([]);
  });

  test('expires again after a further message, and the watch finds it then', async () => {
    await setTtl(60);
    await feed([countRow({ sku: 'apple', count: 10, observedAt: await ago(90) })]);
    await feed([countRow({ sku: 'apple', count: 11, sequence: 2, observedAt: await ago(50) })]);
    await watch();
    expect(await noted()).toEqual([]);
    const { supplyUnnotedSince } = await shop.stores.inventory.client.stock.findFirstOrThrow();
    expect(Date.parse(await databaseNow()) - Number(supplyUnnotedSince)).toBeLessThan(60_000);
    await setTtl(40);
    await watch();
    expect(await noted()).toMatchObject([{ supply: 11 }]);
  });
});
