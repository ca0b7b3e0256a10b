import { auditBooks } from '../../src/stores/audit';
import { databaseTrouble } from '../../src/stores/database-errors';
import { cause, createOrders, openShops, order, type Shop, stockUp } from './shop';

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

test('of two bodies under one key at once, one order goes on and the other ends refused', async () => {
  const keys = range(10);
  const answers = await Promise.all(
    keys.flatMap((key) =>
      ['x', 'y'].map((body, index) => {
        const rest = { idempotencyKey: `key-${key}`, fingerprint: body };
        return shopOf(key + index).recordOrder([order(`${key}${body}`, [['apple', 1]], rest)]);
      }),
    ),
  );
  for (const key of keys) {
    const pair = answers.slice(key * 2, key * 2 + 2).flat();
    expect(pair).toContainEqual({ kind: 'done' });
    expect(pair).toContainEqual({ kind: 'refused', reason: 'IDEMPOTENCY_KEY_REUSED' });
  }
  expect(await one.stores.orders.client.claim.count()).toBe(10);
  expect(await one.stores.orders.client.order.count({ where: { status: 'REJECTED' } })).toBe(10);
});

test('two bodies under one key in one set: the first has it', async () => {
  const rest = { idempotencyKey: 'same' };
  const set = [order('x', [['apple', 1]], rest), order('y', [['apple', 1]], rest)];
  expect(await one.recordOrder(set)).toEqual([
    { kind: 'done' },
    { kind: 'refused', reason: 'IDEMPOTENCY_KEY_REUSED' },
  ]);
});

test('the same orders taken by two sagas at once belong to one of them each, and are made once', async () => {
  const orders = range(12).map((index) => order(`${index}`, [['apple', 1]]));
  const approved = await Promise.all(
    range(4).map((index) =>
      createOrders(shopOf(index), index % 2 === 0 ? orders : [...orders].reverse(), `saga-${index}`),
    ),
  );
  expect(approved.flat().sort()).toEqual(orders.map(({ commandId }) => commandId).sort());
  expect(await one.stores.inventory.client.stock.findFirst()).toMatchObject({ committed: 12 });
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('a whole saga run again at the same time changes nothing', async () => {
  const orders = range(12).map((index) => order(`${index}`, [['apple', 1 + index]]));
  const runs = await Promise.all(range(3).map((index) => createOrders(shopOf(index), orders)));
  for (const run of runs) expect(run).toEqual(orders.map(({ commandId }) => commandId));
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('an order that is rejected and approved at once ends one way', async () => {
  const orders = range(20).map((index) => order(`${index}`, [['apple', 1]]));
  await one.recordOrder(orders);
  await one.holdCredit(orders);
  const stocked = await one.commitStock(orders);
  await Promise.all(
    orders.flatMap((command, index) => {
      const given = stocked[index];
      if (given?.kind !== 'done') throw new Error('there is enough for all');
      return [
        shopOf(index).approveOrder({ sagaId: 'saga', members: [{ command, given }] }),
        shopOf(index + 1).rejectOrder([command]),
      ];
    }),
  );
  const logs = await one.stores.orders.client.event.groupBy({ by: ['stream'], _max: { version: true } });
  expect(logs.map(({ _max }) => _max.version)).toEqual(Array(20).fill(2));
});

/** A server that loses a connection in the middle of a save, as a restart or an operator would. */
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
    await one.recordOrder(set);
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
