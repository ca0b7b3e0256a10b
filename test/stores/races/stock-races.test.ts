import { auditBooks } from '../../../src/audit/audit';
import { databaseTrouble } from '../../../src/stores/postgres/database-errors';
import { LOCK_TIMEOUT_MS } from '../../../src/stores/postgres/store-session';
import { lockWaits, untilLockWait } from '../../support/lock-waits';
import { SeededRandom } from '../seeded-random';
import {
  aNode,
  cause,
  countRow,
  createOrders,
  ERP,
  hold,
  LONG_AGO,
  onHold,
  openShops,
  order,
  type Shop,
  stockUp,
} from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let all: Shop[];
let one: Shop;

beforeEach(async () => {
  shops = await openShops(3);
  all = shops.shops;
  const [first] = all;
  if (!first) throw new Error('no shop');
  one = first;
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
});

afterEach(() => shops.close());

const balance = () => auditBooks(one.stores);
const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => all[index % all.length] ?? one;

test('concurrent batches on one SKU grant exactly as many orders as there are units', async () => {
  await stockUp(one.stores, { apple: { n1: 30, n2: 20 } });
  const sets = range(24).map((set) => range(5).map((index) => order(`${set}-${index}`, [['apple', 1]])));
  const approved = await Promise.all(sets.map((set, index) => createOrders(shopOf(index), set)));
  expect(approved.flat()).toHaveLength(50);
  expect(await balance()).toEqual([]);
});

test(`batches over overlapping SKUs in any order neither deadlock nor oversell (seed ${SeededRandom.seed})`, async () => {
  const random = new SeededRandom();
  const skus = range(8).map((index) => `sku-${index}`);
  await stockUp(one.stores, Object.fromEntries(skus.map((sku) => [sku, { n1: 20, n2: 10 }])));
  const sets = range(30).map((set) =>
    range(1 + random.below(8)).map((index) => {
      const lines = random.shuffled(skus).slice(0, 1 + random.below(4));
      return order(
        `${set}-${index}`,
        lines.map((sku) => [sku, 1 + random.below(4)] as const),
      );
    }),
  );
  await Promise.all(sets.map((set, index) => createOrders(shopOf(index), random.shuffled(set))));
  expect(await balance()).toEqual([]);
});

test('two lines of one SKU are taken together or not at all', async () => {
  await stockUp(one.stores, { apple: { n1: 3 } });
  const both = order('a', [
    ['apple', 2],
    ['apple', 2],
  ]);
  expect(await one.commitStock([both])).toEqual([
    expect.objectContaining({ kind: 'refused', reason: 'OUT_OF_STOCK' }),
  ]);
});

test('the same batch run several times at once gives the same answers and takes effect once', async () => {
  await stockUp(one.stores, { apple: { n1: 3 } });
  const commands = range(5).map((index) => order(`${index}`, [['apple', 1]]));
  const run = (shop: Shop) => shop.commitStock(commands);
  const answers = await Promise.all([...all, ...all].map(run));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(answers[0]?.map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'refused', 'refused']);
  expect(await one.stores.inventory.client.event.count({ where: { stream: 'stock/apple/n1' } })).toBe(4);
  await stockUp(one.stores, {}, ERP);
  await one.stores.inventoryFeed.apply(
    ERP,
    [
      {
        messageId: 'm',
        sku: 'apple',
        nodeId: 'n1',
        section: null,
        count: 99,
        sequence: 2,
        observedAt: LONG_AGO,
      },
    ],
    cause,
  );
  expect(await run(one)).toEqual(answers[0]);
});

test('a release and the commit it compensates, in any order, leave nothing held', async () => {
  await stockUp(one.stores, { apple: { n1: 100 } });
  const commands = range(20).map((index) => order(`${index}`, [['apple', 1]]));
  const races = commands.flatMap((command, index) => {
    const commit = () => shopOf(index).commitStock([command]);
    const release = () => shopOf(index + 1).releaseStock([command]);
    return index % 2 === 0 ? [commit(), release()] : [release(), commit()];
  });
  await Promise.all(races);
  const held = await one.stores.inventory.client.reservation.findMany({ where: { state: 'COMMITTED' } });
  expect(held).toEqual([]);
  expect(await one.stores.inventory.client.allocation.count()).toBe(0);
  expect(await balance()).toEqual([]);
});

test('a commit that comes after its release is refused, however often it is repeated', async () => {
  await stockUp(one.stores, { apple: { n1: 1 } });
  const command = order('a', [['apple', 1]]);
  await one.releaseStock([command]);
  for (const shop of all)
    expect(await shop.commitStock([command])).toEqual([{ kind: 'refused', reason: 'RELEASED_EARLIER' }]);
  expect(await balance()).toEqual([]);
});

test('exactly one of several orders takes a hold over', async () => {
  await stockUp(one.stores, { apple: { n1: 10 } });
  await one.holdStock([hold('h', [['apple', 2]])]);
  const orders = range(6).map((index) => order(`${index}`, [['apple', 2]], { reservationId: 'rsv_h' }));
  const answers = await Promise.all(orders.map((each, index) => shopOf(index).commitStock([each])));
  const kinds = answers.flat().map((answer) => (answer.kind === 'refused' ? answer.reason : 'done'));
  expect(kinds.sort()).toEqual(['RESERVATION_MISMATCH', ...Array(4).fill('RESERVATION_MISMATCH'), 'done']);
  expect(await one.stores.inventory.client.stock.findFirst()).toMatchObject({ held: 0n, committed: 2n });
});

