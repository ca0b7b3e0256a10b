import { auditBooks } from '../../src/audit/audit';
import type { StoreSessions } from '../../src/audit/audit-across';
import { reconcileStores } from '../../src/audit/reconcile/reconcile';
import { releaseCredit, releaseStock } from '../../src/audit/reconcile/release-unowned';
import { unownedCredit, unownedStock } from '../../src/audit/reconcile/unowned';
import { SYSTEM } from '../../src/contracts/commands';
import type { Order } from '../../src/domain/order/order';
import { openStores, type Stores } from '../../src/stores/stores';
import { cause, createOrders, openShop, order, stockUp } from '../stores/shop';
import { carried, runDirect } from '../support/direct-saga';
import { acceptOf, cancelOf, returnOf, shipOf } from '../support/new-commands';
import { shipmentAt } from '../support/order-changes';
import { resolveOf } from '../support/recovery';
import { type Copies, copiesOf, restoredFrom } from '../support/restored-stores';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let database: TestDatabase;
let copies: Copies;
let copy: string;
let open: Stores | undefined;

/** Opens the shop, plays a part of its story and closes it. */
async function played(
  part: (stores: Stores, shop: ReturnType<typeof openShop>) => Promise<void>,
): Promise<void> {
  const shop = openShop(database.url);
  await part(shop.stores, shop).finally(() => shop.stores.close());
}

const orderIn = async ({ ordersReads }: Stores, id: string): Promise<Order> => {
  const found = await ordersReads.order(id);
  if (!found) throw new Error(`no order ${id}`);
  return found;
};

const SHIP = { id: 'cmd_ship' };
const CANCEL = { id: 'cmd_cancel' };

/** Ships the order `a`, cancels `c`, and returns a unit of `d`. */
async function changeOrders(stores: Stores): Promise<void> {
  const a = await orderIn(stores, 'ord_a');
  await carried(stores, [acceptOf(a, shipmentAt(a), { id: 'cmd_accept' })]);
  await carried(stores, [shipOf(a, shipmentAt(a), SHIP)]);
  await carried(stores, [cancelOf(await orderIn(stores, 'ord_c'), CANCEL)]);
  const units = [{ lineId: '1', quantity: 1, condition: 'SELLABLE' } as const];
  await carried(stores, [
    returnOf(await orderIn(stores, 'ord_d'), units, { id: 'cmd_return', nodeId: 'n1' }),
  ]);
}

/** Everything after the copy: the changes, and a new order `b`. */
const later: Parameters<typeof played>[0] = async (stores, shop) => {
  await changeOrders(stores);
  expect(await createOrders(shop, [order('b', [['apple', 3]])])).toEqual(['ord_b']);
};

beforeEach(async () => {
  database = await createTestDatabase();
  copies = copiesOf(database.url);
  await played(async (stores, shop) => {
    await stockUp(stores, { apple: { n1: 10, n2: 10 }, pear: { n1: 5 } });
    await stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
    const orders = ['a', 'c', 'd'].map((id) => order(id, [['apple', 2]]));
    expect(await createOrders(shop, orders)).toHaveLength(3);
    const d = await orderIn(stores, 'ord_d');
    await carried(stores, [acceptOf(d, shipmentAt(d))]);
    await carried(stores, [shipOf(d, shipmentAt(d))]);
  });
  copy = await copies.take();
  await played(later);
});

afterEach(async () => {
  await open?.close();
  open = undefined;
  await copies.drop();
  await database.drop();
});

function restored(store: 'orders' | 'inventory' | 'credit'): Stores {
  const urls = restoredFrom(copy, store, database.url);
  open = openStores(urls, 4);
  return open;
}

const listed = (stores: Stores) => reconcileStores(stores, { safeMinutes: 0 });
const released = (stores: Stores) => reconcileStores(stores, { safeMinutes: 0, releaseBy: 'anna' });
const audited = (stores: Stores) => auditBooks(stores, { isQuiet: true });

/** Retries a command that needs attention, as the relay does after an operator's retry. */
async function retried(stores: Stores, id: string): Promise<void> {
  expect(await stores.commands.retry(id, `again/${id}`, SYSTEM)).toBe(true);
  const row = (await stores.commands.commands([id])).get(id);
  if (!row) throw new Error(`no command ${id}`);
  await runDirect(stores, [row]);
}

