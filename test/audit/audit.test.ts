import { auditBooks } from '../../src/audit/audit';
import { rebuildBooks } from '../../src/audit/rebuild';
import { cause, createOrders, hold, openShops, order, stockUp } from '../stores/shop';
import { record } from '../support/direct-saga';
import { untilLockWait } from '../support/lock-waits';
import { plainKey } from '../support/plain-key';
import { copyRows, differencesOf } from '../support/rebuilt-books';
import { withServer } from '../support/test-database';

let shops: Awaited<ReturnType<typeof openShops>>;

/** Creates a small shop with one of everything: an approved order, a rejected one, a hold, and accounts with holds. */
beforeEach(async () => {
  shops = await openShops(1);
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  await stockUp(shop.stores, { apple: { n1: 10, n2: 10 }, pear: { n1: 5 } });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  const orders = [
    order('a', [
      ['apple', 12],
      ['pear', 1],
    ]),
    order('b', [['pear', 99]]),
    order('c', [['apple', 1]], { customerId: 'nobody' }),
  ];
  expect(await createOrders(shop, orders)).toEqual(['ord_a']);
  await shop.holdStock([hold('h', [['apple', 2]])]);
});

afterEach(() => shops.close());

const stores = () => {
  const [shop] = shops.shops;
  if (!shop) throw new Error('no shop');
  return shop.stores;
};
const audit = (isQuiet = true) => auditBooks(stores(), { isQuiet });
const damage = (sql: string) => withServer(shops.database.url, (client) => client.query(sql));

test('sound books have no findings', async () => {
  expect(await audit()).toEqual([]);
});

/** Damage to one row, each with the finding that the audit must report. */
const faults: readonly (readonly [what: string, sql: string, finding: RegExp])[] = [
  [
    'a counter of a stock row',
    `UPDATE inventory.stock SET committed = committed + 1 WHERE sku = 'pear'`,
    /^stock\/pear\/n1: committed is 2, by the log 1\.$/,
  ],
  [
    'the version of a stock row',
    `UPDATE inventory.stock SET stream_version = 9 WHERE sku = 'pear'`,
    /^stock\/pear\/n1: version is 9, by the log 2\.$/,
  ],
  [
    'the supply of a stock row',
    `UPDATE inventory.stock SET supplies = '[]' WHERE sku = 'pear'`,
    /^stock\/pear\/n1: supplies is \[\], by the log /,
  ],
  [
    'the moment from which claims count',
    `UPDATE inventory.stock SET claims_count_from = now() WHERE sku = 'pear'`,
    /^stock\/pear\/n1: claimsCountFrom is .+, by the log null\.$/,
  ],
  [
    'an allocation that is gone',
    `DELETE FROM inventory.allocation WHERE reservation_id = 'rsv_a' AND sku = 'pear'`,
    /^stock\/pear\/n1: 1 are COMMITTED by its log, and 0 by its allocations\.$/,
  ],
  [
    'an allocation of nothing',
    `INSERT INTO inventory.allocation VALUES ('rsv_x', 'pear', 'n1', 1, 'HELD', now(), now())`,
    /^stock\/pear\/n1: the allocation of rsv_x has no reservation or no stock row\.$/,
  ],
  [
    'the quantity of an allocation',
    `UPDATE inventory.allocation SET quantity = quantity + 1 WHERE reservation_id = 'rsv_h'`,
    /^reservation\/rsv_h: takes\.stock\/apple\/n\d\/HELD is "3 until .+", by the log "2 until .+"\.$/,
  ],
  [
    'the expiry of an allocation',
    `UPDATE inventory.allocation SET expires_at = now() WHERE reservation_id = 'rsv_h'`,
    /^stock\/apple\/n\d: the allocation of rsv_h: expiresAt is .+, by the log .+\.$/,
  ],
  [
    'the state of a reservation',
    `UPDATE inventory.reservation SET state = 'EXPIRED' WHERE id = 'rsv_h'`,
    /^reservation\/rsv_h: state is "EXPIRED", by the log "HELD"\.$/,
  ],
  [
    'a reservation without a log',
    `INSERT INTO inventory.reservation VALUES ('rsv_x', 'shop', NULL, 'RELEASED', '[]', '[]', NULL, NULL, 1)`,
    /^reservation\/rsv_x: there is a row, and no log from version 1 on\.$/,
  ],
  ['a node', `UPDATE inventory.node SET safety_stock = 7 WHERE id = 'n1'`, /^node\/n1: safetyStock is 7/],
  ['a source', `UPDATE inventory.source SET authority = 7`, /^source\/erp: authority is 7/],
  ['an item', `UPDATE inventory.item SET per_order_max = 7 WHERE sku = 'pear'`, /^item\/pear: perOrderMax/],
  [
    'a row that is gone',
    `DELETE FROM inventory.node WHERE id = 'n1'`,
    /^node\/n1: there is a log and no row/,
  ],
  [
    'the content of an order',
    `UPDATE orders."order" SET total = total + 1 WHERE id = 'ord_a'`,
    /^order\/ord_a: total is 131, by the log 130\.$/,
  ],
  [
    'the moment of an order',
    `UPDATE orders."order" SET updated_at = now() WHERE id = 'ord_a'`,
    /^order\/ord_a: updatedAt is/,
  ],
  [
    'an order that is gone',
    `DELETE FROM orders."order" WHERE id = 'ord_a'`,
    /^Stock is held for ord_a, which is no order\.$/,
  ],
  [
    'an order that is gone, seen from credit',
    `DELETE FROM orders."order" WHERE id = 'ord_a'`,
    /^Credit is held for ord_a, which is no order\.$/,
  ],
  [
    'what an account holds',
    `UPDATE credit.account SET held = held + 1 WHERE customer_id = 'ann'`,
    /^credit\/ann: held is 131, by the log 130\.$/,
  ],
  [
    'the amount of a credit hold',
    `UPDATE credit.hold SET amount = amount + 1 WHERE order_id = 'ord_a'`,
    /^credit\/ann: its holds sum up to 131, and it holds 130\.$/,
  ],
  [
    'a credit hold that is gone',
    `DELETE FROM credit.hold WHERE order_id = 'ord_a'`,
    /^Order ord_a is APPROVED for .+ and has the credit hold none\.$/,
  ],
  [
    'a credit hold on no account',
    `INSERT INTO credit.hold VALUES ('ord_a2', 'eve', 1, 'RELEASED')`,
    /^credit\/eve: the hold of ord_a2 is on an account that does not exist\.$/,
  ],
];

