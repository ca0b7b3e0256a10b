import { auditBooks } from '../../src/audit/audit';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import type { FeedRow } from '../../src/stores/inventory/feed/inventory-feed-rows';
import { carried } from '../support/direct-saga';
import { cause, countRow, ERP, hold, openShops, order, type Shop, stockUp } from './shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeAll(async () => {
  shops = await openShops(1);
  shop = shops.shops[0] as Shop;
  await stockUp(shop.stores, { gold: {}, rice: {} });
  const account = { currency: 'EUR', limit: 1_000_000_000_000 };
  await shop.stores.credit.setAccount('ann', account, cause);
});
afterAll(() => shops.close());

const ORDERS = Array.from({ length: 22 }, (_, index) => index);
const LINES = Array.from({ length: 100 }, () => 1_000_000);
/** More units than a 32-bit number has. */
const SUM = 2_200_000_000;

const orders = (name: string, sku: string) =>
  ORDERS.map((index) =>
    order(
      `${name}-${index}`,
      LINES.map((quantity) => [sku, quantity] as const),
    ),
  );

test('units of one item pass 32 bits: counted, moved, held, committed, capped and waiting', async () => {
  const { stores } = shop;
  const backorder = { mode: 'unlimited' } as const;
  await stores.inventorySetUp.setItem(
    { sku: 'gold', name: 'gold', backorder, perOrderMax: null, tags: [] },
    cause,
  );
  const window = { start: '2020-01-01T00:00:00.000Z', end: '2199-01-01T00:00:00.000Z' };
  const wide = { id: 'wide', channel: null, customerId: null, ...window };
  await stores.limitsSetUp.setCap({ ...wide, skus: ['gold'], limit: 2 * SUM }, cause);

  expect((await carried(stores, orders('wait', 'gold'))).map(({ decision }) => decision)).toEqual(
    ORDERS.map(() => 'backordered'),
  );
  expect(await stores.inventoryReads.openBackorders('gold')).toBe(SUM);
  expect(await stores.limitsSetUp.cap('wide')).toMatchObject({ used: SUM });

  const units = ORDERS.map((index) => row('rice', 100_000_000, index));
  expect(await stores.inventoryFeed.apply(ERP, units, cause)).toEqual(
    ORDERS.map(() => ({ kind: 'applied' })),
  );
  const holds = ORDERS.map((index) => hold(`${index}`, [['rice', 50_000_000]]));
  expect(await shop.holdStock(holds)).toMatchObject(ORDERS.map(() => ({ kind: 'held' })));
  expect(await terms('rice')).toMatchObject([{ supply: SUM, held: SUM / 2, atp: SUM / 2 }]);
  expect(await auditBooks(stores)).toEqual([]);
});

test('more units committed than a 32-bit number has', async () => {
  const { stores } = shop;
  await stockUp(stores, { salt: {} });
  const units = ORDERS.map((index) => row('salt', 100_000_000, index));
  await stores.inventoryFeed.apply(ERP, units, cause);
  const ends = await carried(stores, orders('take', 'salt'));
  expect(ends.map(({ decision }) => decision)).toEqual(ORDERS.map(() => 'approved'));
  expect(await terms('salt')).toMatchObject([{ supply: SUM, committed: SUM, atp: 0 }]);
  expect(await auditBooks(stores)).toEqual([]);
});

/** Returns a count, or a movement above it. */
function row(sku: string, quantity: number, index: number): FeedRow {
  const { count, ...message } = countRow({ sku, count: quantity, sequence: index });
  return index === 0 ? { ...message, count } : { ...message, movement: quantity };
}

async function terms(sku: string) {
  const { now, facts } = await shop.stores.inventoryReads.stockFacts(sku);
  return facts.map((one) => nodeTerms(one, now));
}
