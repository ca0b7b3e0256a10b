import { auditBooks } from '../../../src/audit/audit';
import type { StepAnswer } from '../../../src/domain/decision';
import { reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { untilLockWait } from '../../support/lock-waits';
import { reviseOf } from '../../support/new-commands';
import { cause, hold, LONG_AGO, onHold, openShops, order, type Shop, stockUp } from '../shop';
import { setCap, usedOf } from './limits';

const CONNECTIONS = 4;

let shops: Awaited<ReturnType<typeof openShops>>;
let all: Shop[];
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(3, CONNECTIONS);
  all = shops.shops;
  const [first] = all;
  if (!first) throw new Error('no shop');
  shop = first;
  await stockUp(shop.stores, { apple: { n1: 400, n2: 400 }, pear: { n1: 400 } });
});

/** Audits the books but those of orders and credit, as no order was recorded. */
afterEach(async () => {
  const findings = await auditBooks(shop.stores);
  await shops.close();
  expect(findings.filter((finding) => !/^Stock is held for ord_|^credit/.test(finding))).toEqual([]);
});

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const used = (id: string) => usedOf(shop.stores, id);
const one = (command: NewCommand<'create'>) => shop.commitStock([command]).then(([answer]) => answer);
const result = (answer: StepAnswer | undefined) =>
  answer?.kind === 'refused' ? answer.reason : answer?.kind;

/** Runs the tasks through three processes' pools, as many at once as they have connections. */
async function race<T>(tasks: readonly ((by: Shop) => Promise<T>)[]): Promise<T[]> {
  const left = tasks.entries();
  const results: T[] = [];
  const lane = async (by: Shop) => {
    for (const [index, task] of left) results[index] = await task(by);
  };
  await Promise.all(all.flatMap((by) => range(CONNECTIONS).map(() => lane(by))));
  return results;
}

/** Runs 200 buyers at once, some alone and some in batches. Returns the result of each. */
async function crowd(
  buyer: (index: number) => NewCommand<'create'>,
): Promise<readonly (string | undefined)[]> {
  const buyers = range(200).map(buyer);
  const sets = [
    ...range(80).map((at) => [at, at + 1]),
    ...range(12).map((set) => [80 + set * 10, 90 + set * 10]),
  ];
  const answers = await race(
    sets.map(
      ([from, to]) =>
        (by) =>
          by.commitStock(buyers.slice(from, to)),
    ),
  );
  return answers.flat().map(result);
}

const counted = (results: readonly (string | undefined)[]) => ({
  done: results.filter((what) => what === 'done').length,
  capped: results.filter((what) => what === 'CAP_REACHED').length,
});

test('orders that swap items under a used-up cap are all revised while buyers are refused, in three processes', async () => {
  await setCap(shop.stores, 'both', { skus: ['apple', 'pear'], limit: 30 });
  const orders = range(10).map((index) => order(`${index}`, [['apple', 3]]));
  for (const command of orders) expect(result(await one(command))).toBe('done');
  const swaps = orders.map(swapOf);
  const buyers = range(40).map((index) => order(`buyer-${index}`, [['pear', 1]]));
  const results = await race([
    ...swaps.map((swap) => async (by: Shop) => {
      const [extended] = await by.extendStock([swap]);
      const [shrunk] = await by.shrinkStock([swap]);
      return [result(extended), result(shrunk)];
    }),
    ...buyers.map((buyer) => async (by: Shop) => (await by.commitStock([buyer])).map(result)),
  ]);
  expect(results.flat()).toEqual([...Array(20).fill('done'), ...Array(40).fill('CAP_REACHED')]);
  expect(await used('both')).toBe(30);
});

