import { setTimeout as sleep } from 'node:timers/promises';
import type { Buyer } from '../../src/domain/inventory/limits/eligibility';
import { KnownItems } from '../../src/domain/inventory/offer/availability';
import type { BriefOffer } from '../../src/domain/inventory/offer/brief-offer';
import { type Offer, offerOf } from '../../src/domain/inventory/offer/offer';
import { AvailabilityMemory, MEMORY_LIMITS, type MemoryLimits } from '../../src/events/availability-memory';
import { availability } from '../../src/events/projections/availability-projection';
import { AvailabilityReads, type KnownNow } from '../../src/stores/inventory/availability/availability-reads';
import { StorePool } from '../../src/stores/postgres/store-pool';
import type { Stores } from '../../src/stores/stores';
import { setCap, setRule } from '../stores/inventory/limits';
import { SeededRandom } from '../stores/seeded-random';
import { cause, countRow, ERP, openShops, order, type Shop, stockUp } from '../stores/shop';
import { caughtUp, Relays } from './following';
import { MERCHANT, RandomTrader, SKUS } from './random-trade';

const BUYERS: readonly Buyer[] = [
  { region: 'eu', channel: null, shippingMethod: null, customerId: null },
  { region: 'us', channel: 'web', shippingMethod: null, customerId: 'ann' },
];

/** The reads of the database, and the items that were read. */
class CountedReads extends AvailabilityReads {
  asked = 0;
  items: string[] = [];

  override known(skus: readonly string[]): Promise<KnownNow> {
    this.asked += 1;
    this.items.push(...skus);
    return super.known(skus);
  }
}

/** A store whose log cannot be read for a while. */
class HeldStore extends StorePool {
  /** Resolves when a read waits. */
  asked: Promise<void> = Promise.resolve();
  release = () => {};
  #held: Promise<void> = Promise.resolve();
  #noteAsked = () => {};

  hold(): void {
    this.#held = new Promise((resolve) => {
      this.release = resolve;
    });
    this.asked = new Promise((resolve) => {
      this.#noteAsked = resolve;
    });
  }

  override async $queryRaw<Rows>(...query: Parameters<StorePool['$queryRaw']>): Promise<Rows> {
    this.#noteAsked();
    await this.#held;
    return super.$queryRaw<Rows>(...query);
  }
}

let shops: Awaited<ReturnType<typeof openShops>>;
let stores: Stores;
let relays: Relays;
let reads: CountedReads;
let memories: AvailabilityMemory[];
const troubles: unknown[] = [];

beforeEach(async () => {
  shops = await openShops(3);
  stores = (shops.shops[0] as Shop).stores;
  relays = new Relays();
  memories = [];
  reads = new CountedReads(stores.inventory.client);
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n1: 25, n2: 10 }])));
  await stockUp(stores, Object.fromEntries(SKUS.map((sku) => [sku, { n3: 5 }])), MERCHANT);
  await setCap(stores, 'cap-1', { skus: SKUS.slice(0, 2), limit: 50 });
  await setRule(stores, 'rule-1', { nodeId: 'n2', channel: 'shop' });
  relays.start((shops.shops[1] as Shop).stores, availability);
  await caughtUp(stores, 'availability');
});

afterEach(async () => {
  await Promise.all(memories.map((memory) => memory.stop()));
  await relays.stop();
  await shops.close();
});

function remembering(limits: Partial<MemoryLimits> = {}, store = stores.inventory.pool): AvailabilityMemory {
  const note = (error: unknown) => troubles.push(error);
  const memory = new AvailabilityMemory(reads, store, note, { ...MEMORY_LIMITS, ...limits });
  memories.push(memory);
  return memory;
}

/** Asks until the answer comes from memory. */
async function fromMemory(memory: AvailabilityMemory, skus: readonly string[]): Promise<KnownNow> {
  for (;;) {
    const before = reads.asked;
    const known = await memory.known(skus);
    if (reads.asked === before) return known;
    await sleep(5);
  }
}

/** Asks until the memory contains everything that was committed before this call. */
async function fromMemoryNow(memory: AvailabilityMemory): Promise<KnownNow> {
  const since = await reads.now();
  for (;;) {
    const known = await fromMemory(memory, SKUS);
    if (known.asOf > since) return known;
    await sleep(5);
  }
}

/** Asks for one item until the answer, from memory or not, contains everything from before a moment. */
async function knownAfter(moment: string, memory: AvailabilityMemory, sku: string): Promise<KnownNow> {
  for (;;) {
    const known = await memory.known([sku]);
    if (known.asOf > moment) return known;
    await sleep(5);
  }
}

