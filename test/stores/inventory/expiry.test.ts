import { auditBooks } from '../../../src/audit/audit';
import { cause, createOrders, hold, onHold, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
let other: Shop;

beforeEach(async () => {
  shops = await openShops(2);
  const [first, second] = shops.shops;
  if (!first || !second) throw new Error('no shop');
  shop = first;
  other = second;
  await shop.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
});

afterEach(() => shops.close());

const state = () => shop.stores.inventory.client.stock.findFirstOrThrow({ where: { sku: 'apple' } });

/** Waits until a hold has expired by the database's clock. */
async function isOver(id: string): Promise<void> {
  while ((await shop.stores.inventoryReads.reservation(id))?.state !== 'EXPIRED');
}

test('an expired hold frees its stock at once, and the watch only records it', async () => {
  await stockUp(shop.stores, { apple: { n1: 5 }, pear: { n1: 5 } });
  const brief = hold('h', [['apple', 5]], { ttlSeconds: 0.2 });
  await shop.holdStock([brief, hold('i', [['pear', 5]])]);
  const late = [order('late', [['apple', 5]])];
  expect(await createOrders(shop, [order('early', [['pear', 1]])])).toEqual([]);
  await isOver('rsv_h');
  expect(await shop.stores.inventoryReads.dueHolds(10)).toEqual(['rsv_h']);
  expect(await createOrders(shop, late)).toEqual(['ord_late']);
  expect(await state()).toMatchObject({ held: 5n, committed: 5n });
  expect(await auditBooks(shop.stores)).toEqual([]);

  const sweep = [onHold('rsv_h', 'expire')];
  await Promise.all([shop.expireHolds(sweep), other.expireHolds(sweep)]);
  expect(await state()).toMatchObject({ held: 0n, committed: 5n });
  expect(await shop.stores.inventoryReads.dueHolds(10)).toEqual([]);
  expect(await createOrders(shop, [order('more', [['apple', 1]])])).toEqual([]);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('an expired hold is not taken over: its order gets fresh stock, or none', async () => {
  await stockUp(shop.stores, { apple: { n1: 5 } });
  await shop.holdStock([hold('h', [['apple', 3]], { ttlSeconds: 0.2 })]);
  await isOver('rsv_h');
  const adopting = order('a', [['apple', 3]], { reservationId: 'rsv_h' });
  const tooLate = order('b', [['apple', 3]], { reservationId: 'rsv_h' });
  expect(await createOrders(shop, [adopting, tooLate])).toEqual(['ord_a']);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

test('taking over, expiring and buying the same stock at one moment sells it once', async () => {
  await stockUp(shop.stores, { apple: { n1: 40 } });
  const ids = Array.from({ length: 40 }, (_, index) => index);
  await shop.holdStock(
    ids.map((index) => hold(`${index}`, [['apple', 1]], { ttlSeconds: 0.3 + index / 400 })),
  );
  await isOver('rsv_0');
  const sagas = ids.map((index) => {
    const [buyer, sweeper] = index % 2 === 0 ? [shop, other] : [other, shop];
    const adopting = order(`a${index}`, [['apple', 1]], { reservationId: `rsv_${index}` });
    return Promise.all([
      createOrders(buyer, [adopting]),
      sweeper.expireHolds([{ ...onHold(`rsv_${index}`, 'expire'), commandId: `sweep-${index}` }]),
      createOrders(sweeper, [order(`b${index}`, [['apple', 1]])]),
    ]);
  });
  await Promise.all(sagas);
  await isOver('rsv_39').catch(() => undefined);
  expect((await state()).committed).toBeLessThanOrEqual(40);
  expect(await auditBooks(shop.stores)).toEqual([]);
});

/**
 * One statement reads the clock of a decision and the clock of its facts at two times. Here a hold expires between
 * them: were the decision's clock the earlier one, the hold's stock would be free for one order while the hold was
 * still good for another.
 */
test('a hold that expires while a batch is being loaded is not sold twice', async () => {
  await stockUp(shop.stores, { apple: { n1: 5 } });
  await shop.holdStock([hold('h', [['apple', 5]], { ttlSeconds: 3 })]);
  await shop.stores.inventory.client.$executeRawUnsafe(
    `ALTER VIEW stock_facts RENAME TO stock_facts_at_once`,
  );
  await shop.stores.inventory.client.$executeRawUnsafe(`
    CREATE VIEW stock_facts AS
    WITH later AS MATERIALIZED (
      SELECT count(*) AS n FROM reservation, pg_sleep_until(expires_at + interval '10 ms') WHERE id = 'rsv_h')
    SELECT facts.* FROM later CROSS JOIN LATERAL (SELECT * FROM stock_facts_at_once OFFSET later.n - 1) facts`);
  const orders = [order('a', [['apple', 5]]), order('b', [['apple', 5]], { reservationId: 'rsv_h' })];
  const answers = await shop.commitStock(orders);
  expect(answers.filter(({ kind }) => kind === 'done')).toHaveLength(1);
  expect((await state()).committed).toBe(5n);
});