/** Returns the applied revision of an order for three apples to one apple and two pears. */
function swapOf({ subject }: NewCommand<'create'>) {
  const revision = reviseOf({ id: subject, customerId: 'ann', version: 1 }, []);
  const reservationId = reservationIdOf(subject);
  const change = { reservationId, creditBy: 0, shipments: 0 };
  const increases = [{ sku: 'pear', quantity: 2 }];
  const decreases = [{ sku: 'apple', quantity: 2 }];
  const at = { lineId: '1', nodeId: 'n1', place: null, shipmentId: null };
  const recorded = { ...change, content: [], cancelled: [], increases, decreases };
  return {
    ...revision,
    wanted: { ...revision.wanted, recorded },
    decision: {
      ...change,
      kind: 'applied' as const,
      decreases: decreases.map((units) => ({ ...units, ...at })),
    },
  };
}

describe('200 buyers at once never pass', () => {
  test('a cap on one item', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 50 });
    const results = await crowd((index) => order(`${index}`, [['apple', 1]]));
    expect(counted(results)).toEqual({ done: 50, capped: 150 });
    expect(await used('drop')).toBe(50);
  });

  test('a cap that two items share, not even with both in one order', async () => {
    await setCap(shop.stores, 'both', { skus: ['apple', 'pear'], limit: 60 });
    const results = await crowd((index) =>
      order(`${index}`, [['apple', 1], ...(index % 2 === 0 ? [['pear', 1] as const] : [])]),
    );
    const { done, capped } = counted(results);
    expect(done + capped).toBe(200);
    expect([59, 60]).toContain(await used('both'));
  });

  test('a cap for one channel, which leaves the others alone', async () => {
    await setCap(shop.stores, 'web', { skus: ['apple'], channel: 'web', limit: 20 });
    const results = await crowd((index) =>
      order(`${index}`, [['apple', 1]], { channel: [null, 'web', 'app', 'web'][index % 4] ?? null }),
    );
    expect(counted(results)).toEqual({ done: 120, capped: 80 });
  });

  test('a cap for one customer, which leaves the others alone', async () => {
    await setCap(shop.stores, 'ann', { skus: ['apple'], customerId: 'ann', limit: 3 });
    const results = await crowd((index) =>
      order(`${index}`, [['apple', 1]], { customerId: index % 2 === 0 ? 'ann' : 'bob' }),
    );
    expect(counted(results)).toEqual({ done: 103, capped: 97 });
  });

  test('either of two caps that overlap', async () => {
    await setCap(shop.stores, 'apples', { skus: ['apple'], limit: 70 });
    await setCap(shop.stores, 'web', { skus: ['apple', 'pear'], channel: 'web', limit: 50 });
    const results = await crowd((index) =>
      order(`${index}`, [[index % 2 === 0 ? 'apple' : 'pear', 1]], {
        channel: index % 4 < 2 ? 'web' : 'app',
      }),
    );
    expect(counted(results).done + counted(results).capped).toBe(200);
    // The web gets 50; the app gets all 50 pears, and apples up to the rest of their cap.
    expect(await used('web')).toBe(50);
    expect(await used('apples')).toBeLessThanOrEqual(70);
    expect(counted(results).done).toBeGreaterThanOrEqual(120);
  });

  test('a cap that is set meanwhile: later orders count', async () => {
    const setting = setCap(shop.stores, 'late', { skus: ['apple'], limit: 5 });
    const results = await crowd((index) => order(`${index}`, [['apple', 1]]));
    await setting;
    expect(counted(results).capped === 0 || (await used('late')) === 5).toBe(true);
  });
});

