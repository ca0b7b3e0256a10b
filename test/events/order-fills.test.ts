import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import { fillableOrders } from '../../src/events/handlers/fill-orders';
import { orderFills } from '../../src/events/handlers/order-fills';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { openStores } from '../../src/stores/stores';
import { cause, countRow, createOrders, ERP, openShops, order, stockUp, waitingTurns } from '../stores/shop';
import { carried, record, recordedRows, runDirect } from '../support/direct-saga';
import { cancelOf, reviseOf } from '../support/new-commands';
import { caughtUp, Relays } from './following';

const TELLER = path.join(__dirname, 'dying-teller.ts');
const NOWHERE = 'postgresql://nobody@127.0.0.1:1/nothing';

let shops: Awaited<ReturnType<typeof openShops>>;
let serial = 0;
const relays = new Relays();

beforeAll(async () => {
  shops = await openShops(1);
});
afterEach(() => relays.stop());
afterAll(() => shops.close());

function shop() {
  const [one] = shops.shops;
  if (!one) throw new Error('no shop');
  return one;
}

/** Backorders two units of a new item without stock; nothing of the order is recorded yet. */
async function backorder(limit = 1_000): Promise<NewCommand<'create'> & { readonly sku: string }> {
  serial += 1;
  const sku = `late-${serial}`;
  const { inventorySetUp } = shop().stores;
  await stockUp(shop().stores, { [sku]: { n1: 0 } });
  const mode = { mode: 'unlimited' } as const;
  await inventorySetUp.setItem({ sku, name: sku, backorder: mode, perOrderMax: null, tags: [] }, cause);
  await shop().stores.credit.setAccount(sku, { currency: 'EUR', limit }, cause);
  return { ...order(sku, [[sku, 2]], { customerId: sku }), sku };
}

/** Delivers the units and lets the inventory fill the entry. */
async function fill(sku: string): Promise<void> {
  const { inventoryFeed } = shop().stores;
  await inventoryFeed.apply(ERP, [countRow({ sku, count: 2, sequence: 2 })], cause);
  const [answer] = await shop().fillBackorders(await waitingTurns(shop().stores, sku));
  expect(answer).toMatchObject({ kind: 'done', allocations: [{ sku, nodeId: 'n1', quantity: 2 }] });
}

/** Creates a backorder that the inventory has filled and whose order has not applied the fill. */
async function filled(): Promise<NewCommand<'create'>> {
  const { sku, ...command } = await backorder();
  expect(await createOrders(shop(), [command])).toEqual([command.id]);
  await fill(sku);
  expect((await rowOf(command)).status).toBe('BACKORDERED');
  return command;
}

async function rowOf({ id }: NewCommand<'create'>) {
  const row = await shop().stores.ordersReads.order(id);
  if (!row) throw new Error(`no order ${id}`);
  return row;
}

/** Runs a relay until every fill is added to its order. */
async function tell(): Promise<void> {
  const { stores } = shop();
  relays.start(stores, orderFills(fillableOrders(stores.orders, USUAL_DEADLINES)));
  await caughtUp(stores, 'order-fills');
}

async function typesOf({ id }: NewCommand<'create'>): Promise<readonly string[]> {
  const { client } = shop().stores.orders;
  const events = await client.event.findMany({
    where: { stream: `order/${id}` },
    orderBy: { version: 'asc' },
  });
  return events.map(({ type }) => type);
}

const FILLED_ONCE = ['orders.order-recorded.v1', 'orders.order-approved.v1', 'orders.backorder-filled.v1'];
const FILLED = {
  status: 'APPROVED',
  lines: [{ waits: [] }],
  shipments: [{ nodeId: 'n1', lines: [{ lineId: '1', quantity: 2 }] }],
};

test.each(['before', 'after'])(
  'an order hears once of its fill from the relay that follows one killed %s it told it',
  async (moment) => {
    const command = await filled();
    const relay = fork(TELLER, [shops.database.url, moment], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [, signal] = await once(relay, 'exit');
    expect(signal).toBe('SIGKILL');
    expect((await rowOf(command)).status).toBe(moment === 'after' ? 'APPROVED' : 'BACKORDERED');
    await tell();
    expect(await rowOf(command)).toMatchObject(FILLED);
    expect(await typesOf(command)).toEqual(FILLED_ONCE);
  },
);

test('an order hears of its fill once the orders store is back, and the event is not parked', async () => {
  const command = await filled();
  const { stores } = shop();
  const cutOff = openStores({ orders: NOWHERE, inventory: NOWHERE, credit: NOWHERE }, 1);
  relays.start(stores, orderFills(fillableOrders(cutOff.orders, USUAL_DEADLINES)));
  const giveUpAt = performance.now() + 20_000;
  while (relays.errors.length < 4 && performance.now() < giveUpAt) await new Promise(setImmediate);
  expect(relays.errors.length).toBeGreaterThanOrEqual(4);
  await relays.stop();
  expect((await rowOf(command)).status).toBe('BACKORDERED');
  await tell();
  expect(await rowOf(command)).toMatchObject(FILLED);
  expect(await typesOf(command)).toEqual(FILLED_ONCE);
  const status = await stores.subscriptions.inventory.list();
  expect(status.find(({ name }) => name === 'order-fills')?.parked).toEqual([]);
  await cutOff.close();
});

test('fills that are read again from the start change nothing, also while the order is being revised', async () => {
  const command = await filled();
  await tell();
  const { stores } = shop();
  const { id, wanted } = command;
  const revision = reviseOf({ id, customerId: wanted.customerId, version: 1 }, wanted.lines);
  expect(await record(stores, [revision])).toMatchObject([{ kind: 'recorded' }]);
  const before = await rowOf(command);
  expect(before.status).toBe('REVISION_PENDING');
  await stores.subscriptions.inventory.restart('order-fills', 'start', { caller: 'tester' });
  await caughtUp(stores, 'order-fills');
  expect(await rowOf(command)).toEqual(before);
});

describe('a fill before the approval', () => {
  /** Creates a PENDING order whose backorder is filled; its saga goes on from there. */
  async function pending(limit: number) {
    const { sku, ...command } = await backorder(limit);
    const rows = recordedRows(await record(shop().stores, [command]));
    await shop().commitStock([command]);
    await fill(sku);
    return { command, goOn: () => runDirect(shop().stores, rows) };
  }

  test('is kept, and applied at the approval', async () => {
    const { command, goOn } = await pending(1_000);
    await tell();
    expect(await rowOf(command)).toMatchObject({ status: 'PENDING', earlyFills: [{ place: 1 }] });
    await goOn();
    expect(await rowOf(command)).toMatchObject({ ...FILLED, earlyFills: [] });
  });

  test('is dropped where the order is rejected instead', async () => {
    const { command, goOn } = await pending(0);
    await tell();
    await goOn();
    expect(await rowOf(command)).toMatchObject({ status: 'REJECTED', earlyFills: [], shipments: [] });
  });

  test('is dropped where the order hears of it when it was rejected', async () => {
    const { command, goOn } = await pending(0);
    await goOn();
    const before = await typesOf(command);
    await tell();
    expect(await typesOf(command)).toEqual(before);
  });
});

test('a fill that its order hears of when it was cancelled is dropped', async () => {
  const command = await filled();
  const { id, wanted } = command;
  await carried(shop().stores, [cancelOf({ id, customerId: wanted.customerId })]);
  const before = await typesOf(command);
  await tell();
  expect(await typesOf(command)).toEqual(before);
  expect(await rowOf(command)).toMatchObject({ status: 'CANCELLED', shipments: [], earlyFills: [] });
});