function offers(known: KnownNow, now: string): readonly Offer[] {
  const items = new KnownItems(known, now);
  return BUYERS.flatMap((buyer) =>
    SKUS.map((sku) => {
      const facts = items.facts(sku);
      if (!facts) throw new Error(`${sku} is not known`);
      return offerOf(facts, buyer, now);
    }),
  );
}

/** Leaves out how long an offer holds, which depends on when it was computed. */
function quantities({ sku, sellable, atp }: BriefOffer): BriefOffer {
  return { sku, sellable, atp };
}

/**
 * Asks the database for offers before and after a memory that contains everything from before this call. Asks again where
 * time has changed something in between.
 */
async function offersBeside(memory: AvailabilityMemory, buyer: Buyer) {
  const since = await reads.now();
  for (;;) {
    const before = await stores.availability.offers(SKUS, buyer);
    const asked = reads.asked;
    const remembered = await memory.offers(SKUS, buyer);
    const after = await stores.availability.offers(SKUS, buyer);
    const [stored, later] = [before, after].map(({ offers: found }) => found.map(quantities));
    const isSteady = JSON.stringify(stored) === JSON.stringify(later);
    if (isSteady && remembered.asOf > since && reads.asked === asked)
      return { stored, remembered: remembered.offers.map(quantities) };
    await sleep(5);
  }
}

async function trade(rounds: number): Promise<void> {
  await Promise.all(
    shops.shops.map((shop, index) => {
      const random = new SeededRandom(SeededRandom.seed + index);
      return new RandomTrader(`${'xyz'.charAt(index)}-`, shop, random, index === 0).run(rounds);
    }),
  );
}

test(`a memory that was asked before, or for the first time in the middle of a trade, says what the projection says (seed ${SeededRandom.seed})`, async () => {
  const early = remembering();
  await fromMemory(early, SKUS);
  let isOver = false;
  const late: AvailabilityMemory[] = [];
  const asking = (async () => {
    const random = new SeededRandom(SeededRandom.seed);
    while (!isOver) {
      if (late.length < 5) late.push(remembering({ mostRows: random.pick([3, 10, 1_000]) }));
      for (const memory of [early, ...late]) await memory.known([random.pick(SKUS)]);
      await early.offers(SKUS, random.pick(BUYERS));
      await sleep(random.below(20));
    }
  })();
  await trade(60);
  isOver = true;
  await asking;
  await caughtUp(stores, 'availability');
  const { now } = await reads.known([]);
  const projected = offers(await reads.known(SKUS), now);
  const whole = [early, remembering()];
  for (const memory of whole) expect(offers(await fromMemoryNow(memory), now)).toEqual(projected);
  for (const buyer of BUYERS) {
    const { stored, remembered } = await offersBeside(early, buyer);
    expect(remembered).toEqual(stored);
  }
  for (const memory of late)
    for (const sku of SKUS) {
      const known = await knownAfter(now, memory, sku);
      const facts = new KnownItems(known, now).facts(sku);
      expect(facts && offerOf(facts, BUYERS[0] as never, now)).toEqual(projected[SKUS.indexOf(sku)]);
    }
  expect(troubles).toEqual([]);
});

test('a count that repeats shows in memory, and in a memory that loads the item later', async () => {
  const memory = remembering();
  await fromMemory(memory, SKUS);
  await relays.stop();
  const observedAt = '2026-02-01T00:00:00.000Z';
  const row = countRow({ sku: 'apple', count: 25, sequence: 9, observedAt });
  await stores.inventoryFeed.apply(ERP, [row], cause);
  const heardAt = ({ shelves }: KnownNow) =>
    shelves.find(({ stock }) => stock.sku === 'apple' && stock.nodeId === 'n1')?.stock.supplies[0]?.heardAt;
  expect(heardAt(await reads.known(SKUS))).toBe(observedAt);
  expect(heardAt(await fromMemoryNow(memory))).toBe(observedAt);
  expect(heardAt(await fromMemoryNow(remembering()))).toBe(observedAt);
});

test('what is in memory costs no read, and a change shows although the projection stands still', async () => {
  const memory = remembering();
  await fromMemory(memory, SKUS);
  await relays.stop();
  const asked = reads.asked;
  await stores.inventoryFeed.apply(ERP, [countRow({ sku: 'apple', count: 77, sequence: 9 })], cause);
  const known = await fromMemoryNow(memory);
  const [shelf] = known.shelves.filter(({ stock }) => stock.sku === 'apple' && stock.nodeId === 'n1');
  expect(shelf?.stock.supplies[0]?.count).toBe(77);
  expect(reads.asked).toBe(asked);
});

