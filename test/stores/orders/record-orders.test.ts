import { auditBooks } from '../../../src/audit/audit';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { record } from '../../support/direct-saga';
import { openShops, order, type Shop } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeEach(async () => {
  shops = await openShops(2);
  [one] = shops.shops as [Shop];
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => shops.shops[index % 2] ?? one;
const kindsOf = (answers: readonly { readonly kind: string }[]) => answers.map(({ kind }) => kind);

/** Returns an order with this key and body: the id is the hash of the key, the fingerprint that of the body. */
const withBody = (id: string, fingerprint: string): NewCommand<'create'> =>
  order(id, [['apple', 1]], { fingerprint });

async function books() {
  const { command, order: orders, event } = one.stores.orders.client;
  return [await command.count(), await orders.count(), await event.count()];
}

test('a record leaves the command open, the order PENDING and its first event, as of one moment', async () => {
  const [answer] = await record(one.stores, [order('a', [['apple', 2]])], 'createOrders/ord_a/1');
  expect(answer).toMatchObject({
    kind: 'recorded',
    row: {
      id: 'ord_a',
      kind: 'create',
      subject: 'ord_a',
      workflowId: 'createOrders/ord_a/1',
      decision: null,
      attention: null,
      isClosed: false,
    },
  });
  const found = await one.stores.ordersReads.order('ord_a');
  expect(found).toMatchObject({ status: 'PENDING', total: 20, pending: null, shipments: [] });
  expect(answer).toMatchObject({ row: { recordedAt: found?.createdAt } });
  expect(await books()).toEqual([1, 1, 1]);
  expect(await auditBooks(one.stores, { isQuiet: false })).toEqual([]);
});

test('the same key and body again is answered from the row, and the same key with another body is refused', async () => {
  await record(one.stores, [withBody('a', 'x')], 'first');
  const again = await record(one.stores, [withBody('a', 'x'), withBody('b', 'x')], 'second');
  expect(again).toMatchObject([
    { kind: 'replayed', row: { id: 'ord_a', workflowId: 'first' } },
    { kind: 'recorded', row: { id: 'ord_b', workflowId: 'second' } },
  ]);
  expect(await record(one.stores, [withBody('a', 'y')])).toEqual([{ kind: 'key-reused' }]);
  expect(await books()).toEqual([2, 2, 2]);
});

test('of two bodies under one key in one batch the first is recorded', async () => {
  const answers = await record(one.stores, [withBody('a', 'x'), withBody('a', 'y'), withBody('a', 'x')]);
  expect(kindsOf(answers)).toEqual(['recorded', 'key-reused', 'replayed']);
  expect(await books()).toEqual([1, 1, 1]);
});

test('of two bodies under one key in two processes at once, one is recorded and the other refused', async () => {
  const pairs = await Promise.all(
    range(10).map((key) =>
      Promise.all(
        ['x', 'y'].map((body, index) => record(shopOf(key + index).stores, [withBody(`${key}`, body)])),
      ),
    ),
  );
  for (const pair of pairs) expect(kindsOf(pair.flat()).sort()).toEqual(['key-reused', 'recorded']);
  expect(await books()).toEqual([10, 10, 10]);
});

test('batches with the same orders in any order record each once and do not deadlock', async () => {
  const orders = range(20).map((index) => withBody(`${index}`, 'x'));
  const answers = await Promise.all(
    range(8).map((index) => record(shopOf(index).stores, index % 2 === 0 ? orders : [...orders].reverse())),
  );
  const recorded = answers.flat().filter(({ kind }) => kind === 'recorded');
  expect(recorded).toHaveLength(20);
  expect(kindsOf(answers.flat()).filter((kind) => kind === 'replayed')).toHaveLength(140);
  expect(await auditBooks(one.stores, { isQuiet: false })).toEqual([]);
});

test('a record run again under its own id, after a commit of unknown outcome, finds its rows as its own', async () => {
  const orders = range(3).map((index) => withBody(`${index}`, 'x'));
  const first = await record(one.stores, orders, 'createOrders/0/1');
  const again = await record(shopOf(1).stores, orders, 'createOrders/0/1');
  expect(again).toEqual(first);
  expect(await books()).toEqual([3, 3, 3]);
});

test('a record that cannot be stored leaves no row and no claim', async () => {
  const poison = order('bad', [['apple', Number.MAX_SAFE_INTEGER]], { currency: 'E\u0000' });
  await expect(record(one.stores, [withBody('a', 'x'), poison])).rejects.toThrow();
  expect(await books()).toEqual([0, 0, 0]);
});
