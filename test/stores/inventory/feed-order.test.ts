import { auditBooks } from '../../../src/audit/audit';
import type { FeedRow } from '../../../src/stores/inventory/feed/inventory-feed-rows';
import { SeededRandom } from '../seeded-random';
import { cause, ERP, openShops, type Shop, stockUp } from '../shop';
import { suppliesWithRepeats } from '../supplies-with-repeats';

const RUNS = 4;
const SKUS = ['apple', 'pear', 'plum'];
/** Nodes that a run reports in random order and in order: as wholes, or stores by sections. */
const FORMS = [
  { nodeId: 'n1', inOrder: 'n2', sections: [null] },
  { nodeId: 's1', inOrder: 's2', sections: ['floor', 'backroom'] },
] as const;
type Form = (typeof FORMS)[number];
const SOURCE = { ...ERP, nodes: ['n1', 'n2', 's1', 's2'] };

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeAll(async () => {
  shops = await openShops(3);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  one = first;
});
afterAll(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Returns a source's random messages for one run, with sequences reused for different messages among them. */
function randomFeed(random: SeededRandom, run: number, { nodeId, sections }: Form): FeedRow[] {
  // Counts beside many movements, and counts that mostly repeat beside few.
  const mostly = run % 4 < 2 ? 1 : 3;
  return range(120).map((index) => {
    const sequence = random.below(25);
    const row = {
      messageId: `m${index}`,
      sku: `${random.pick(SKUS)}-${run}`,
      nodeId,
      section: random.pick<string | null>(sections),
      sequence,
      observedAt: new Date(Date.UTC(2026, 0, 1, 0, sequence, random.below(3))).toISOString(),
    };
    const isCount = random.below(4) < mostly;
    return isCount
      ? { ...row, count: random.pick([30, 30, random.below(90)]) }
      : { ...row, movement: random.below(20) - 10 };
  });
}

/** Splits the rows into pieces of random size. */
function split(random: SeededRandom, rows: readonly FeedRow[]): FeedRow[][] {
  const calls: FeedRow[][] = [];
  for (let from = 0; from < rows.length; ) {
    const size = 1 + random.below(40);
    calls.push(rows.slice(from, from + size));
    from += size;
  }
  return calls;
}

/** Returns the stored supply of a node, without the times at which we received it. */
async function stateAt(nodeId: string): Promise<object> {
  const { stock, supplyMovement } = one.stores.inventory.client;
  const rows = await stock.findMany({ where: { nodeId }, orderBy: { sku: 'asc' } });
  const order = [{ sku: 'asc' }, { section: 'asc' }, { sequence: 'asc' }] as const;
  const moved = await supplyMovement.findMany({ where: { nodeId }, orderBy: [...order] });
  return {
    supplies: rows.map((row) => ({
      sku: row.sku,
      supplies: suppliesWithRepeats(row).map((entry) => ({ ...entry, receivedAt: undefined })),
    })),
    moved: moved.map(({ sku, section, sequence, movement, observedAt }) => ({
      ...{ sku, section, sequence, movement, observedAt },
    })),
  };
}

async function setUp(run: number): Promise<void> {
  await stockUp(one.stores, Object.fromEntries(SKUS.map((sku) => [`${sku}-${run}`, {}])), SOURCE);
}

test(`permuted, duplicated and split into calls that meet, a feed ends as in order (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  for (const run of range(RUNS)) {
    const form = FORMS[run % 2] as Form;
    await setUp(run);
    const rows = randomFeed(random, run, form);
    const calls = split(random, random.shuffled([...rows, ...random.shuffled(rows).slice(0, 60)]));
    await Promise.all(
      calls.map((call) => random.pick(shops.shops).stores.inventoryFeed.apply(ERP, call, cause)),
    );
    const inOrder = [...rows]
      .sort((a, b) => a.sequence - b.sequence)
      .map((row) => ({ ...row, nodeId: form.inOrder }));
    await one.stores.inventoryFeed.apply(ERP, inOrder, cause);
    expect(await stateAt(form.nodeId)).toEqual(await stateAt(form.inOrder));
  }
  expect(await auditBooks(one.stores)).toEqual([]);
});

test(`a repeated feed changes nothing, whatever the outcome of its rows (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  const run = RUNS;
  await setUp(run);
  const rows = randomFeed(random, run, FORMS[0]);
  await one.stores.inventoryFeed.apply(ERP, rows, cause);
  const { event, staleCount } = one.stores.inventory.client;
  const before = [await stateAt('n1'), await event.count()];
  await one.stores.inventoryFeed.apply(ERP, rows, cause);
  const late = await staleCount.count();
  const answers = await one.stores.inventoryFeed.apply(ERP, random.shuffled(rows), cause);
  expect(answers.filter(({ kind }) => kind === 'applied' || kind === 'rejected')).toEqual([]);
  expect([await stateAt('n1'), await event.count()]).toEqual(before);
  expect(await staleCount.count()).toBe(late);
});
