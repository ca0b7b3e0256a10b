import { auditBooks } from '../../../src/audit/audit';
import { reviseOf, shipOf } from '../../support/new-commands';
import { withServer } from '../../support/test-database';
import { SeededRandom } from '../seeded-random';
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
const account = () => one.stores.credit.account('ann');
/** Returns the findings about credit's own books: only credit is at work here. */
const findings = async () =>
  (await auditBooks(one.stores)).filter((finding) => !finding.endsWith('is no order.'));

const placed = (id: string) => ({ id, customerId: 'ann' });

/** Returns the report of a shipment whose decision holds its amount. */
function capturing(orderId: string, shipment: string, amount: number, finalTotal: number | null = null) {
  const id = `${orderId}/${shipment}`;
  const capture = { amount, finalTotal };
  const decision = { kind: 'shipped', reservationId: 'rsv', takes: [], capture } as const;
  return { ...shipOf(placed(orderId), { id }, { id: `${id}/ship`, caller: 'shop' }), decision };
}

/** Returns a revision that changes its order's credit by this amount. */
function changing(orderId: string, attempt: number, creditBy: number) {
  const chosen = { id: `${orderId}/revise/${attempt}`, caller: 'shop' };
  const revision = reviseOf({ ...placed(orderId), version: 1 }, [], chosen);
  const recorded = {
    reservationId: 'rsv',
    content: [],
    cancelled: [],
    increases: [],
    decreases: [],
    creditBy,
    shipments: 0,
  };
  const decision = { kind: 'applied', reservationId: 'rsv', decreases: [], creditBy } as const;
  return { ...revision, wanted: { ...revision.wanted, recorded }, decision };
}
const payment = (key: string, amount: number, customerId = 'ann') => ({
  commandId: `pay_${key}_${amount}_${customerId}`,
  correlation: `pay_${key}`,
  caller: 'shop',
  idempotencyKey: key,
  customerId,
  amount,
});

async function open(limit: number, orders: readonly string[]): Promise<void> {
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit }, cause);
  const answers = await one.holdCredit(orders.map((id) => order(id, [['apple', 10]])));
  expect(answers).toEqual(orders.map(() => ({ kind: 'done' })));
}

test(`shipments that leave together are captured once each, in any order and however often reported (seed ${SeededRandom.seed})`, async () => {
  const ids = range(6).map(String);
  await open(600, ids);
  const captures = ids.flatMap((id) => {
    const orderId = `ord_${id}`;
    return [capturing(orderId, 'a', 30), capturing(orderId, 'b', 25), capturing(orderId, 'c', 20, 75)];
  });
  const shuffled = new SeededRandom().shuffled([...captures, ...captures]);
  const answers = await Promise.all(shuffled.map((ship, index) => shopOf(index).captureCredit([ship])));
  expect(answers.flat()).toEqual(shuffled.map(() => ({ kind: 'done' })));
  expect(await account()).toMatchObject({ held: 0, capturedUnpaid: 6 * 75 });
  expect(await findings()).toEqual([]);
});

test('concurrent captures never take more than is held', async () => {
  await open(100, ['x']);
  const captures = range(12).map((index) => capturing('ord_x', `s${index}`, 15));
  const answers = await Promise.all(captures.map((ship, index) => shopOf(index).captureCredit([ship])));
  const kinds = answers.flat().map((answer) => (answer.kind === 'done' ? 'done' : answer.reason));
  expect(kinds.sort()).toEqual([...Array(6).fill('CREDIT_NOT_HELD'), ...Array(6).fill('done')]);
  expect(await account()).toMatchObject({ held: 10, capturedUnpaid: 90 });
  expect(await findings()).toEqual([]);
});

test('a release beside captures releases exactly what they have not captured', async () => {
  await open(1_000, range(10).map(String));
  const answers = await Promise.all(
    range(10).flatMap((index) => [
      shopOf(index).captureCredit([capturing(`ord_${index}`, 'a', 40)]),
      shopOf(index + 1).releaseCredit([order(`${index}`, [['apple', 10]])]),
    ]),
  );
  const captured = answers.flat().filter(({ kind }) => kind === 'done').length - 10;
  expect(await account()).toMatchObject({ held: 0, capturedUnpaid: captured * 40 });
  expect(await findings()).toEqual([]);
});

test('increases that race stay within the limit, and one that is undone in any order leaves nothing', async () => {
  await open(250, ['x', 'y']);
  const orderOf = (index: number) => (index % 2 ? 'ord_x' : 'ord_y');
  const increases = range(10).map((index) => changing(orderOf(index), index, 10));
  const answers = await Promise.all(
    increases.map((revision, index) => shopOf(index).increaseCredit([revision])),
  );
  expect(answers.flat().filter(({ kind }) => kind === 'done')).toHaveLength(5);
  expect((await account())?.held).toBe(250);
  await one.revokeIncrease(increases);
  await Promise.all(
    range(10).flatMap((index) => {
      const revision = changing(orderOf(index), 100 + index, 10);
      const increase = () => shopOf(index).increaseCredit([revision]);
      const revoke = () => shopOf(index + 1).revokeIncrease([revision]);
      return index % 3 === 0 ? [increase(), revoke()] : [revoke(), increase()];
    }),
  );
  expect((await account())?.held).toBe(200);
  expect(await findings()).toEqual([]);
});