function sessionsOf({ orders, inventory, credit }: Stores): StoreSessions {
  return { orders: orders.client, inventory: inventory.client, credit: credit.client };
}

async function firstPage<Row>(pages: AsyncGenerator<readonly Row[]>): Promise<readonly Row[]> {
  for await (const page of pages) return page;
  return [];
}

async function attentionOf(stores: Stores, id: string) {
  const row = (await stores.commands.commands([id])).get(id);
  if (!row?.attention) throw new Error(`command ${id} needs no attention`);
  return row;
}

/** Cancels an order that a store does not have, as an operator does. */
async function cancelled(stores: Stores, id: string): Promise<void> {
  await carried(stores, [cancelOf(await orderIn(stores, id), { id: `cmd_give_up_${id}` })]);
}

test('stores that agree have nothing to reconcile', async () => {
  open = openStores(restoredFrom(database.url, 'orders', database.url), 4);
  expect(await listed(open)).toEqual({ lines: [], left: 0 });
});

test('with an older inventory, stock of a cancelled order is released, lost reports become tasks, and lost stock is told', async () => {
  const stores = restored('inventory');
  const { lines, left } = await listed(stores);
  expect(lines).toEqual([
    expect.stringMatching(
      /^Reservation rsv_c keeps 2 x apple at n\d for order ord_c, which is rejected or cancelled: --release/,
    ),
    expect.stringMatching(
      /^Order ord_a has shipped "?.*apple.*, and .* left the stock\.$|^Order ord_a ships/,
    ),
    ...[
      expect.stringMatching(/^Order ord_a/),
      expect.stringContaining('--release makes command cmd_ship (consumeStock) a task'),
    ],
    'Order ord_b is APPROVED and has no reservation.',
    expect.stringMatching(/cancel it and tell the customer/),
    expect.stringMatching(/^Order ord_d has returned .* came back to stock\.$/),
    expect.stringContaining('--release makes command cmd_return (restockUnits) a task'),
  ]);
  expect(left).toBe(4);
  expect(await listed(stores)).toEqual({ lines, left });

  await released(stores);
  const reopened = await stores.orders.client.$queryRaw`
    SELECT caller, subject, detail FROM audit_log WHERE act = 'saga.reopen' ORDER BY subject`;
  const entry = { caller: 'system', detail: { by: 'anna' } };
  expect(reopened).toEqual(['cmd_return', 'cmd_ship'].map((subject) => ({ ...entry, subject })));
  await retried(stores, 'cmd_ship');
  await retried(stores, 'cmd_return');
  await cancelled(stores, 'ord_b');
  expect(await listed(stores)).toEqual({ lines: [], left: 0 });
  expect(await audited(stores)).toEqual([]);
});

test('with an older credit store, credit of a cancelled order is released, and a lost capture and refund become tasks', async () => {
  const stores = restored('credit');
  const { lines } = await listed(stores);
  expect(lines.join('\n')).toMatch(
    /The account of ann holds EUR 0\.20 for order ord_c, which is rejected or cancelled/,
  );
  expect(lines.join('\n')).toMatch(
    /cmd_ship \(captureCredit\) a task[\s\S]*cmd_return \(refundCredit\) a task/,
  );
  expect(lines).toContainEqual(
    expect.stringMatching(/^Order ord_b is APPROVED for .* has the credit hold none\.$/),
  );

  expect(await audited(stores)).toContainEqual(
    expect.stringMatching(/^Order ord_a has captured 20 for .+, and its credit hold has 0\.$/),
  );
  await released(stores);
  await retried(stores, 'cmd_ship');
  await retried(stores, 'cmd_return');
  await cancelled(stores, 'ord_b');
  await carried(stores, [resolveOf(await attentionOf(stores, 'cmd_give_up_ord_b'))]);
  expect(await listed(stores)).toEqual({ lines: [], left: 0 });
  expect(await audited(stores)).toEqual([]);
});

const repeatedB = (stores: Stores) => carried(stores, [order('b', [['apple', 3]])]);

