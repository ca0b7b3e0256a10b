import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BackorderEntry } from '../../src/domain/inventory/limits/backorder';
import { type Known, KnownItems } from '../../src/domain/inventory/offer/availability';
import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import { type Offer, offerOf } from '../../src/domain/inventory/offer/offer';
import { freshShelf } from '../../src/domain/inventory/offer/shelf';
import { offersFor } from '../../src/domain/inventory/reservation/reserve';
import { type CountsRepeated, lastRepeat } from '../../src/domain/inventory/supply/freshness';
import {
  countsRepeatedBy,
  FRESHNESS_EVENTS,
  settingAfter,
  shelfAfter,
} from '../../src/events/availability-fold';
import { AVAILABILITY_EVENTS, availability } from '../../src/events/projections/availability-projection';
import type { SettingRow, ShelfRow } from '../../src/stores/inventory/availability/availability-rows';
import { lockAndLoadInventory } from '../../src/stores/inventory/inventory-load';
import { readLog } from '../../src/stores/log/event-feed';
import { LOG_START } from '../../src/stores/log/log-cursor';
import type { Stores } from '../../src/stores/stores';
import { setCap, setRule } from '../stores/inventory/limits';
import { SeededRandom } from '../stores/seeded-random';
import { aNode, cause, countRow, ERP, openShops, order, type Shop, stockUp } from '../stores/shop';
import { caughtUp, Relays } from './following';
import { MERCHANT, RandomTrader, SKUS } from './random-trade';

const BUYERS = [
  { region: 'eu', channel: null, shippingMethod: null, customerId: null },
  { region: 'us', channel: 'web', shippingMethod: null, customerId: 'ann' },
  { region: 'us', channel: 'shop', shippingMethod: null, customerId: null },
];

let shops: Awaited<ReturnType<typeof openShops>>;
let stores: Stores;
let relays: Relays;

beforeEach(async () => {
  shops = await openShops(3);
  stores = (shops.shops[0] as Shop).stores;
  relays = new Relays();
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 25, n2: 10 }])));
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n3: 5 }])), MERCHANT);
  const promised = {
    sku: 'new',
    name: 'new',
    backorder: { mode: 'unlimited' },
    perOrderMax: null,
    tags: [],
  } as const;
  await stores.inventorySetUp.setItem(promised, cause);
  await (shops.shops[0] as Shop).commitStock([order('first', [['new', 3]])]);
  await setCap(stores, 'cap-1', { skus: SKUS.slice(0, 2), limit: 50 });
  await setRule(stores, 'rule-1', { nodeId: 'n2', channel: 'shop' });
});

afterEach(async () => {
  await relays.stop();
  await shops.close();
});

let trades = 0;

async function trade(rounds = 60): Promise<void> {
  const traders = shops.shops.map((shop, index) => {
    const random = new SeededRandom(SeededRandom.seed + ++trades);
    return new RandomTrader(`${'xyz'.charAt(index)}${trades}-`, shop, random, index === 0);
  });
  await Promise.all(traders.map((trader) => trader.run(rounds)));
}

/**
 * Creates a node that trade never reaches, with plenty of an item: trade may use up all stock or disable every other
 * node.
 */
async function plentyElsewhere(sku: string): Promise<void> {
  const source = { ...ERP, id: 'annex', nodes: ['n4'] };
  await stores.inventorySetUp.setNode({ ...aNode, id: 'n4' }, cause);
  await stores.inventorySetUp.setSource(source, cause);
  await stores.inventoryFeed.apply(source, [countRow({ sku, nodeId: 'n4', count: 100_000 })], cause);
}

/** Returns every projected entry of the backorder queues, by SKU. */
async function allEntries(): Promise<ReadonlyMap<string, readonly BackorderEntry[]>> {
  const stored = await stores.inventory.client.availabilityBackorder.findMany({ orderBy: { place: 'asc' } });
  const of = (sku: string) =>
    stored.filter((row) => row.sku === sku).map(({ entry }) => entry as unknown as BackorderEntry);
  return new Map(SKUS.map((sku) => [sku, of(sku)]));
}

