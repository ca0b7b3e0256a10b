import { auditBooks } from '../../src/audit/audit';
import { KnownItems } from '../../src/domain/inventory/offer/availability';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import type { DeclaredSource } from '../../src/domain/inventory/setup/set-up';
import type { FeedRow } from '../../src/stores/inventory/feed/inventory-feed-rows';
import { cause, countRow, ERP, openShops, type Shop, stockUp } from './shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
let skus = 0;
let sku: string;
let source: DeclaredSource;

beforeAll(async () => {
  shops = await openShops(2);
  shop = shops.shops[0] as Shop;
});
afterAll(() => shops.close());

/** Sets up an item, and a source of its own for a store and a warehouse. */
beforeEach(async () => {
  skus += 1;
  sku = `tea-${skus}`;
  source = { ...ERP, id: `src-${skus}`, nodes: ['s1', 'n1'] };
  await stockUp(shop.stores, { [sku]: {} }, source);
});
afterEach(async () => expect(await auditBooks(shop.stores)).toEqual([]));

const feed = (...rows: FeedRow[]) => shop.stores.inventoryFeed.apply(source, rows, cause);
const row = (section: string | null, count: number, more: Partial<FeedRow> = {}): FeedRow =>
  countRow({ sku, nodeId: 's1', section, count, ...more });
const declare = (change: Partial<DeclaredSource>) =>
  shop.stores.inventorySetUp.setSource({ ...source, ...change }, cause);
const rejected = (reason: string) => ({ kind: 'rejected', reason, detail: expect.stringContaining('s1') });

async function terms() {
  const { now, facts } = await shop.stores.inventoryReads.stockFacts(sku);
  return facts.map((one) => nodeTerms(one, now)).find(({ nodeId }) => nodeId === 's1');
}

test('the first row fixes the form, and a row of the other form is rejected', async () => {
  expect(await feed(row(null, 10), row('floor', 4), row('backroom', 6))).toEqual([
    { kind: 'applied' },
    rejected('OTHER_FORM'),
    rejected('OTHER_FORM'),
  ]);
  expect(await terms()).toMatchObject({ supply: 10, sections: [] });
  expect(await shop.stores.inventorySetUp.source(source.id)).toMatchObject({
    forms: { s1: { kind: 'whole', epoch: 0 } },
  });
});

test('sections add up, and the terms show them', async () => {
  expect(await feed(row('floor', 4), row('backroom', 6), row(null, 10))).toMatchObject([
    { kind: 'applied' },
    { kind: 'applied' },
    rejected('OTHER_FORM'),
  ]);
  expect(await terms()).toMatchObject({
    supply: 10,
    sections: [
      { section: 'backroom', supply: 6 },
      { section: 'floor', supply: 4 },
    ],
  });
});

test('a row that is not applied fixes nothing', async () => {
  expect(await feed(row(null, 1, { observedAt: '2999-01-01T00:00:00.000Z' }), row('floor', 4))).toMatchObject(
    [{ reason: 'OBSERVED_IN_FUTURE' }, { kind: 'applied' }],
  );
});

test('a warehouse has no sections', async () => {
  expect(await feed(row('floor', 4, { nodeId: 'n1' }))).toMatchObject([
    { kind: 'rejected', reason: 'NODE_WITHOUT_SECTIONS' },
  ]);
});

test('two processes that fix a form at once fix one', async () => {
  const halves = [row(null, 10), row('floor', 4)];
  const answers = await Promise.all(
    shops.shops.map(({ stores }, index) =>
      stores.inventoryFeed.apply(source, [halves[index] as FeedRow], cause),
    ),
  );
  expect(
    answers
      .flat()
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['applied', 'rejected']);
});

test('another declaration starts the supply of the source anew, sequences too', async () => {
  await feed(row(null, 10, { sequence: 7 }), { ...moved(null, 2), sequence: 8 });
  await declare({ forms: { s1: 'sections' } });
  expect(await terms()).toMatchObject({ supply: null, freshness: 'unknown' });
  expect(await feed(row(null, 10, { sequence: 9 }), row('floor', 4))).toMatchObject([
    rejected('OTHER_FORM'),
    { kind: 'applied' },
  ]);
  expect(await terms()).toMatchObject({ supply: 4 });
  await declare({ forms: { s1: 'whole' } });
  expect(await feed({ ...moved(null, 3), sequence: 8 }, row(null, 5))).toMatchObject([
    { kind: 'applied' },
    { kind: 'applied' },
  ]);
  expect(await terms()).toMatchObject({ supply: 8 });
});

test('the same declaration, or none, changes nothing', async () => {
  await feed(row('floor', 4));
  const before = await shop.stores.inventorySetUp.source(source.id);
  await declare({ forms: { s1: 'sections' } });
  await declare({});
  expect(await shop.stores.inventorySetUp.source(source.id)).toEqual(before);
  expect(await terms()).toMatchObject({ supply: 4 });
});

test('a source that is removed and set up again keeps its epochs, so that no old supply counts', async () => {
  await feed(row(null, 10));
  await declare({ forms: { s1: 'sections' } });
  expect(await shop.stores.setUpRemovals.removeSource(source.id, cause)).toEqual({ kind: 'done' });
  await declare({});
  expect(await terms()).toMatchObject({ supply: null, freshness: 'unknown' });
  expect(await feed(row(null, 10, { sequence: 2 }), row('floor', 4))).toMatchObject([
    rejected('OTHER_FORM'),
    { kind: 'applied' },
  ]);
});

test('a store that is reported by sections stays a store', async () => {
  const node = await shop.stores.inventorySetUp.node('s1');
  if (!node) throw new Error('no node');
  await feed(row('floor', 4));
  const answer = await shop.stores.inventorySetUp.setNode({ ...node, kind: 'warehouse' }, cause);
  expect(answer).toMatchObject({ kind: 'kind-settled', detail: expect.stringContaining('sections') });
});

test('a source counts for a node only while it is assigned to it', async () => {
  const lesser = { ...source, id: `${source.id}-b`, authority: 0 };
  await shop.stores.inventorySetUp.setSource(lesser, cause);
  await shop.stores.inventoryFeed.apply(lesser, [row(null, 3)], cause);
  await feed(row(null, 10));
  const assignedAt = (await shop.stores.inventoryReads.stockFacts(sku)).now;
  expect(await terms()).toMatchObject({ supply: 10, sourceId: source.id });
  await declare({ nodes: ['n1'] });
  expect(await terms()).toMatchObject({ supply: 3, sourceId: lesser.id, others: [] });
  expect(await feed(row(null, 11, { sequence: 2 }))).toEqual([
    { kind: 'rejected', reason: 'NODE_NOT_OF_SOURCE' },
  ]);
  await declare({});
  expect(await terms()).toMatchObject({ supply: 10, sourceId: source.id });
  const past = await shop.stores.stockHistory.at(sku, assignedAt);
  if (!past) throw new Error('no history');
  const [facts] = new KnownItems(past, assignedAt).stock(sku);
  expect(facts && nodeTerms(facts, assignedAt)).toMatchObject({ supply: 10, sourceId: source.id });
});

function moved(section: string | null, movement: number): FeedRow {
  const { count: _, ...message } = countRow({ sku, nodeId: 's1', section, count: 0 });
  return { ...message, movement };
}