test(`offers from memory are those of the database, between any two changes (seed ${SeededRandom.seed})`, async () => {
  const memory = remembering();
  await fromMemory(memory, SKUS);
  const shop = shops.shops[0] as Shop;
  const trader = new RandomTrader('t-', shop, new SeededRandom(), true);
  for (let change = 0; change < 60; change++) {
    await trader.run(1);
    await caughtUp(stores, 'availability');
    const { stored, remembered } = await offersBeside(memory, BUYERS[change % 2] as Buyer);
    expect(remembered).toEqual(stored);
  }
});

test('only what is not in memory is read, and the answer keeps the order of the question', async () => {
  const memory = remembering();
  await fromMemory(memory, ['apple', 'plum']);
  reads.items = [];
  const skus = ['pear', 'apple', 'no such item', 'plum'];
  const { offers: found } = await memory.offers(skus, BUYERS[0] as Buyer);
  expect(found.map(({ sku }) => sku)).toEqual(skus);
  expect(found.map(({ sellable }) => sellable)).toEqual([40, 40, 0, 40]);
  expect(reads.items).toEqual(['pear', 'no such item']);
});

test('a memory that was warmed answers its first question without a read', async () => {
  const memory = remembering();
  await memory.warm();
  await fromMemory(memory, []);
  expect((await memory.known(SKUS)).shelves.length).toBe(3 * SKUS.length);
  expect(reads.items).toEqual([]);
});

test('an order that waits for stock claims it in memory too, and gives it back', async () => {
  const shop = shops.shops[0] as Shop;
  const promised = {
    sku: 'apple',
    name: 'apple',
    backorder: { mode: 'unlimited' },
    perOrderMax: null,
    tags: [],
  } as const;
  await stores.inventorySetUp.setItem(promised, cause);
  const memory = remembering();
  await fromMemory(memory, SKUS);
  const waiting = order('waits', [['apple', 48]]);
  await shop.commitStock([waiting]);
  const apple = async () => {
    const { now, ...known } = await fromMemoryNow(memory);
    return new KnownItems(known, now).walk('apple').claims.map(({ entry }) => entry.quantity);
  };
  await stores.inventoryFeed.apply(ERP, [countRow({ sku: 'apple', count: 30, sequence: 9 })], cause);
  expect(await apple()).toHaveLength(1);
  await shop.releaseStock([waiting]);
  expect(await apple()).toEqual([]);
});

test('the item asked for longest ago is forgotten first', async () => {
  const memory = remembering({ mostRows: 12 });
  for (const sku of ['apple', 'pear', 'plum']) await fromMemory(memory, [sku]);
  const asked = reads.asked;
  await memory.known(['plum']);
  expect(reads.asked).toBe(asked);
  await memory.known(['apple']);
  expect(reads.asked).toBe(asked + 1);
});

test('a memory that cannot follow the log says so and asks the database', async () => {
  const broken = new StorePool(shops.database.url, 'inventory', 1);
  const memory = remembering({}, broken);
  await fromMemory(memory, SKUS);
  await broken.close();
  for (const before = troubles.length; troubles.length === before; ) await sleep(5);
  await sleepUntilStale(memory);
  const { now, ...known } = await memory.known(SKUS);
  expect(new KnownItems(known, now).facts('apple')?.item.sku).toBe('apple');
  troubles.length = 0;
});

test('a memory that is late answers after its next look at the log, and asks nothing of the database', async () => {
  const store = new HeldStore(shops.database.url, 'inventory', 1);
  const memory = remembering({ staleAfterMs: 100 }, store);
  await fromMemory(memory, SKUS);
  store.hold();
  await store.asked;
  await sleep(150);
  reads.items = [];
  const answers = Promise.all([memory.known(SKUS), memory.offers(SKUS, BUYERS[0] as Buyer)]);
  store.release();
  const [known, { offers: found }] = await answers;
  expect([known.shelves.length, found.length]).toEqual([3 * SKUS.length, SKUS.length]);
  expect(reads.items).toEqual([]);
  await memory.stop();
  await store.close();
});

test('a memory that nobody asks stops following, and begins again when asked', async () => {
  const memory = remembering({ followedForMs: 50 });
  await fromMemory(memory, SKUS);
  await sleep(400);
  const asked = reads.asked;
  await memory.known(SKUS);
  expect(reads.asked).toBe(asked + 1);
  await stores.inventoryFeed.apply(ERP, [countRow({ sku: 'apple', count: 78, sequence: 9 })], cause);
  const again = remembering();
  expect((await fromMemoryNow(again)).shelves.length).toBe(3 * SKUS.length);
});

async function sleepUntilStale(memory: AvailabilityMemory): Promise<void> {
  for (;;) {
    const before = reads.asked;
    await memory.known(SKUS);
    if (reads.asked > before) return;
    await sleep(20);
  }
}