test.each(faults)('finds %s', async (_what, sql, finding) => {
  await damage(sql);
  expect(await audit()).toContainEqual(expect.stringMatching(finding));
});

test('a rebuild mends all of this damage', async () => {
  const before = await copyRows(stores());
  for (const [, sql] of faults) await damage(sql);
  await rebuildBooks(stores());
  expect(differencesOf(before, await copyRows(stores()))).toEqual([]);
  expect(await audit()).toEqual([]);
});

/** Damage in which row and log agree, so that only a comparison of stores or a replay shows it. */
const lies: readonly (readonly [what: string, sql: string, finding: RegExp])[] = [
  [
    'a rejected order that keeps stock',
    `DELETE FROM inventory.reservation WHERE order_id = 'ord_b';
     UPDATE inventory.reservation SET order_id = 'ord_b' WHERE id = 'rsv_a'`,
    /^Order ord_b is REJECTED and keeps the stock of rsv_a \(COMMITTED\)\.$/,
  ],
  [
    'a rejected order that keeps credit',
    `DELETE FROM credit.hold WHERE order_id = 'ord_b'; UPDATE credit.hold SET order_id = 'ord_b' WHERE order_id = 'ord_a'`,
    /^Order ord_b is REJECTED and keeps 130 of credit\.$/,
  ],
  [
    'an approved order without stock',
    `UPDATE inventory.reservation SET order_id = NULL WHERE id = 'rsv_a'`,
    /^Order ord_a is APPROVED and has no reservation\.$/,
  ],
  [
    'stock committed to nobody',
    `UPDATE inventory.reservation SET order_id = NULL WHERE id = 'rsv_a'`,
    /^Reservation rsv_a is COMMITTED to no order\.$/,
  ],
  [
    'an approved order with other stock than it ships',
    `UPDATE inventory.reservation SET allocations = allocations - 0 WHERE id = 'rsv_a'`,
    /^Order ord_a ships .+ and has .+\.$/,
  ],
  [
    'an approved order with stock for other lines',
    `UPDATE inventory.reservation SET lines = lines - 0 WHERE id = 'rsv_a'`,
    /^Order ord_a is for .+ and has .+\.$/,
  ],
  [
    'a version that was skipped',
    event('inventory', 'stock/pear/n1', 4, 'inventory.supply-counted.v1', { sourceId: 'erp' }),
    /^stock\/pear\/n1: version 4 follows version 2\.$/,
  ],
  [
    'a log that begins late',
    event('orders', 'order/ord_z', 2, 'orders.order-cancelled.v1', { commandId: 'c' }),
    /^order\/ord_z: version 2 follows version 0\.$/,
  ],
  [
    'an event that nobody knows',
    event('credit', 'credit/ann', 4, 'credit.gift.v1', {}),
    /^credit\/ann: event 4 \(credit\.gift\.v1\) cannot be folded: /,
  ],
  [
    'a stream that nobody knows',
    event('credit', 'gift/ann', 1, 'credit.gift.v1', {}),
    /^gift\/ann: nobody knows streams of this kind\.$/,
  ],
  [
    'an oversell',
    event('inventory', 'stock/pear/n1', 3, 'inventory.stock-committed.v1', {
      reservationId: 'rsv_x',
      quantity: 5,
    }),
    /^stock\/pear\/n1: event 3 is an oversell: it grants 5 to rsv_x, 1 too many\.$/,
  ],
  [
    'a hold committed after its time',
    event('inventory', 'stock/pear/n1', 3, 'inventory.stock-held.v1', {
      reservationId: 'rsv_x',
      quantity: 1,
      expiresAt: '2026-01-01T00:00:00.000Z',
    }) +
      event('inventory', 'stock/pear/n1', 4, 'inventory.held-stock-committed.v1', {
        reservationId: 'rsv_x',
        quantity: 1,
      }),
    /^stock\/pear\/n1: event 4 commits the hold rsv_x after its time\.$/,
  ],
  [
    'stock given back that was not taken',
    event('inventory', 'stock/pear/n1', 3, 'inventory.committed-stock-released.v1', {
      reservationId: 'rsv_x',
      quantity: 1,
    }),
    /^stock\/pear\/n1: event 3 ends 1 of rsv_x, which is not what it has\.$/,
  ],
];

