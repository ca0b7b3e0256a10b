import { auditBooks } from '../../src/audit/audit';
import { cause, createOrders, openShops, order, type Shop, stockUp } from '../stores/shop';
import { record } from '../support/direct-saga';
import { cancelOf } from '../support/new-commands';
import { withServer } from '../support/test-database';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

/** Creates an approved order that is being cancelled, and a PENDING one. */
beforeEach(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
  await stockUp(shop.stores, { apple: { n1: 10 } });
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  await createOrders(shop, [order('a', [['apple', 1]])]);
  await record(shop.stores, [cancelOf({ id: 'ord_a', customerId: 'ann' }, { id: 'cmd_cancel' })]);
  await record(shop.stores, [order('b', [['apple', 1]])]);
});

afterEach(() => shops.close());

const audit = (isQuiet: boolean) => auditBooks(shop.stores, { isQuiet });
const damage = (sql: string) => withServer(shops.database.url, (client) => client.query(sql));

test('has no findings for open commands while sagas run', async () => {
  expect(await audit(false)).toEqual([]);
});

test('finds every open command at a quiet point, except those that need attention', async () => {
  const open = async () => (await audit(true)).filter((finding) => finding.startsWith('Command ')).sort();
  expect(await open()).toEqual([
    'Command cmd_cancel (cancel) is open, and nothing is under way.',
    'Command ord_b (create) is open, and nothing is under way.',
  ]);
  await damage(`UPDATE orders.command SET attention = '{}' WHERE id = 'cmd_cancel'`);
  expect(await open()).toEqual(['Command ord_b (create) is open, and nothing is under way.']);
});

test.each([
  [
    'a PENDING order without a command',
    `DELETE FROM orders.command WHERE id = 'ord_b'`,
    'ord_b is PENDING, and no open command creates it.',
  ],
  [
    'a PENDING order whose command is closed',
    `UPDATE orders.command SET closed_at = now() WHERE id = 'ord_b'`,
    'ord_b is PENDING, and no open command creates it.',
  ],
  [
    'a PENDING order whose command is decided',
    `UPDATE orders.command SET decision = '{"kind": "approved"}' WHERE id = 'ord_b'`,
    'ord_b is PENDING, and no open command creates it.',
  ],
  [
    'a lock whose command is closed',
    `UPDATE orders.command SET closed_at = now() WHERE id = 'cmd_cancel'`,
    'ord_a is locked by cmd_cancel, which is not open.',
  ],
  [
    'a lock without a command',
    `DELETE FROM orders.command WHERE id = 'cmd_cancel'`,
    'ord_a is locked by cmd_cancel, which is not open.',
  ],
])('finds %s', async (_what, sql, finding) => {
  await damage(sql);
  expect(await audit(false)).toEqual([finding]);
});
