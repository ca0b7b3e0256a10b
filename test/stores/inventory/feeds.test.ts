import { auditBooks } from '../../../src/audit/audit';
import { nodeTerms } from '../../../src/domain/inventory/offer/node-terms';
import type { DeclaredSource } from '../../../src/domain/inventory/setup/set-up';
import type { CountRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import { SeededRandom } from '../seeded-random';
import {
  aNode,
  cause,
  countRow,
  createOrders,
  ERP,
  hold,
  openShops,
  order,
  type Shop,
  stockUp,
} from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeEach(async () => {
  shops = await openShops(3);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  one = first;
  await stockUp(one.stores, { apple: {}, pear: {}, plum: {} });
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
});

afterEach(() => shops.close());

const feed = (rows: readonly CountRow[], shop = one, source: DeclaredSource = ERP) =>
  shop.stores.inventoryFeed.apply(source, rows, cause);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

async function supplies(): Promise<object[]> {
  const rows = await one.stores.inventory.client.stock.findMany({
    orderBy: [{ sku: 'asc' }, { nodeId: 'asc' }],
  });
  return rows.map(({ sku, nodeId, supplies: counts }) => ({
    sku,
    nodeId,
    counts: (counts as { section: string | null; count: number; sequence: number }[])
      .map(({ section, count, sequence }) => ({ section, count, sequence }))
      .sort((a, b) => String(a.section).localeCompare(String(b.section))),
  }));
}

function newestOf(rows: readonly CountRow[]): object[] {
  const places = [...new Set(rows.map(({ sku, nodeId }) => `${sku} ${nodeId}`))].sort();
  return places.map((place) => {
    const own = rows.filter(({ sku, nodeId }) => `${sku} ${nodeId}` === place);
    const counts = [...new Set(own.map(({ section }) => section))].map((section) => {
      const newest = own
        .filter((row) => row.section === section)
        .reduce((a, b) => (b.sequence > a.sequence ? b : a));
      return { section, count: newest.count, sequence: newest.sequence };
    });
    const [sku, nodeId] = place.split(' ');
    return { sku, nodeId, counts: counts.sort((a, b) => String(a.section).localeCompare(String(b.section))) };
  });
}

const PLACES = [
  { nodeId: 's1', section: 'floor' },
  { nodeId: 's1', section: 'backroom' },
  { nodeId: 'n2', section: null },
] as const;

test(`permuted, duplicated and sent by several at once, a feed ends as it would have in order (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  await stockUp(one.stores, {}, { ...ERP, nodes: ['n1', 'n2', 's1'] });
  const rows = range(300).map((sequence) =>
    countRow({
      sku: random.pick(['apple', 'pear', 'plum']),
      ...random.pick(PLACES),
      count: random.below(1_000),
      sequence,
      observedAt: at(sequence),
    }),
  );
  const deliveries = range(6).map(() => random.shuffled([...rows, ...rows.slice(0, 50)]));
  await Promise.all(deliveries.map((delivery, index) => feed(delivery, shops.shops[index % 3])));
  expect(await supplies()).toEqual(newestOf(rows));
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('a feed of many portions answers every row in its order, and applies the others beside bad rows', async () => {
  const rows = range(1_203).map((index) => {
    if (index % 400 === 399) return countRow({ sku: 'nothing', count: 1 });
    if (index % 400 === 398) return countRow({ sku: 'apple', nodeId: 'nowhere', count: 1 });
    if (index % 400 === 397) return countRow({ sku: 'apple', nodeId: 'n3', count: 1 });
    if (index % 400 === 396)
      return countRow({ sku: 'apple', count: 1, observedAt: '2999-01-01T00:00:00.000Z' });
    return countRow({ sku: 'apple', count: index, sequence: index + 1 });
  });
  await one.stores.inventorySetUp.setNode({ ...aNode, id: 'n3' }, cause);
  const answers = await feed(rows);
  expect(answers).toHaveLength(1_203);
  expect(answers.slice(396, 400)).toEqual([
    { kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' },
    { kind: 'rejected', reason: 'NODE_NOT_OF_SOURCE' },
    { kind: 'rejected', reason: 'UNKNOWN_NODE' },
    { kind: 'rejected', reason: 'UNKNOWN_SKU' },
  ]);
  expect(answers.filter(({ kind }) => kind === 'applied')).toHaveLength(1_203 - 12);
  expect((await feed(rows)).filter(({ kind }) => kind === 'applied')).toEqual([]);
  expect(await supplies()).toMatchObject([{ sku: 'apple', counts: [{ count: 1_202 }] }]);
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('concurrent counts and orders on the same rows lose no update', async () => {
  await feed([countRow({ sku: 'apple', count: 500 })]);
  const counts = range(20).map((index) =>
    feed(
      [countRow({ sku: 'apple', count: 500 + index, sequence: 2 + index, observedAt: at(index) })],
      shops.shops[index % 3],
    ),
  );
  const orders = range(20).map((index) =>
    createOrders(shops.shops[index % 3] ?? one, [order(`${index}`, [['apple', 1]])]),
  );
  await Promise.all([...counts, ...orders]);
  expect(await one.stores.inventory.client.stock.findFirst()).toMatchObject({ committed: 20n });
  expect(await supplies()).toMatchObject([{ counts: [{ count: 519 }] }]);
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('only claims later than its count are subtracted from an available source', async () => {
  const partner: DeclaredSource = { ...ERP, id: 'partner', basis: 'available', authority: 5 };
  await one.stores.inventorySetUp.setSource(partner, cause);
  const tell = (count: number, sequence: number, observedAt: string) =>
    feed([countRow({ sku: 'apple', count, sequence, observedAt })], one, partner);
  const buy = (id: string, quantity: number) => createOrders(one, [order(id, [['apple', quantity]])]);
  const now = async () => (await one.stores.inventoryReads.stockFacts('apple')).now;
  const left = async () => {
    const { facts, now: moment } = await one.stores.inventoryReads.stockFacts('apple');
    return facts.map((each) => nodeTerms(each, moment).atp);
  };

  await tell(10, 1, at(0));
  expect(await buy('a', 4)).toEqual(['ord_a']);
  await one.holdStock([hold('h', [['apple', 3]])]);
  expect(await left()).toEqual([3]);
  const seen = await laterThan(now);
  await laterThan(now);
  expect(await buy('b', 1)).toEqual(['ord_b']);
  await tell(3, 2, seen);
  expect(await left()).toEqual([2]);
  expect(await buy('c', 3)).toEqual([]);
  expect(await buy('d', 2)).toEqual(['ord_d']);
  expect(await auditBooks(one.stores)).toEqual([]);
});

/** Returns a time of the database's clock at least a millisecond from now: claims of one millisecond have no order. */
async function laterThan(now: () => Promise<string>): Promise<string> {
  const before = await now();
  for (;;) {
    const moment = await now();
    if (moment > before) return moment;
  }
}

test('concurrent set-up ends as one of the two requests, and the log has the same state', async () => {
  const nodes = range(12).map((index) => ({ ...aNode, id: 'n9', safetyStock: index }));
  await Promise.all(
    nodes.map((node, index) => (shops.shops[index % 3] ?? one).stores.inventorySetUp.setNode(node, cause)),
  );
  const { streamVersion } = await one.stores.inventory.client.node.findUniqueOrThrow({ where: { id: 'n9' } });
  expect(streamVersion).toBe(12);
  expect(await auditBooks(one.stores)).toEqual([]);
});
