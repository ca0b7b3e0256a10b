import { auditBooks } from '../../../src/audit/audit';
import { cause, openShops, order, type Shop } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

beforeEach(async () => {
  shops = await openShops(3);
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  one = first;
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => shops.shops[index % 3] ?? one;
const account = (customerId = 'ann') =>
  one.stores.credit.client.account.findUniqueOrThrow({ where: { customerId } });
/** Returns the findings about credit's own books: only credit is at work here. */
const findings = async () =>
  (await auditBooks(one.stores)).filter((finding) => !finding.endsWith('is no order.'));

test('batches that meet at the limit hold exactly up to it, never beyond', async () => {
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 505 }, cause);
  const sets = range(20).map((set) => range(5).map((index) => order(`${set}-${index}`, [['apple', 1]])));
  const answers = await Promise.all(sets.map((set, index) => shopOf(index).holdCredit(set)));
  expect(answers.flat().filter(({ kind }) => kind === 'done')).toHaveLength(50);
  expect((await account()).held).toBe(500n);
  expect(await findings()).toEqual([]);
});

test('batches over many customers in any order do not deadlock', async () => {
  const customers = range(12).map((index) => `c${index}`);
  for (const id of customers) await one.stores.credit.setAccount(id, { currency: 'EUR', limit: 100 }, cause);
  const sets = range(24).map((set) =>
    customers.map((customerId, index) =>
      order(`${set}-${index}`, [['apple', 1]], { customerId: set % 2 === 0 ? customerId : `c${11 - index}` }),
    ),
  );
  const answers = await Promise.all(sets.map((set, index) => shopOf(index).holdCredit(set)));
  expect(answers.flat().filter(({ kind }) => kind === 'done')).toHaveLength(12 * 10);
  expect(await findings()).toEqual([]);
});

test('the same batch at once gives the same answers and holds once', async () => {
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 25 }, cause);
  const set = range(4).map((index) => order(`${index}`, [['apple', 1]]));
  const answers = await Promise.all(range(6).map((index) => shopOf(index).holdCredit(set)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect((await account()).held).toBe(20n);
});

test('a retry is not refused by its own hold, and a stored refusal stays when credit is free again', async () => {
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 20 }, cause);
  const fits = order('fits', [['apple', 2]]);
  const tooMuch = order('too-much', [['apple', 1]]);
  expect(await one.holdCredit([fits, tooMuch])).toMatchObject([{ kind: 'done' }, { kind: 'refused' }]);
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
  expect(await one.holdCredit([fits, tooMuch])).toMatchObject([{ kind: 'done' }, { kind: 'refused' }]);
  expect((await account()).held).toBe(20n);
});

test('a hold and its release in any order leave nothing held', async () => {
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  const orders = range(20).map((index) => order(`${index}`, [['apple', 1]]));
  await Promise.all(
    orders.flatMap((each, index) => {
      const holding = () => shopOf(index).holdCredit([each]);
      const release = () => shopOf(index + 1).releaseCredit([each]);
      return index % 2 === 0 ? [holding(), release()] : [release(), holding()];
    }),
  );
  expect((await account()).held).toBe(0n);
  expect(await one.holdCredit(orders.slice(0, 1))).not.toEqual([]);
  expect((await account()).held).toBe(0n);
  expect(await findings()).toEqual([]);
});

test('an account opened during holds is opened once, and loses no hold', async () => {
  const ids = range(12);
  await Promise.all(
    ids.flatMap((index) => [
      shopOf(index).releaseCredit([order(`gone-${index}`, [['apple', 1]])]),
      shopOf(index + 1).stores.credit.setAccount('ann', { currency: 'EUR', limit: 100 + index }, cause),
      shopOf(index + 2).holdCredit([order(`${index}`, [['apple', 1]])]),
    ]),
  );
  const held = await one.stores.credit.client.hold.count({ where: { state: 'HELD' } });
  expect((await account()).held).toBe(BigInt(held * 10));
  expect(await one.stores.credit.client.hold.count({ where: { state: 'RELEASED' } })).toBe(12);
  expect((await account()).currency).toBe('EUR');
  expect(await findings()).toEqual([]);
});

test('tombstones of an unopened account survive its opening', async () => {
  const late = order('late', [['apple', 1]]);
  await one.releaseCredit([late]);
  expect(await one.stores.credit.account('ann')).toBeUndefined();
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 100 }, cause);
  expect(await one.holdCredit([late])).toEqual([{ kind: 'refused', reason: 'RELEASED_EARLIER' }]);
  expect(await findings()).toEqual([]);
});