describe('with an older orders store', () => {
  test('what a lost order has is listed, and released only on request', async () => {
    const stores = restored('orders');
    const { lines } = await listed(stores);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^Reservation rsv_b keeps 3 x apple at n\d for order ord_b, which does not exist: --release gives it back\.$/,
      ),
    );
    expect(lines).toContain(
      'The account of ann holds EUR 0.30 for order ord_b, which does not exist: --release gives it back.',
    );

    expect((await released(stores)).lines).toContainEqual(
      expect.stringMatching(/^Reservation rsv_b .*: released\.$/),
    );
    const callers = await stores.inventory.client.$queryRaw<{ caller: string; reason: string }[]>`
      SELECT caller, data->>'reason' AS reason FROM event
      WHERE stream = 'reservation/rsv_b' AND type = 'inventory.reservation-released.v1'`;
    expect(callers).toEqual([{ caller: 'reconcile/anna', reason: 'RECONCILED' }]);
  });

  test('repeats under the same keys bring lost commands back, and the books balance', async () => {
    const stores = restored('orders');
    await changeOrders(stores);
    await repeatedB(stores);
    expect((await orderIn(stores, 'ord_b')).status).toBe('APPROVED');
    expect(await listed(stores)).toEqual({ lines: [], left: 0 });
    expect(await audited(stores)).toEqual([]);
  });

  test('a lost order that is repeated after its release is rejected and never approved by stored answers', async () => {
    const stores = restored('orders');
    await released(stores);
    await repeatedB(stores);
    expect(await orderIn(stores, 'ord_b')).toMatchObject({ status: 'REJECTED', reason: 'RELEASED_EARLIER' });
  });
});

describe('with an older orders store, a release beside other work', () => {
  test('an order that comes back while it is released keeps its stock and its credit', async () => {
    const stores = restored('orders');
    const stock = await firstPage(unownedStock(sessionsOf(stores), 0));
    const credit = await firstPage(unownedCredit(sessionsOf(stores), 0));
    expect([stock, credit].map((found) => found.map(({ orderId }) => orderId))).toEqual([
      ['ord_b'],
      ['ord_b'],
    ]);
    await repeatedB(stores);
    expect(await releaseStock(stores, stock, 'anna')).toEqual([]);
    expect(await releaseCredit(stores, credit, 'anna')).toEqual([]);
    expect((await orderIn(stores, 'ord_b')).status).toBe('APPROVED');
  });

  test.each(['stock', 'credit'] as const)(
    'a saga that answers between the look and the release keeps its %s',
    async (what) => {
      const stores = restored('orders');
      const found = {
        stock: await firstPage(unownedStock(sessionsOf(stores), 0)),
        credit: await firstPage(unownedCredit(sessionsOf(stores), 0)),
      };
      let reads = 0;
      // The second look at the orders is the last one before the release: the order comes back right after it.
      const orders = {
        ...stores.orders,
        client: {
          async $queryRaw(query: TemplateStringsArray, ...values: unknown[]) {
            const rows = await stores.orders.client.$queryRaw(query, ...values);
            reads += 1;
            if (reads === 2) await repeatedB(stores);
            return rows;
          },
        },
      };
      const racing = { ...stores, orders } as unknown as Stores;
      const release =
        what === 'stock'
          ? releaseStock(racing, found.stock, 'anna')
          : releaseCredit(racing, found.credit, 'anna');
      expect(await release).toEqual([]);
      expect((await orderIn(stores, 'ord_b')).status).toBe('APPROVED');
      expect((await stores.inventoryReads.reservation('rsv_b'))?.state).toBe('COMMITTED');
    },
  );

  test('two runs at once release a thing once', async () => {
    const stores = restored('orders');
    const runs = await Promise.all([released(stores), released(stores)]);
    const done = runs.flatMap(({ lines }) => lines.filter((line) => / rsv_b .*: released/.test(line)));
    expect(done.length).toBeLessThanOrEqual(1);
    const events = await stores.inventory.client.event.count({
      where: { stream: 'reservation/rsv_b', type: 'inventory.reservation-released.v1' },
    });
    expect(events).toBe(1);
    const after = (await listed(stores)).lines.filter((line) => line.includes('ord_b'));
    expect(after).toEqual([]);
  });

  test('an order that changed within the safe age is left alone', async () => {
    const stores = restored('orders');
    expect(await reconcileStores(stores, { safeMinutes: 10, releaseBy: 'anna' })).toEqual({
      lines: [],
      left: 0,
    });
    expect((await stores.inventoryReads.reservation('rsv_b'))?.state).toBe('COMMITTED');
  });
});
