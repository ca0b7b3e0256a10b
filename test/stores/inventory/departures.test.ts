import { insertDepartures } from '../../../src/stores/inventory/departures-save';
import { openShops, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(1);
  shop = shops.shops[0] as Shop;
  await stockUp(shop.stores, { apple: { n1: 5 } });
});
afterEach(() => shops.close());

const EARLIER = '2026-11-30T10:00:00.000Z';
const LATER = '2026-11-30T10:00:04.000Z';

const left = (leftAt: string) => ({
  ...{ sku: 'apple', nodeId: 'n1', quantity: 1, grantedAt: EARLIER, leftAt },
  sections: {},
});

async function lastLeftAt(): Promise<unknown> {
  const [row] = await shop.stores.inventory.client.$queryRaw<{ last: Date }[]>`
    SELECT last_left_at AS last FROM stock WHERE sku = 'apple' AND node_id = 'n1'`;
  return row?.last.toISOString();
}

test.each([
  { name: 'earlier ones first', moments: [EARLIER, LATER] },
  { name: 'later ones first', moments: [LATER, EARLIER] },
])('departures saved together, $name, leave the latest moment in their stock row', async ({ moments }) => {
  await shop.stores.inventory.client.$executeRaw(insertDepartures(moments.map(left)));
  expect(await lastLeftAt()).toBe(LATER);
});