test('a hold that is taken over and released at once has exactly one of the two outcomes', async () => {
  await stockUp(one.stores, { apple: { n1: 100 } });
  await Promise.all(
    range(12).map(async (index) => {
      const command = order(`${index}`, [['apple', 1]], { reservationId: `rsv_h${index}` });
      await one.holdStock([hold(`h${index}`, [['apple', 1]])]);
      const [approved, [released]] = await Promise.all([
        createOrders(shopOf(index), [command]),
        shopOf(index + 1).releaseHolds([onHold(`rsv_h${index}`, 'release')]),
      ]);
      expect(approved.length === 1).toBe(released?.kind === 'refused');
    }),
  );
  expect(await balance()).toEqual([]);
});

test('a compensated order releases the hold that it took over, and nothing else', async () => {
  await stockUp(one.stores, { apple: { n1: 10 } });
  await one.holdStock([hold('h', [['apple', 2]]), hold('other', [['apple', 1]])]);
  const command = order('a', [['apple', 2]], { reservationId: 'rsv_h' });
  await one.commitStock([command]);
  await Promise.all(all.map((shop) => shop.releaseStock([command])));
  expect(await one.stores.inventory.client.stock.findFirst()).toMatchObject({ held: 1n, committed: 0n });
  expect(await one.commitStock([order('b', [['apple', 2]], { reservationId: 'rsv_h' })])).toEqual([
    { kind: 'refused', reason: 'RESERVATION_MISMATCH', detail: 'the reservation is RELEASED' },
  ]);
  expect(await balance()).toEqual([]);
});

test('of several bodies under one key of a reservation, the first is recorded', async () => {
  await stockUp(one.stores, { apple: { n1: 10 } });
  const bodies = range(6).map((index) =>
    hold(`${index}`, [['apple', 1]], { idempotencyKey: 'same', fingerprint: `${index}` }),
  );
  const answers = await Promise.all(bodies.map((body, index) => shopOf(index).holdStock([body])));
  const refused = answers.flat().filter(({ kind }) => kind === 'refused');
  expect(refused).toHaveLength(5);
  for (const answer of refused) expect(answer).toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  expect(await one.stores.inventory.client.claim.count()).toBe(1);
  expect(await balance()).toEqual([]);
});

/** A release reads from its reservations which rows to lock. Other reservations may be made before it has the locks. */
test('a release that waits for locks does not release a hold made meanwhile', async () => {
  await stockUp(one.stores, { apple: { n1: 10 }, pear: { n1: 10 } });
  await one.holdStock([hold('known', [['apple', 1]])]);
  const { client } = one.stores.inventory;
  const both = [onHold('rsv_known', 'release'), onHold('rsv_new', 'release')];
  const released = await client.$transaction(async (session) => {
    await session.$queryRaw`SELECT 1 FROM stock WHERE sku = 'apple' FOR UPDATE`;
    const release = shopOf(1).releaseHolds(both);
    await untilLockWait(client);
    await shopOf(2).holdStock([hold('new', [['pear', 1]])]);
    return { release };
  });
  expect(await released.release).toEqual([
    { kind: 'done' },
    { kind: 'refused', reason: 'RESERVATION_MISMATCH' },
  ]);
  expect(await balance()).toEqual([]);
});

describe('while the first count of a node is under way', () => {
  const partner = { ...aNode, id: 'n1', kind: 'partner', feedTtlSeconds: 60 } as const;
  const change = () => shopOf(1).stores.inventorySetUp.setNode(partner, cause);

  /** Repeats the change after a timeout, as a caller that was told to retry. */
  const insist = (): ReturnType<typeof change> =>
    change().catch((error) => (databaseTrouble(error) === 'timeout' ? insist() : Promise.reject(error)));

  /** Begins work, and returns once the work waits or ends, while the count is still under way. */
  async function duringCount<T>(begin: () => Promise<T>, meanwhile = () => Promise.resolve()) {
    const { client } = one.stores.inventory;
    return client.$transaction(async (session) => {
      const nothing = { supplies: [], unavailable: 0, held: 0, committed: 0, streamVersion: 0 };
      await session.stock.create({ data: { sku: 'apple', nodeId: 'n1', ...nothing } });
      let isOver = false;
      const end = begin().finally(() => {
        isOver = true;
      });
      while (!isOver && (await lockWaits(client)) === 0);
      await meanwhile();
      return { end };
    });
  }

  test('it cannot become a partner or cease to be one, however close the two come', async () => {
    await stockUp(one.stores, { apple: {} });
    const { end } = await duringCount(insist);
    expect(await end).toMatchObject({ kind: 'kind-settled' });
    expect(await one.stores.inventorySetUp.node('n1')).toMatchObject({ kind: 'warehouse' });
  });

  test('writers of stock wait behind such a change for a moment only', async () => {
    await stockUp(one.stores, { apple: {}, pear: {} });
    const begun = performance.now();
    const trouble = () => change().then(String, databaseTrouble);
    const { end } = await duringCount(trouble, async () => {
      const row = countRow({ sku: 'pear', nodeId: 'n2', count: 1 });
      const [answer] = await shopOf(2).stores.inventoryFeed.apply(ERP, [row], cause);
      expect(answer).toMatchObject({ kind: 'applied' });
    });
    expect(await end).toBe('timeout');
    expect(performance.now() - begun).toBeLessThan(LOCK_TIMEOUT_MS);
    expect(await one.stores.inventorySetUp.node('n1')).toMatchObject({ kind: 'warehouse' });
  });
});
