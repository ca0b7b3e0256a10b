import { setTimeout as sleep } from 'node:timers/promises';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import { participants } from '../../examples/choreography/participants';
import { auditBooks } from '../../src/audit/audit';
import type { Order } from '../../src/domain/order/order';
import { processBatch } from '../../src/events/subscriptions/process-batch';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import type { Stores } from '../../src/stores/stores';
import { Relays } from '../events/following';
import { SeededRandom } from '../stores/seeded-random';
import { cause, ERP, openShops, stockUp } from '../stores/shop';
import { carried, record } from '../support/direct-saga';
import { orderOf } from '../support/new-commands';

const ORDERS = 1_000;
const ITEMS = Array.from({ length: 150 }, (_, index) => `i${index}`);
const CUSTOMERS = Array.from({ length: 150 }, (_, index) => `c${index}`);

let shops: Awaited<ReturnType<typeof openShops>>[];
let sagas: Stores;
let choreography: Stores;

beforeAll(async () => {
  shops = [await openShops(1), await openShops(1)];
  [sagas, choreography] = shops.map(({ shops: [shop] }) => shop?.stores) as [Stores, Stores];
});

afterAll(() => Promise.all(shops.map(({ close }) => close())));

/** Sets up the same random stock and credit in every shop. */
async function setUp(random: SeededRandom): Promise<void> {
  const units = Object.fromEntries(
    ITEMS.map((sku) => [sku, Object.fromEntries(ERP.nodes.map((node) => [node, random.below(25)]))]),
  );
  const waiting = ITEMS.filter(() => random.below(5) === 0);
  const limits = CUSTOMERS.map((customer) => [customer, 100 + random.below(2_000)] as const);
  for (const stores of [sagas, choreography]) {
    await stockUp(stores, units);
    for (const sku of waiting) {
      const backorder = { mode: 'limited', limit: 5 } as const;
      await stores.inventorySetUp.setItem({ sku, name: sku, backorder, perOrderMax: null, tags: [] }, cause);
    }
    for (const [customer, limit] of limits)
      await stores.credit.setAccount(customer, { currency: 'EUR', limit }, cause);
  }
}

function randomOrder(random: SeededRandom, index: number): NewCommand<'create'> {
  const lines = Array.from(
    { length: 1 + random.below(3) },
    () => [random.pick(ITEMS), 1 + random.below(6), 10 + random.below(40)] as const,
  );
  return orderOf(lines, {
    id: `ord_${String(index).padStart(4, '0')}`,
    customerId: random.below(50) === 0 ? 'nobody' : random.pick(CUSTOMERS),
    currency: random.below(50) === 0 ? 'USD' : 'EUR',
    region: random.pick(['eu', 'us']),
    shipComplete: random.below(5) === 0,
    maxShipments: random.below(5) === 0 ? 1 : null,
  });
}

/**
 * Divides orders into batches in which no two share a customer or an item. The orders of one batch do not depend on each
 * other, so both sides may carry them out in any order.
 */
function independentBatches(orders: readonly NewCommand<'create'>[]) {
  const batches: NewCommand<'create'>[][] = [[]];
  let taken = new Set<string>();
  for (const order of orders) {
    const { customerId, lines } = order.wanted;
    const needs = [customerId, ...lines.map(({ sku }) => sku)];
    if (needs.some((need) => taken.has(need))) {
      batches.push([]);
      taken = new Set();
    }
    for (const need of needs) taken.add(need);
    batches.at(-1)?.push(order);
  }
  return batches;
}

/** Lets every participant react to what is in the logs, as relays do, without their pauses. */
class Stage {
  readonly cast: readonly Subscription[];

  constructor(private readonly stores: Stores) {
    this.cast = participants(stores, USUAL_DEADLINES);
  }

  async register(): Promise<void> {
    for (const { name, revision, log } of this.cast)
      await this.stores.subscriptions[log].register({ name, revision, kind: 'reaction' });
  }

  async untilQuiet(): Promise<void> {
    for (let hasHandled = true; hasHandled; ) {
      hasHandled = false;
      for (const one of this.cast) {
        const store = this.stores.subscriptions[one.log];
        if ((await store.unread(one.name, one.types)) !== 'wanted') continue;
        await processBatch({ store, owner: 'test', signal: new AbortController().signal }, one, 500);
        hasHandled = true;
      }
    }
  }
}

