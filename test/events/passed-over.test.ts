import { KnownItems } from '../../src/domain/inventory/offer/availability';
import { offerOf } from '../../src/domain/inventory/offer/offer';
import { backorderFilling } from '../../src/events/handlers/backorder-filling';
import { availability } from '../../src/events/projections/availability-projection';
import { setRule } from '../stores/inventory/limits';
import {
  aNode,
  cause,
  countRow,
  ERP,
  hold,
  openShops,
  order,
  type Shop,
  stockUp,
  waitingTurns,
} from '../stores/shop';
import { caughtUp, Relays } from './following';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;
const relays = new Relays();

/** An item without stock that may be backordered, at two warehouses and a partner. */
beforeEach(async () => {
  shops = await openShops(1);
  shop = shops.shops[0] as Shop;
  const { inventorySetUp, inventoryReads: reads } = shop.stores;
  await stockUp(shop.stores, { tea: { n1: 0, n2: 0 } });
  await inventorySetUp.setNode({ ...aNode, id: 'n3', kind: 'partner' }, cause);
  await inventorySetUp.setSource({ ...ERP, nodes: ['n1', 'n2', 'n3'] }, cause);
  await inventorySetUp.setItem(
    { sku: 'tea', name: 'tea', backorder: { mode: 'unlimited' }, perOrderMax: null, tags: [] },
    cause,
  );
  relays.start(shop.stores, availability);
  relays.start(
    shop.stores,
    backorderFilling({ reads, fill: (entries) => shop.fillBackorders(entries), onFault: fail }),
  );
});
afterEach(async () => {
  await relays.stop();
  await shops.close();
});

function fail(fault: unknown): never {
  throw new Error(`a fill failed: ${JSON.stringify(fault)}`);
}

let sequence = 10;
async function deliver(units: Readonly<Record<string, number>>): Promise<void> {
  const rows = Object.entries(units).map(([nodeId, count]) =>
    countRow({ sku: 'tea', nodeId, count, sequence: ++sequence }),
  );
  await shop.stores.inventoryFeed.apply(ERP, rows, cause);
  await caughtUp(shop.stores, 'backorder-filling');
}

/** Returns the units of tea that availability offers from stock, by region. */
async function offered(region: string): Promise<number> {
  await caughtUp(shop.stores, 'availability');
  const { now, ...known } = await shop.stores.availability.known(['tea']);
  const facts = new KnownItems(known, now).facts('tea');
  if (!facts) throw new Error('no tea');
  return offerOf(facts, { region, channel: null, shippingMethod: null, customerId: null }, now).atp;
}

const waiting = async () => (await waitingTurns(shop.stores, 'tea')).map(({ orderId }) => orderId);

async function held(id: string, quantity: number, region = 'eu'): Promise<string> {
  const [answer] = await shop.holdStock([hold(id, [['tea', quantity]], { region })]);
  return answer?.kind ?? 'none';
}

test('an entry that a rule denies all that is there is passed over: others are filled, and the rest is sold', async () => {
  await shop.commitStock([order('denied', [['tea', 2]], { region: 'us' }), order('second', [['tea', 3]])]);
  await setRule(shop.stores, 'no-us', { nodeId: 'n1', region: 'us' });
  await deliver({ n1: 5 });
  expect(await waiting()).toEqual(['ord_denied']);
  expect([await offered('eu'), await offered('us')]).toEqual([2, 0]);
  expect([await held('more', 3), await held('rest', 2)]).toEqual(['refused', 'held']);
  await deliver({ n2: 2 });
  expect(await waiting()).toEqual([]);
});

test('an entry is filled as soon as the rule that denied it is gone', async () => {
  await setRule(shop.stores, 'no-us', { nodeId: 'n1', region: 'us' });
  await shop.commitStock([order('denied', [['tea', 2]], { region: 'us' })]);
  await deliver({ n1: 5 });
  expect(await waiting()).toEqual(['ord_denied']);
  await shop.stores.limitsSetUp.removeRule('no-us', cause);
  await caughtUp(shop.stores, 'backorder-filling');
  expect(await waiting()).toEqual([]);
});

test('stock of a partner fills no entry, and is sold beside the queue', async () => {
  await shop.commitStock([order('first', [['tea', 2]])]);
  await deliver({ n3: 3 });
  expect(await waiting()).toEqual(['ord_first']);
  expect(await offered('eu')).toBe(3);
  expect([await held('all', 3), await held('more', 1)]).toEqual(['held', 'refused']);
});

test('an entry that gets a part keeps its claim, and what it cannot use is sold', async () => {
  await setRule(shop.stores, 'no-us', { nodeId: 'n1', region: 'us' });
  await shop.commitStock([order('large', [['tea', 5]], { region: 'us' })]);
  await deliver({ n1: 4, n2: 3 });
  expect(await waiting()).toEqual(['ord_large']);
  expect([await offered('eu'), await offered('us')]).toEqual([4, 0]);
  expect([await held('more', 5), await held('north', 4)]).toEqual(['refused', 'held']);
  await deliver({ n2: 5 });
  expect(await waiting()).toEqual([]);
});

test('an entry is passed over however many are in front of it', async () => {
  const DEPTH = 1_200;
  await setRule(shop.stores, 'no-us', { nodeId: 'n1', region: 'us' });
  const denied = Array.from({ length: DEPTH }, (_, at) => order(`us${at}`, [['tea', 1]], { region: 'us' }));
  for (let from = 0; from < DEPTH; from += 100) await shop.commitStock(denied.slice(from, from + 100));
  await shop.commitStock([order('last', [['tea', 2]])]);
  await deliver({ n1: 3 });
  expect(await waiting()).toHaveLength(DEPTH);
  expect([await offered('eu'), await offered('us')]).toEqual([1, 0]);
  expect([await held('more', 2), await held('one', 1)]).toEqual(['refused', 'held']);
});