describe('a share of a cap is returned', () => {
  test('when a hold expires, at once and before the watch records it', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    await shop.holdStock([hold('h', [['apple', 5]], { ttlSeconds: 0.2 })]);
    while ((await shop.stores.inventoryReads.reservation('rsv_h'))?.state !== 'EXPIRED');
    expect(await used('drop')).toBe(0);
    expect(result(await one(order('late', [['apple', 5]])))).toBe('done');
    expect(await shop.stores.inventory.client.salesCap.findFirst()).toMatchObject({ used: 10n });
    await Promise.all(all.map((each) => each.expireHolds([onHold('rsv_h', 'expire')])));
    expect(await shop.stores.inventory.client.salesCap.findFirst()).toMatchObject({ used: 5n });
    expect(result(await one(order('more', [['apple', 1]])))).toBe('CAP_REACHED');
  });

  test('when a hold is released, once', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    await shop.holdStock([hold('h', [['apple', 3]]), hold('other', [['apple', 2]])]);
    await Promise.all(
      all.map((each, index) =>
        each.releaseHolds([{ ...onHold('rsv_h', 'release'), commandId: `release-${index}` }]),
      ),
    );
    expect(await used('drop')).toBe(2);
  });

  test('when an order is compensated, also before its step', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    const commands = range(12).map((index) => order(`${index}`, [['apple', 1]]));
    await race<unknown>(
      commands.flatMap((command) => [(by) => by.commitStock([command]), (by) => by.releaseStock([command])]),
    );
    await shop.releaseStock(commands);
    expect(await used('drop')).toBe(0);
    expect(await shop.stores.inventory.client.capClaim.count()).toBe(0);
  });

  test('to its own window, also after the end of that window', async () => {
    const days = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    await setCap(shop.stores, 'today', { skus: ['apple'], limit: 5 });
    await shop.holdStock([hold('h', [['apple', 4]])]);
    await setCap(shop.stores, 'today', { skus: ['apple'], limit: 5, start: LONG_AGO, end: days[1] ?? '' });
    await setCap(shop.stores, 'tomorrow', { skus: ['apple'], limit: 5, start: days[1] ?? '' });
    expect(result(await one(order('a', [['apple', 5]])))).toBe('done');
    expect([await used('today'), await used('tomorrow')]).toEqual([4, 5]);
    await shop.releaseHolds([onHold('rsv_h', 'release')]);
    expect([await used('today'), await used('tomorrow')]).toEqual([0, 5]);
  });

  test('to a removed cap, which counts it when it is set again', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    const [a, b] = [order('a', [['apple', 2]]), order('b', [['apple', 3]])];
    await shop.commitStock([a, b]);
    expect(await shop.stores.limitsSetUp.removeCap('drop', cause)).toBe(true);
    expect(await shop.stores.limitsSetUp.cap('drop')).toBeUndefined();
    expect(result(await one(order('free', [['apple', 9]])))).toBe('done');
    await shop.releaseStock([a]);
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    expect(await used('drop')).toBe(3);
  });
});

describe('a hold and the order that takes it over', () => {
  test('share one claim, which no longer expires', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 4 });
    await shop.holdStock([hold('h', [['apple', 4]])]);
    expect(result(await one(order('a', [['apple', 4]], { reservationId: 'rsv_h' })))).toBe('done');
    const { expires_at: expiry } = (
      await shop.stores.inventory.client.$queryRaw<
        { expires_at: Date | null }[]
      >`SELECT expires_at FROM cap_claim`
    )[0] ?? { expires_at: undefined };
    expect([await used('drop'), expiry]).toEqual([4, null]);
  });

  test('claim the caps of a customer whom the hold did not name', async () => {
    await setCap(shop.stores, 'ann', { skus: ['apple'], customerId: 'ann', limit: 5 });
    await shop.holdStock([hold('h', [['apple', 3]]), hold('i', [['apple', 3]])]);
    expect(await used('ann')).toBe(0);
    const adopting = (id: string) => order(`a${id}`, [['apple', 3]], { reservationId: `rsv_${id}` });
    expect(result(await one(adopting('h')))).toBe('done');
    expect(await used('ann')).toBe(3);
    expect(result(await one(adopting('i')))).toBe('CAP_REACHED');
    const kept = await shop.stores.inventoryReads.reservation('rsv_i');
    expect([kept?.state, await used('ann')]).toEqual(['HELD', 3]);
    await shop.releaseStock([adopting('h')]);
    expect(await used('ann')).toBe(0);
  });

  test('race for a cap with others at the moment the hold expires, and never pass it', async () => {
    await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 40 });
    const ids = range(40);
    await shop.holdStock(
      ids.map((index) => hold(`${index}`, [['apple', 1]], { ttlSeconds: 0.3 + index / 400 })),
    );
    while ((await shop.stores.inventoryReads.reservation('rsv_0'))?.state !== 'EXPIRED');
    await race<unknown>(
      ids.flatMap((index) => [
        (by) => by.commitStock([order(`a${index}`, [['apple', 1]], { reservationId: `rsv_${index}` })]),
        (by) => by.commitStock([order(`b${index}`, [['apple', 1]])]),
        (by) => by.expireHolds([onHold(`rsv_${index}`, 'expire')]),
      ]),
    );
    expect(await used('drop')).toBeLessThanOrEqual(40);
  });
});