/** Returns the facts of a reservation and the answer of availability at the same moment. */
async function bothSides(): Promise<{ reserving: readonly Offer[]; answering: readonly Offer[] }> {
  const { now, reserving } = await reservingNow();
  // The read is later than `now`, when other entries may matter: all of them are compared.
  const known = { ...(await stores.availability.known(SKUS)), entries: await allEntries() };
  return { reserving, answering: offersIn(known, now) };
}

/** Returns the facts of a reservation at this moment. */
async function reservingNow(): Promise<{ now: string; reserving: readonly Offer[] }> {
  const nobody = {
    step: 'none',
    commandIds: [],
    reservationIds: [],
    orderIds: [],
    claims: [],
  };
  const scope = { ...nobody, skus: SKUS };
  const { now, room } = await stores.inventory.pool.transaction((session) =>
    lockAndLoadInventory(session, scope),
  );
  const demands = SKUS.map((sku) => ({ sku, quantity: 1 }));
  const reserving = BUYERS.flatMap((buyer) => offersFor({ demands, buyer }, room, now) as readonly Offer[]);
  return { now, reserving: reserving.map(inOrder) };
}

function offersIn(known: Known, now: string): readonly Offer[] {
  const items = new KnownItems(known, now);
  const offers = BUYERS.flatMap((buyer) =>
    SKUS.map((sku) => {
      const facts = items.facts(sku);
      if (!facts) throw new Error(`${sku} is not known`);
      return offerOf(facts, buyer, now);
    }),
  );
  return offers.map(inOrder);
}

function inOrder(offer: Offer): Offer {
  const byNode = (a: { nodeId: string }, b: { nodeId: string }) => (a.nodeId < b.nodeId ? -1 : 1);
  return { ...offer, nodes: offer.nodes.toSorted(byNode), excluded: offer.excluded.toSorted(byNode) };
}

async function rows() {
  const orderBy = [{ sku: 'asc' as const }, { place: 'asc' as const }];
  return {
    entries: await stores.inventory.client.availabilityBackorder.findMany({ orderBy }),
    shelves: await stores.availability.shelvesAfter(['', ''], 1_000),
    settings: await stores.availability.settingsAfter(['', ''], 1_000),
  };
}

test(`after any trade, availability says what a reservation is decided on, and rebuilt it says the same (seed ${SeededRandom.seed})`, async () => {
  for (const { stores: own } of shops.shops.slice(1)) relays.start(own, availability);
  await trade();
  await plentyElsewhere('apple');
  await caughtUp(stores, 'availability');
  const { reserving, answering } = await bothSides();
  expect(answering).toEqual(reserving);
  expect(answering.some(({ atp }) => atp > 0)).toBe(true);
  const folded = await rows();
  expect(folded.entries.length).toBeGreaterThan(0);
  // Every item at the three nodes of the trade, and one at the fourth.
  expect(folded.shelves).toHaveLength(3 * SKUS.length + 1);
  expect(new Set(folded.settings.map(({ kind }) => kind)).size).toBe(6);
  await stores.subscriptions.inventory.restart('availability', 'start', { caller: 'tester' });
  await caughtUp(stores, 'availability');
  expect(await rows()).toEqual(folded);
  expect(relays.errors).toEqual([]);
});

test('relays killed in the middle of a turn, one after the other, leave rows as if nothing had been', async () => {
  let dying = true;
  const trading = (async () => {
    while (dying) await trade(20);
  })();
  for (const turns of [1, 3, 6]) {
    const script = path.join(__dirname, 'dying-relay.ts');
    const child = fork(script, [shops.database.url, `${turns}`], { execArgv: ['--import', 'tsx'] });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
  }
  dying = false;
  relays.start(stores, availability);
  await trading;
  await caughtUp(stores, 'availability');
  const folded = await rows();
  await stores.subscriptions.inventory.restart('availability', 'start', { caller: 'tester' });
  await caughtUp(stores, 'availability');
  expect(await rows()).toEqual(folded);
  const { reserving, answering } = await bothSides();
  expect(answering).toEqual(reserving);
});

