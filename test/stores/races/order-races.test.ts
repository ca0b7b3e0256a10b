import { auditBooks } from '../../../src/audit/audit';
import { databaseTrouble } from '../../../src/stores/postgres/database-errors';
import { record, recordedRows, runDirect } from '../../support/direct-saga';
import { cause, createOrders, openShops, order, type Shop, stockUp } from '../shop';
import { startBuyers } from './buyers';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeEach(async () => {
  shops = await openShops(3);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  one = first;
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(one.stores, { apple: { n1: 1_000 } });
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => shops.shops[index % 3] ?? one;

test('the same orders sent to several processes at once are recorded and processed once', async () => {
  const orders = range(12).map((index) => order(`${index}`, [['apple', 1]]));
  const approved = await Promise.all(
    range(4).map((index) => createOrders(shopOf(index), index % 2 === 0 ? orders : [...orders].reverse())),
  );
  expect(approved.flat().sort()).toEqual(orders.map(({ id }) => id).sort());
  expect(await one.stores.inventory.client.stock.findFirst()).toMatchObject({ committed: 12n });
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('a whole saga run again at the same time changes nothing', async () => {
  const orders = range(12).map((index) => order(`${index}`, [['apple', 1 + index]]));
  const rows = recordedRows(await record(one.stores, orders));
  const runs = await Promise.all(range(3).map((index) => runDirect(shopOf(index).stores, rows)));
  for (const run of runs)
    expect(run.map(({ id, decision, end }) => [id, decision, end])).toEqual(
      orders.map(({ id }) => [id, 'approved', 'closed']),
    );
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('200 buyers in two processes get exactly the 10 units that there are', async () => {
  await stockUp(one.stores, { pear: { n1: 7, n2: 3 } });
  const here = range(100).map((index) => [order(`here-${index}`, [['pear', 1]])]);
  const buying = startBuyers(shops.database.url, 100);
  await buying.ready;
  const [approvedHere, approvedThere] = await Promise.all([
    Promise.all(here.map((orders, index) => createOrders(shopOf(index), orders))),
    buying.go(),
  ]);
  expect(approvedHere.flat().length + approvedThere).toBe(10);
  const rejected = await one.stores.orders.client.order.count({ where: { status: 'REJECTED' } });
  expect(rejected).toBe(190);
  expect(await auditBooks(one.stores)).toEqual([]);
});

/** Makes the server lose a connection in the middle of a save, as a restart or an operator would. */
async function killedOn(table: string): Promise<void> {
  const { client } = one.stores.inventory;
  await client.$executeRawUnsafe(`
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`);
  await client.$executeRawUnsafe(
    `CREATE TRIGGER die AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION die()`,
  );
}

test.each(['event', 'reservation', 'allocation', 'step_answer'])(
  'a transaction that dies while it writes %s leaves nothing, and can be run again',
  async (table) => {
    const set = [order('a', [['apple', 1]]), order('b', [['apple', 1]])];
    await record(one.stores, set);
    await one.holdCredit(set);
    const before = await one.stores.inventory.client.event.count();
    await killedOn(table);
    const failure = await one.commitStock(set).catch((error: unknown) => error);
    expect(databaseTrouble(failure)).toBe('unavailable');
    expect(await one.stores.inventory.client.event.count()).toBe(before);
    expect(await one.stores.inventory.client.allocation.count()).toBe(0);
    expect(await one.stores.inventory.client.stepAnswer.count()).toBe(0);
    await one.stores.inventory.client.$executeRawUnsafe(`DROP TRIGGER die ON ${table}`);
    expect((await one.commitStock(set)).map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(await auditBooks(one.stores, { isQuiet: false })).toEqual([]);
  },
);
