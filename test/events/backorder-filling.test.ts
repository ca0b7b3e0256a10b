import { decideRestock } from '../../src/domain/inventory/reservation/restock';
import { backorderFilling } from '../../src/events/handlers/backorder-filling';
import type { WaitingTurn } from '../../src/stores/inventory/inventory-reads';
import type { Fault } from '../../src/stores/postgres/isolate-faults';
import { cause, countRow, createOrders, ERP, openShops, order, stockUp, waitingTurns } from '../stores/shop';
import { caughtUp, Relays } from './following';

let shops: Awaited<ReturnType<typeof openShops>>;
const relays = new Relays();
let faults: Fault<WaitingTurn>[];

beforeEach(async () => {
  shops = await openShops(2);
  faults = [];
});
afterEach(async () => {
  await relays.stop();
  await shops.close();
});

function shop(at = 0) {
  const one = shops.shops[at];
  if (!one) throw new Error('no shop');
  return one;
}

/** Creates items without stock, with an order for two units of each. */
async function waitingFor(...skus: readonly string[]): Promise<void> {
  const { stores } = shop();
  await stockUp(stores, Object.fromEntries(skus.map((sku) => [sku, { n1: 0 }])));
  const backorder = { mode: 'unlimited' } as const;
  for (const sku of skus)
    await stores.inventorySetUp.setItem({ sku, name: sku, backorder, perOrderMax: null, tags: [] }, cause);
  await stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  const orders = skus.map((sku) => order(sku, [[sku, 2]]));
  expect(await createOrders(shop(), orders)).toHaveLength(skus.length);
}

const deliver = (...skus: readonly string[]) =>
  shop().stores.inventoryFeed.apply(
    ERP,
    skus.map((sku) => countRow({ sku, count: 2, sequence: 2 })),
    cause,
  );

/** Returns a filler as in the relay; `fill` replaces the transaction. */
function filling(fill: (entries: readonly WaitingTurn[]) => Promise<unknown> = shop().fillBackorders) {
  const { inventoryReads: reads } = shop().stores;
  return backorderFilling({ reads, fill, onFault: (fault) => faults.push(fault) });
}

async function waiting(): Promise<readonly string[]> {
  const rows = await shop().stores.inventory.client.backorder.findMany({ orderBy: { sku: 'asc' } });
  return rows.map(({ sku }) => sku);
}

async function parked() {
  const status = await shop().stores.subscriptions.inventory.list();
  return status.flatMap((one) => one.parked);
}

test('an entry that cannot be filled is reported, and stops neither the others nor the log', async () => {
  await waitingFor('apple', 'bad', 'cherry');
  await deliver('apple', 'bad', 'cherry');
  const { client } = shop().stores.inventory;
  await client.$executeRaw`UPDATE reservation SET buyer = '{"region": 7}', backordered = '"broken"'
    WHERE order_id = 'ord_bad'`;
  relays.start(shop().stores, filling());
  await caughtUp(shop().stores, 'backorder-filling');
  expect(await waiting()).toEqual(['bad']);
  expect(faults.length).toBeGreaterThan(0);
  expect(new Set(faults.map(({ item }) => item.orderId))).toEqual(new Set(['ord_bad']));
  expect(await parked()).toEqual([]);
  expect(relays.errors).toEqual([]);
});

test('an outage parks no event: the entries are filled once it is over', async () => {
  await waitingFor('apple');
  await deliver('apple');
  let outages = 4;
  const shaky = filling(async (entries) => {
    if (--outages >= 0) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    return shop().fillBackorders(entries);
  });
  relays.start(shop().stores, shaky);
  await caughtUp(shop().stores, 'backorder-filling');
  expect(relays.errors).toHaveLength(4);
  expect(await waiting()).toEqual([]);
  expect([faults, await parked()]).toEqual([[], []]);
});

test('an entry that was tried in vain is filled when its stock arrives', async () => {
  await waitingFor('apple');
  const entries = await waitingTurns(shop().stores, 'apple');
  expect(await shop().fillBackorders(entries)).toMatchObject([{ kind: 'refused', reason: 'OUT_OF_STOCK' }]);
  await deliver('apple');
  expect(await shop().fillBackorders(entries)).toMatchObject([{ kind: 'done' }]);
});

test('two relays that try the same entry fill it once', async () => {
  await waitingFor('apple');
  await deliver('apple');
  const entries = await waitingTurns(shop().stores, 'apple');
  const answers = await Promise.all([shop(0).fillBackorders(entries), shop(1).fillBackorders(entries)]);
  expect(answers[0]).toEqual(answers[1]);
  const { client } = shop().stores.inventory;
  expect(await client.event.count({ where: { type: 'inventory.reservation-filled.v1' } })).toBe(1);
  expect(await client.stock.findMany({ select: { committed: true } })).toEqual([{ committed: 2n }]);
});

test('units that come back fill an entry that waits for them', async () => {
  await waitingFor('apple');
  const at = { sku: 'apple', nodeId: 'n1' };
  const request = {
    returnId: 'ret_1',
    nodeId: 'n1',
    units: [{ sku: 'apple', quantity: 2, condition: 'SELLABLE' as const }],
  };
  const scope = { skus: ['apple'], reservationIds: [], orderIds: [], claims: [], arrivals: [at] };
  const command = { commandId: 'ret_1', caller: 'shop', correlation: 'ord_other' };
  await shop().stores.inventory.step('restockUnits', [command], scope, (session) =>
    decideRestock({ ...request, returnedAt: session.now }, session.room),
  );
  relays.start(shop().stores, filling());
  await caughtUp(shop().stores, 'backorder-filling');
  expect(await waiting()).toEqual([]);
});