/** Returns the fields of an order that both ways of creating it must leave equal. */
function outcome({ id, status, reason, shortages, lines, total, payment, shipments }: Order) {
  const sent = shipments.map(({ nodeId, state, lines: units }) => ({ nodeId, state, units }));
  return { id, status, reason, shortages, lines, total, payment, sent };
}

async function books(stores: Stores, ids: readonly string[]) {
  const orders = await stores.ordersReads.orders(ids);
  const stock = await stores.inventory.client.stock.findMany({
    orderBy: [{ sku: 'asc' }, { nodeId: 'asc' }],
  });
  const backorders = await stores.inventory.client.backorder.findMany({
    orderBy: [{ sku: 'asc' }, { place: 'asc' }],
  });
  return {
    orders: ids.flatMap((id) => orders.get(id) ?? []).map(outcome),
    credit: await stores.credit.accounts('', 1_000),
    stock: stock.map(({ sku, nodeId, committed, held }) => `${sku} ${nodeId} ${committed} ${held}`),
    backorders: backorders.map(({ sku, place, quantity }) => `${sku} ${place} ${quantity}`),
  };
}

test(`the choreography reaches the outcomes of the sagas on ${ORDERS} random orders, seed ${SeededRandom.seed}`, async () => {
  const random = new SeededRandom();
  await setUp(random);
  const orders = Array.from({ length: ORDERS }, (_, index) => randomOrder(random, index));
  const stage = new Stage(choreography);
  await stage.register();
  for (const batch of independentBatches(orders)) {
    await Promise.all([carried(sagas, batch), record(choreography, batch).then(() => stage.untilQuiet())]);
  }
  const ids = orders.map(({ id }) => id);
  const expected = await books(sagas, ids);
  expect(await books(choreography, ids)).toEqual(expected);
  const reasons = new Set(expected.orders.map(({ status, reason }) => reason ?? status));
  expect([...reasons]).toEqual(
    expect.arrayContaining([
      'APPROVED',
      'BACKORDERED',
      'OUT_OF_STOCK',
      'TOO_MANY_SHIPMENTS',
      'CREDIT_LIMIT_EXCEEDED',
      'UNKNOWN_CUSTOMER',
      'CURRENCY_MISMATCH',
    ]),
  );
  for (const stores of [sagas, choreography]) expect(await auditBooks(stores)).toEqual([]);
}, 120_000);

test('events that come again change nothing', async () => {
  const stage = new Stage(choreography);
  const ids = Array.from({ length: ORDERS }, (_, index) => `ord_${String(index).padStart(4, '0')}`);
  const before = await books(choreography, ids);
  for (const { log, name } of stage.cast)
    await choreography.subscriptions[log].restart(name, 'start', { caller: 'tester' });
  await stage.untilQuiet();
  expect(await books(choreography, ids)).toEqual(before);
  expect(await auditBooks(choreography)).toEqual([]);
});

test('orders wait for a participant that is down, and are decided when it is back', async () => {
  const relays = new Relays();
  const { cast } = new Stage(choreography);
  const isDown = ({ name }: Subscription) => name.startsWith('inventory-');
  for (const one of cast.filter((other) => !isDown(other))) relays.start(choreography, one);
  await stockUp(choreography, { fresh: { n1: 3 } });
  await choreography.credit.setAccount('rich', { currency: 'EUR', limit: 1_000_000 }, cause);
  const orders = [1, 1, 1, 1_000, 1_000].map((quantity, index) =>
    orderOf([['fresh', quantity, 10]], { id: `ord_down${index}`, customerId: 'rich', region: 'eu' }),
  );
  const ids = orders.map(({ id }) => id);
  const statuses = async () => (await books(choreography, ids)).orders.map(({ status }) => status);
  const held = async () => (await choreography.credit.account('rich'))?.held;
  await record(choreography, orders);
  while ((await held()) !== 3 * 10 + 2 * 10_000) await sleep(20);
  expect(await statuses()).toEqual(ids.map(() => 'PENDING'));
  for (const one of cast.filter(isDown)) relays.start(choreography, one);
  while ((await statuses()).includes('PENDING')) await sleep(20);
  expect(await statuses()).toEqual(['APPROVED', 'APPROVED', 'APPROVED', 'REJECTED', 'REJECTED']);
  while ((await held()) !== 3 * 10) await sleep(20);
  await relays.stop();
  expect(relays.errors).toEqual([]);
  expect(await auditBooks(choreography)).toEqual([]);
});
