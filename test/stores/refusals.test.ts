import { auditBooks } from '../../src/audit/audit';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import type { FeedRow } from '../../src/stores/inventory/feed/inventory-feed-rows';
import { rejectOf } from '../support/new-commands';
import { SeededRandom } from './seeded-random';
import { cause, ERP, LONG_AGO, openShops, order, type Shop, stockUp } from './shop';
import { suppliesWithRepeats } from './supplies-with-repeats';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await openShops(1);
  shop = shops.shops[0] as Shop;
});
afterAll(() => shops.close());

const SOURCE = { ...ERP, nodes: ['n1', 's1'] };
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const at = (seconds: number) => new Date(Date.UTC(2026, 5, 1) + seconds * 1000).toISOString();

type Said =
  | { readonly of: 'row'; readonly row: Omit<FeedRow, 'sku'> & { count?: number; movement?: number } }
  | { readonly of: 'refusal'; readonly order: number; readonly at: string };

/** Lets a node refuse one unit of an order, as recorded at a moment. */
async function refuse(sku: string, nodeId: string, index: number, recordedAt: string): Promise<void> {
  const reservationId = `rsv_${sku}-${index}`;
  const units = { lineId: '1', quantity: 1, reason: 'NOT_IN_STOCK' as const };
  const command = rejectOf({ id: `ord_${sku}-${index}`, customerId: 'ann' }, { id: `shp_${index}` }, units);
  const lines = [{ lineId: '1', sku, quantity: 1 }];
  const decision = {
    ...({ kind: 'given-back', reservationId, nodeId, reason: units.reason, lines } as const),
    ...{ elsewhere: [], exhausted: [{ sku, quantity: 1 }], together: [], shipments: 0 },
  };
  expect(await shop.replaceUnits([{ ...command, decision, recordedAt }])).toMatchObject([{ kind: 'done' }]);
}

async function carryOut(sku: string, nodeId: string, all: readonly Said[]): Promise<void> {
  const section = nodeId === 's1' ? 'floor' : null;
  const first = { messageId: 'first', sku, nodeId, section, sequence: 0, count: 10, observedAt: LONG_AGO };
  await shop.stores.inventoryFeed.apply(SOURCE, [first], cause);
  const orders = range(3).map((index) => order(`${sku}-${index}`, [[sku, 1]]));
  expect(await shop.commitStock(orders)).toMatchObject(orders.map(() => ({ kind: 'done' })));
  for (const one of all) {
    if (one.of === 'refusal') await refuse(sku, nodeId, one.order, one.at);
    else await shop.stores.inventoryFeed.apply(SOURCE, [{ ...one.row, sku, nodeId } as FeedRow], cause);
  }
}

/** Returns what is stored of a node's supply, without the times at which we received it. */
async function stored(sku: string): Promise<object> {
  const row = await shop.stores.inventory.client.stock.findFirstOrThrow({ where: { sku } });
  const supplies = suppliesWithRepeats(row).map((entry) => ({ ...entry, receivedAt: undefined }));
  return { supplies, zeroedAt: row.zeroedAt };
}

function draw(random: SeededRandom, sections: readonly (string | null)[]): Said[] {
  const rows = range(14).map((index): Said => {
    const place = { messageId: `m${index}`, nodeId: '', section: random.pick(sections) };
    const row = { ...place, sequence: 1 + random.below(6), observedAt: at(random.below(60)) };
    const isCount = random.below(4) === 0;
    return {
      of: 'row',
      row: isCount
        ? { ...row, count: random.pick([10, 10, random.below(50)]) }
        : { ...row, movement: random.below(20) - 9 },
    };
  });
  const refusals = range(3).map((index): Said => ({ of: 'refusal', order: index, at: at(random.below(60)) }));
  return [...rows, ...rows.slice(0, 5), ...refusals];
}

test(`rows and refusals end in the same stock in any order (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  for (const run of range(6)) {
    const [nodeId, sections] = run % 2 ? ['s1', ['floor', 'backroom']] : ['n1', [null]];
    const skus = [`a-${run}`, `b-${run}`];
    await stockUp(shop.stores, Object.fromEntries(skus.map((sku) => [sku, {}])), SOURCE);
    const all = draw(random, sections as (string | null)[]);
    const [one, other] = skus as [string, string];
    await carryOut(one, nodeId as string, random.shuffled(all));
    await carryOut(other, nodeId as string, random.shuffled(all));
    expect(await stored(one)).toEqual(await stored(other));
  }
  const findings = await auditBooks(shop.stores);
  expect(findings.filter((finding) => finding.startsWith('stock/'))).toEqual([]);
});

test.each([
  [-1, 0],
  [5, 5],
])('after a refusal a movement of %i leaves %i', async (movement, atp) => {
  const sku = `c${movement}`;
  await stockUp(shop.stores, { [sku]: {} }, SOURCE);
  const row = { messageId: 'm', nodeId: '', section: null, sequence: 1, observedAt: at(2), movement };
  await carryOut(sku, 'n1', [
    { of: 'refusal', order: 0, at: at(1) },
    { of: 'refusal', order: 1, at: at(1) },
    { of: 'refusal', order: 2, at: at(1) },
    { of: 'row', row },
  ]);
  const { now, facts } = await shop.stores.inventoryReads.stockFacts(sku);
  expect(facts.map((one) => nodeTerms(one, now))).toMatchObject([{ atp, supply: atp, zeroedAt: at(1) }]);
});