test('a cap lowered below its used units refuses further units, and takes none away', async () => {
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
  const orders = range(5).map((index) => order(`${index}`, [['apple', 1]]));
  await shop.commitStock(orders);
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 3 });
  expect(await used('drop')).toBe(5);
  expect(result(await one(order('x', [['apple', 1]])))).toBe('CAP_REACHED');
  await shop.releaseStock(orders.slice(0, 3));
  expect(result(await one(order('y', [['apple', 1]])))).toBe('done');
  expect(result(await one(order('z', [['apple', 1]])))).toBe('CAP_REACHED');
});

/** An order that saw a new cap would claim it without its lock, and two such orders could deadlock. */
test('a cap that is set while an order waits for locks does not limit that order', async () => {
  const { client } = shop.stores.inventory;
  const { commit } = await client.$transaction(async (session) => {
    await session.$queryRaw`SELECT 1 FROM stock WHERE sku = 'apple' FOR UPDATE`;
    const commit = all[1]?.commitStock([order('early', [['apple', 9]])]);
    await untilLockWait(client);
    await setCap(all[2]?.stores ?? shop.stores, 'drop', { skus: ['apple'], limit: 5 });
    return { commit };
  });
  expect(await commit).toMatchObject([{ kind: 'done' }]);
  expect(await used('drop')).toBe(0);
  expect(result(await one(order('late', [['apple', 9]])))).toBe('CAP_REACHED');
});

test('a share that a reservation takes while its release waits for locks is returned', async () => {
  const { client } = shop.stores.inventory;
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
  await shop.holdStock([hold('h', [['apple', 4]])]);
  // Only the reservations' shares name a cap that is not in force.
  await shop.stores.limitsSetUp.removeCap('drop', cause);
  const claims = await client.$queryRaw<
    { row: object }[]
  >`DELETE FROM cap_claim RETURNING to_jsonb(cap_claim) AS row`;
  const { released } = await client.$transaction(async (session) => {
    await session.$queryRaw`SELECT 1 FROM stock WHERE sku = 'apple' FOR UPDATE`;
    const released = all[1]?.releaseHolds([onHold('rsv_h', 'release')]);
    await untilLockWait(client);
    await session.$executeRaw`
      INSERT INTO cap_claim SELECT * FROM jsonb_populate_record(NULL::cap_claim, ${claims[0]?.row}::jsonb)`;
    return { released };
  });
  expect(await released).toMatchObject([{ kind: 'done' }]);
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 5 });
  expect(await used('drop')).toBe(0);
});

test('two lines of one item count together', async () => {
  await setCap(shop.stores, 'drop', { skus: ['apple'], limit: 3 });
  expect(
    result(
      await one(
        order('a', [
          ['apple', 2],
          ['apple', 2],
        ]),
      ),
    ),
  ).toBe('CAP_REACHED');
});

test('setting the same again, or removing again, adds nothing to the log', async () => {
  const cap = { skus: ['apple'], limit: 3 };
  await Promise.all(all.map(({ stores }) => setCap(stores, 'drop', cap)));
  const { limitsSetUp, inventory } = shop.stores;
  expect(await Promise.all(all.map(({ stores }) => stores.limitsSetUp.removeCap('drop', cause)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(await limitsSetUp.removeCap('never', cause)).toBe(false);
  const events = await inventory.client.event.findMany({
    where: { stream: 'cap/drop' },
    orderBy: { version: 'asc' },
  });
  expect(events.map(({ type, version }) => [type, version])).toEqual([
    ['inventory.cap-set.v1', 1],
    ['inventory.cap-removed.v1', 2],
  ]);
});