test('what was so at a moment is still told when much has happened since', async () => {
  await trade();
  const then = await Promise.all(SKUS.map((sku) => stores.inventoryReads.stockFacts(sku)));
  await laterThan(...then.map(({ now }) => now));
  await trade();
  for (const [index, { now, facts }] of then.entries()) {
    const sku = SKUS[index] ?? '';
    const past = await stores.stockHistory.at(sku, now);
    if (!past) throw new Error(`${sku} has no past`);
    const told = new KnownItems(past, now).stock(sku).map((one) => nodeTerms(one, now));
    expect(told.filter(({ freshness }) => freshness !== 'unknown')).toEqual(
      facts.map((one) => nodeTerms(one, now)).filter(({ freshness }) => freshness !== 'unknown'),
    );
    expect(told).toHaveLength(3);
  }
});

test(`availability as of a moment is what a reservation was decided on then (seed ${SeededRandom.seed})`, async () => {
  await trade();
  const { now, reserving } = await reservingNow();
  await laterThan(now);
  await trade();
  await setCap(stores, 'cap-1', { skus: ['new'], limit: 1 });
  await setRule(stores, 'rule-1', { nodeId: 'n1' });
  const past = await stores.stockHistory.known(SKUS, now);
  expect(past.isAhead).toBe(false);
  expect(offersIn(past, now)).toEqual(reserving);
});

test('a snapshot and the events after it give the same rows', async () => {
  relays.start(stores, availability);
  await trade();
  const cursor = (await stores.availability.cursor()) ?? LOG_START;
  // The reads after the cursor contain more events than it, and ever more, because the trade continues.
  const going = trade();
  const before = await rows();
  await going;
  await caughtUp(stores, 'availability');
  const shelves = new Map(before.shelves.map((row) => [`stock/${row.stock.sku}/${row.stock.nodeId}`, row]));
  const settings = new Map(before.settings.map((row) => [`${row.kind}/${row.id}`, row]));
  const filter = { types: [...AVAILABILITY_EVENTS, ...FRESHNESS_EVENTS], stream: null };
  let page = await readLog(stores.inventory.client, cursor, filter, 50);
  for (;;) {
    for (const event of page.events as never[]) {
      const { stream } = event as { stream: string };
      const { counts = [], nodeId, ...message } = countsRepeatedBy(event) ?? {};
      for (const count of counts) {
        const row = shelves.get(`stock/${count.sku}/${nodeId}`);
        const repeat = lastRepeat(message as CountsRepeated, count);
        if (row) shelves.set(`stock/${count.sku}/${nodeId}`, freshShelf(row, [repeat]));
      }
      if (counts.length > 0) continue;
      if (stream.startsWith('stock/')) shelves.set(stream, shelfAfter(shelves.get(stream), event));
      else {
        const next = settingAfter(settings.get(stream.replace(/^backorder/, 'queue')), event);
        settings.set(`${next.kind}/${next.id}`, next);
      }
    }
    if (page.isLast) break;
    page = await readLog(stores.inventory.client, page.next, filter, 50);
  }
  const after = await rows();
  expect([...shelves.values()].sort(byPlace)).toEqual([...after.shelves].sort(byPlace));
  expect([...settings.values()].sort(byId)).toEqual([...after.settings].sort(byId));
});

/** Waits until the database's clock shows a later time: events at one time cannot be told apart. */
async function laterThan(...moments: readonly string[]): Promise<void> {
  for (;;) {
    const { now } = await stores.inventoryReads.stockFacts('apple');
    if (moments.every((moment) => now > moment)) return;
  }
}

const byPlace = ({ stock: a }: ShelfRow, { stock: b }: ShelfRow) =>
  `${a.sku}/${a.nodeId}` < `${b.sku}/${b.nodeId}` ? -1 : 1;
const byId = (a: SettingRow, b: SettingRow) => (`${a.kind}/${a.id}` < `${b.kind}/${b.id}` ? -1 : 1);