test.each(lies)('finds %s', async (_what, sql, finding) => {
  await damage(sql);
  expect(await audit()).toContainEqual(expect.stringMatching(finding));
});

test('a rebuild refuses a log with a gap, a running relay and a writer, and changes nothing', async () => {
  await damage(event('inventory', 'stock/pear/n1', 4, 'inventory.supply-counted.v1', { sourceId: 'erp' }));
  const before = await copyRows(stores());
  await withServer(shops.database.url, async (client) => {
    await client.query(`BEGIN; UPDATE inventory.stock SET held = held`);
    await expect(rebuildBooks(stores())).rejects.toThrow(
      'another process uses the tables of inventory: stop every API, worker and relay, then rebuild',
    );
  });
  await stores().leases.take('lost-sagas', 'another process', 60);
  await expect(rebuildBooks(stores())).rejects.toThrow(
    'a relay is running (it holds the lease lost-sagas): stop every API, worker and relay, then rebuild',
  );
  await stores().leases.giveUp('lost-sagas', 'another process');
  await expect(rebuildBooks(stores())).rejects.toThrow(
    'the log of inventory gives no rows: stock/pear/n1: version 4 follows version 2.',
  );
  expect(differencesOf(before, await copyRows(stores()))).toEqual([]);
});

/** Autovacuum holds such a lock, until another has waited for it for a second. A test cannot make it begin. */
test('a rebuild waits while a table is vacuumed', async () => {
  const before = await copyRows(stores());
  await withServer(shops.database.url, async (client) => {
    await client.query('BEGIN; LOCK TABLE inventory.stock IN SHARE UPDATE EXCLUSIVE MODE');
    const rebuilt = rebuildBooks(stores());
    await Promise.race([rebuilt, untilLockWait(stores().pools.inventory)]);
    await client.query('COMMIT');
    await rebuilt;
  });
  expect(differencesOf(before, await copyRows(stores()))).toEqual([]);
});

test('an order under way is a finding at a quiet point only', async () => {
  const [shop] = shops.shops;
  if (shop) await record(shop.stores, [order('d', [['apple', 1]])]);
  expect(await audit(false)).toEqual([]);
  expect([...(await audit())].sort()).toEqual([
    'Command ord_d (create) is open, and nothing is under way.',
    'Order ord_d is PENDING, and nothing is under way.',
  ]);
});

function event(store: string, stream: string, version: number, type: string, data: object): string {
  return `INSERT INTO ${store}.event (stream, key, version, type, data, occurred_at, causation, correlation)
    VALUES ('${stream}', '${JSON.stringify(plainKey(stream))}', ${version}, '${type}', '${JSON.stringify(data)}', now(), 'c', 'c');`;
}
