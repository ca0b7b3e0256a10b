import { auditBooks } from '../../src/audit/audit';
import { cause, createOrders, ERP, openShops, order, stockUp } from '../stores/shop';
import { shipOf } from '../support/new-commands';
import { withServer } from '../support/test-database';

let shops: Awaited<ReturnType<typeof openShops>>;

/** Creates one order, part of which has left. */
beforeEach(async () => {
  shops = await openShops(1);
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  await stockUp(shop.stores, { apple: { n1: 10 } });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  await createOrders(shop, [order('a', [['apple', 4]])]);
  const takes = [{ sku: 'apple', nodeId: 'n1', quantity: 3 }];
  const capture = { amount: 30, finalTotal: null };
  const decision = { kind: 'shipped', reservationId: 'rsv_a', takes, capture } as const;
  const ship = shipOf({ id: 'ord_a', customerId: 'ann' }, { id: 'shp_a' });
  expect(await shop.consumeStock([{ ...ship, decision }])).toEqual([{ kind: 'done' }]);
  const late = {
    ...{ messageId: 'late', sku: 'apple', nodeId: 'n1', section: null, sequence: 2, count: 10 },
    observedAt: '2026-01-02T00:00:00.000Z',
  };
  await shop.stores.inventoryFeed.apply(ERP, [late], cause);
});

afterEach(() => shops.close());

const audit = async () => {
  const [shop] = shops.shops;
  return shop ? auditBooks(shop.stores) : [];
};
const damage = (sql: string) => withServer(shops.database.url, (client) => client.query(sql));

/** Returns the SQL that rewrites an event: the log is append-only for all but the owner of its table. */
const rewritten = (type: string, change: string) => `
  ALTER TABLE inventory.event DISABLE TRIGGER USER;
  UPDATE inventory.event SET data = ${change} WHERE type = 'inventory.${type}.v1'
    AND version = (SELECT max(version) FROM inventory.event e WHERE e.type = 'inventory.${type}.v1');`;

const faults: readonly (readonly [what: string, sql: string, finding: RegExp])[] = [
  [
    'units that left the stock and that no shipment took',
    `SELECT 1`,
    /^Order ord_a has shipped \[\], and \[\["apple\/n1",3\]\] left the stock\.$/,
  ],
  [
    'a departure that is gone',
    `DELETE FROM inventory.departure`,
    /^stock\/apple\/n1: departures is \[\], by the log /,
  ],
  [
    'a stock row that does not know when something left it last',
    `UPDATE inventory.stock SET last_left_at = NULL`,
    /^stock\/apple\/n1: lastLeftAt is null, by the log /,
  ],
  [
    'consumed units of a reservation',
    `UPDATE inventory.reservation SET consumed = '[]'`,
    /^reservation\/rsv_a: consumed is \[\], by the log /,
  ],
  [
    'a late count that restored what had left',
    rewritten('supply-counted', `data - 'gone'`),
    /^stock\/apple\/n1: \[0\] have gone by its counts, and \[3\] by what left\.$/,
  ],
  [
    'more consumed than was committed',
    rewritten('stock-consumed', `data || '{"quantity": 9}'`),
    /^stock\/apple\/n1: event 3 ends 9 of rsv_a, which is not what it has\.$/,
  ],
];

test.each(faults)('finds %s', async (_what, sql, finding) => {
  await damage(sql);
  expect((await audit()).filter((sentence) => finding.test(sentence))).toHaveLength(1);
});