test('a revision that makes an order cheaper releases credit once, after its decision', async () => {
  await open(100, ['x']);
  const cheaper = changing('ord_x', 1, -30);
  expect(await one.increaseCredit([cheaper])).toEqual([{ kind: 'done' }]);
  expect((await account())?.held).toBe(100);
  await Promise.all(range(6).map((index) => shopOf(index).decreaseCredit([cheaper])));
  expect((await account())?.held).toBe(70);
  expect(await findings()).toEqual([]);
});

test('concurrent payments with one key are recorded once, whatever account or amount they name', async () => {
  await open(100, ['x']);
  await one.stores.credit.setAccount('bob', { currency: 'EUR', limit: 0 }, cause);
  await one.captureCredit([capturing('ord_x', 'a', 100, 100)]);
  const asked = range(24).map((index) =>
    index % 3 === 0 ? payment('k', 7, 'bob') : payment('k', index % 2 === 0 ? 5 : 6),
  );
  const outcomes = await Promise.all(
    asked.map((each, index) => shopOf(index).stores.credit.receivePayment(each)),
  );
  const received = outcomes.flatMap((outcome) => (outcome.kind === 'received' ? [outcome.isReplay] : []));
  expect(received.filter((isReplay) => !isReplay)).toHaveLength(1);
  for (const outcome of outcomes)
    if (outcome.kind === 'refused') expect(outcome.reason).toBe('IDEMPOTENCY_KEY_REUSED');
  const rows = await one.stores.credit.client.payment.findMany();
  expect(rows).toHaveLength(1);
  const winners = asked.filter((_, index) => outcomes[index]?.kind === 'received');
  expect(new Set(winners.map(({ commandId }) => commandId))).toEqual(new Set([rows[0]?.id]));
  expect(await findings()).toEqual([]);
});

test('a payment ahead is kept; one beyond the limit and one to an unknown account change nothing', async () => {
  await open(100, ['x']);
  const { credit } = one.stores;
  expect(await credit.receivePayment(payment('a', 1_000_000_000_000))).toEqual({
    kind: 'received',
    isReplay: false,
  });
  expect(await account()).toMatchObject({ capturedUnpaid: -1_000_000_000_000, held: 100 });
  expect(await credit.receivePayment(payment('b', 1))).toMatchObject({ reason: 'PAYMENT_TOO_LARGE' });
  expect(await credit.receivePayment(payment('b', 1, 'eve'))).toMatchObject({ reason: 'UNKNOWN_CUSTOMER' });
  expect(await credit.account('eve')).toBeUndefined();
  expect(await credit.client.payment.count()).toBe(1);
  await one.captureCredit([capturing('ord_x', 'a', 100, 100)]);
  expect(await credit.receivePayment(payment('b', 1))).toEqual({ kind: 'received', isReplay: false });
  expect(await findings()).toEqual([]);
});

test('a batch with an undecided shipment worth saves nothing', async () => {
  await open(100, ['x']);
  const undecided = { ...capturing('ord_x', 'b', 10), decision: null };
  await expect(one.captureCredit([capturing('ord_x', 'a', 10), undecided])).rejects.toThrow(
    'command ord_x/b/ship is not decided',
  );
  expect(await account()).toMatchObject({ held: 100, capturedUnpaid: 0 });
});

/** Damage to one row, each with the finding that the audit must report. */
const faults: readonly (readonly [what: string, sql: string, finding: RegExp])[] = [
  [
    'a capture',
    `UPDATE credit.hold SET captures = '{}'`,
    /^credit\/ann: holds\.ord_x\.captures\.\S+ is absent, by the log /,
  ],
  [
    'captures that do not add up',
    `UPDATE credit.hold SET captures = '{}'`,
    /^credit\/ann: -20 are unpaid, and it says 20\.$/,
  ],
  [
    'an adjustment',
    `UPDATE credit.hold SET adjustments = '{}'`,
    /^credit\/ann: holds\.ord_x\.adjustments\.\S+ is absent, by the log /,
  ],
  [
    'more captured than there is credit for',
    `UPDATE credit.hold SET amount = 39`,
    /^credit\/ann: ord_x captured 40 of 39\.$/,
  ],
  [
    'what is unpaid',
    `UPDATE credit.account SET captured_unpaid = 21`,
    /^credit\/ann: capturedUnpaid is 21, by the log 20\.$/,
  ],
  [
    'the amount of a payment',
    `UPDATE credit.payment SET amount = 19`,
    /^credit\/ann: payments\.pay_\S+ is 19, by the log 20\.$/,
  ],
  [
    'a payment that is gone',
    `DELETE FROM credit.payment`,
    /^credit\/ann: payments\.pay_\S+ is absent, by the log 20\.$/,
  ],
  [
    'a payment that nobody made',
    `INSERT INTO credit.payment VALUES ('pay_x', 'ann', 1)`,
    /^credit\/ann: payments\.pay_x is 1, by the log absent\.$/,
  ],
  [
    'a payment to nobody',
    `INSERT INTO credit.payment VALUES ('pay_x', 'eve', 1)`,
    /^credit\/eve: the payment pay_x is on an account that does not exist\.$/,
  ],
];

test.each(faults)('the audit finds %s', async (_what, sql, finding) => {
  await open(200, ['x']);
  await one.increaseCredit([changing('ord_x', 1, 10)]);
  await one.captureCredit([capturing('ord_x', 'a', 40)]);
  await one.stores.credit.receivePayment(payment('k', 20));
  expect(await findings()).toEqual([]);
  await withServer(shops.database.url, (client) => client.query(sql));
  expect(await findings()).toContainEqual(expect.stringMatching(finding));
});
