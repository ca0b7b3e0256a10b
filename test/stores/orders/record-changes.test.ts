import { auditBooks } from '../../../src/audit/audit';
import type { NewCommand, RecordAnswer } from '../../../src/stores/orders/command-rows';
import { databaseTrouble } from '../../../src/stores/postgres/database-errors';
import { record } from '../../support/direct-saga';
import { acceptOf, cancelOf, reviseOf, shipOf } from '../../support/new-commands';
import { cause, createOrders, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;

/** Creates orders `ord_0` to `ord_9`, approved, with one shipment each. */
beforeEach(async () => {
  shops = await openShops(2);
  [one] = shops.shops as [Shop];
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(one.stores, { apple: { n1: 1_000 } });
  await createOrders(
    one,
    range(10).map((index) => order(`${index}`, [['apple', 1]])),
  );
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => shops.shops[index % 2] ?? one;
const kindsOf = (answers: readonly RecordAnswer[]) => answers.map(({ kind }) => kind);
const placed = (id: string | number) => ({ id: `ord_${id}`, customerId: 'ann', version: 1 });
const shipmentOf = (id: string | number) => ({ id: `shp_${id}_1` });
const line = (quantity: number) => [{ lineId: '1', sku: 'apple', quantity, unitPrice: 10 }];
const balance = () => auditBooks(one.stores, { isQuiet: false });

async function rowsOf(...ids: string[]): Promise<readonly string[]> {
  return [...(await one.stores.commands.commands(ids)).keys()].sort();
}

test('a change is recorded with the lock of its order', async () => {
  const cancel = cancelOf(placed(0), { id: 'c' });
  expect(await record(one.stores, [cancel], 'cancelOrders/ord_0/1')).toMatchObject([
    {
      kind: 'recorded',
      row: {
        workflowId: 'cancelOrders/ord_0/1',
        decision: { kind: 'cancelled', creditBy: -10 },
        isClosed: false,
      },
    },
  ]);
  expect(await one.stores.ordersReads.order('ord_0')).toMatchObject({
    status: 'CANCEL_PENDING',
    pending: { kind: 'cancel', commandId: 'c' },
  });
  expect(await balance()).toEqual([]);
});

test('the same key with another body is refused, and with the same body answered from the row', async () => {
  const cancel = cancelOf(placed(0), { id: 'c', fingerprint: 'x' });
  const [recorded] = await record(one.stores, [cancel], 'first');
  const [again] = await record(one.stores, [cancel], 'second');
  expect(again).toEqual({ ...recorded, kind: 'replayed' });
  expect(await record(one.stores, [{ ...cancel, fingerprint: 'y' }])).toEqual([{ kind: 'key-reused' }]);
});

test('a command that the order refuses leaves no row, delays no other, and its key stays free', async () => {
  const ship = shipOf(placed(0), shipmentOf(0), { id: 'ship' });
  const accept = acceptOf(placed(1), shipmentOf(1), { id: 'accept' });
  const [refused] = await record(one.stores, [ship]);
  expect(refused).toEqual({ kind: 'refused', reason: 'NOT_ACCEPTED' });
  const unknown = acceptOf(placed('none'), shipmentOf('none'), { id: 'unknown' });
  expect(kindsOf(await record(one.stores, [unknown, accept]))).toEqual(['refused', 'recorded']);
  expect(await rowsOf('ship', 'unknown', 'accept')).toEqual(['accept']);
  await record(one.stores, [acceptOf(placed(0), shipmentOf(0))]);
  expect(kindsOf(await record(one.stores, [ship]))).toEqual(['recorded']);
  expect(await balance()).toEqual([]);
});

test('a batch decides each command on the result of the ones before it', async () => {
  const cancels = [cancelOf(placed(0), { id: 'a' }), cancelOf(placed(0), { id: 'b' })];
  const answers = await record(one.stores, [...cancels, ...cancels.slice(0, 1)]);
  expect(kindsOf(answers)).toEqual(['recorded', 'refused', 'replayed']);
  expect(answers[1]).toMatchObject({ reason: 'CONFLICT' });
  expect(await rowsOf('a', 'b')).toEqual(['a']);
});

test('a command that the order refuses leaves its key free for another body in the same batch', async () => {
  const early = reviseOf({ ...placed(0), version: 7 }, line(2), { id: 'r', fingerprint: 'x' });
  const fitting = reviseOf(placed(0), line(2), { id: 'r', fingerprint: 'y' });
  const third = reviseOf(placed(0), line(3), { id: 'r', fingerprint: 'z' });
  const answers = await record(one.stores, [early, fitting, third, early, fitting], 'batch');
  expect(kindsOf(answers)).toEqual(['refused', 'recorded', 'key-reused', 'refused', 'replayed']);
  expect(answers[1]).toMatchObject({ row: { wanted: { recorded: { content: line(2) } } } });
  expect(await rowsOf('r')).toEqual(['r']);
  expect(await balance()).toEqual([]);
});

test('of two processes with one key at once, one records it and the other answers from the row', async () => {
  const pairs = await Promise.all(
    range(10).map((index) => {
      const cancel = cancelOf(placed(index), { id: `c${index}` });
      return Promise.all(range(2).map((by) => record(shopOf(by).stores, [cancel])));
    }),
  );
  for (const pair of pairs) expect(kindsOf(pair.flat()).sort()).toEqual(['recorded', 'replayed']);
  expect(await balance()).toEqual([]);
});

test('of two bodies under one key at once at most one is recorded, whatever the order refuses', async () => {
  const pairs = await Promise.all(
    range(10).map((index) =>
      Promise.all(
        ['x', 'y'].map((fingerprint, by) =>
          record(shopOf(by).stores, [cancelOf(placed(index), { id: `c${index}`, fingerprint })]),
        ),
      ),
    ),
  );
  for (const pair of pairs) expect(kindsOf(pair.flat()).sort()).toEqual(['key-reused', 'recorded']);
});

test('of two bodies under one key in two processes, a refused one never takes the key from the other', async () => {
  for (const index of range(10)) {
    const bodies = [
      reviseOf({ ...placed(index), version: 7 }, line(2), { id: `r${index}`, fingerprint: 'refused' }),
      reviseOf(placed(index), line(2), { id: `r${index}`, fingerprint: 'fitting' }),
    ];
    const answers = await Promise.all(bodies.map((body, by) => record(shopOf(index + by).stores, [body])));
    const [refused, fitting] = answers.map(([answer]) => answer?.kind);
    expect(['refused', 'key-reused']).toContain(refused);
    expect(fitting).toBe('recorded');
  }
  expect(await balance()).toEqual([]);
});

test('of two processes that change one order at once, one gets its lock and the other is refused', async () => {
  const pairs = await Promise.all(
    range(10).map((index) => {
      const revise = reviseOf(placed(index), line(2), { id: `r${index}` });
      return Promise.all([
        record(shopOf(index).stores, [cancelOf(placed(index), { id: `c${index}` })]),
        record(shopOf(index + 1).stores, [revise]),
      ]);
    }),
  );
  for (const pair of pairs) expect(kindsOf(pair.flat()).sort()).toEqual(['recorded', 'refused']);
  expect(await rowsOf(...range(10).flatMap((index) => [`c${index}`, `r${index}`]))).toHaveLength(10);
  expect(await balance()).toEqual([]);
});

test('batches over the same orders in any order neither deadlock nor record an order twice', async () => {
  const cancels = range(10).map((index) => cancelOf(placed(index), { id: `c${index}` }));
  const revisions = range(10).map((index) => reviseOf(placed(index), line(2), { id: `r${index}` }));
  const recording = async <K extends 'cancel' | 'revise'>(by: number, batch: readonly NewCommand<K>[]) =>
    kindsOf(await record(shopOf(by).stores, by % 2 === 0 ? batch : [...batch].reverse()));
  await Promise.all(range(4).flatMap((by) => [recording(by, cancels), recording(by, revisions)]));
  expect(await rowsOf(...cancels.map(({ id }) => id), ...revisions.map(({ id }) => id))).toHaveLength(10);
  expect(await balance()).toEqual([]);
});

test('a record run again under its own id, after a commit of unknown outcome, finds its rows as its own', async () => {
  const cancels = range(2).map((index) => cancelOf(placed(index), { id: `c${index}` }));
  const first = await record(one.stores, cancels, 'cancelOrders/ord_0/1');
  expect(await record(shopOf(1).stores, cancels, 'cancelOrders/ord_0/1')).toEqual(first);
  expect(await balance()).toEqual([]);
});

test('a cancel of a PENDING order decides its create command and is closed at its record', async () => {
  await record(one.stores, [order('new', [['apple', 1]])]);
  const [answer] = await record(one.stores, [cancelOf(placed('new'))]);
  expect(answer).toMatchObject({
    kind: 'recorded',
    row: { decision: { kind: 'rejected-order' }, isClosed: true },
  });
  const create = (await one.stores.commands.commands(['ord_new'])).get('ord_new');
  expect(create).toMatchObject({ decision: { kind: 'rejected', reason: 'CANCELLED' }, isClosed: false });
  expect(await one.stores.ordersReads.order('ord_new')).toMatchObject({
    status: 'REJECTED',
    reason: 'CANCELLED',
  });
  expect(await balance()).toEqual([]);
});

describe('while another transaction has locked an order', () => {
  /** Runs `work` while `ord_0` is locked; the lock ends with it, or when it calls `release`. */
  async function whileLocked<T>(work: (release: () => void) => Promise<T>): Promise<T> {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    return one.stores.orders.client
      .$transaction(async (session) => {
        await session.$queryRaw`SELECT 1 FROM "order" WHERE id = 'ord_0' FOR UPDATE`;
        const working = work(release);
        await Promise.race([released, working.catch(() => undefined)]);
        return { working };
      })
      .then(({ working }) => working);
  }

  test('a batch gives up soon, and leaves no claim', async () => {
    const batch = range(2).map((index) => cancelOf(placed(index), { id: `c${index}` }));
    const begun = performance.now();
    const failure = await whileLocked(() => record(shopOf(1).stores, batch).catch((error: unknown) => error));
    expect(databaseTrouble(failure)).toBe('timeout');
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(await rowsOf('c0', 'c1')).toEqual([]);
  });

  test('a single command waits for it longer than a batch', async () => {
    const answer = await whileLocked((release) => {
      setTimeout(release, 500);
      return record(shopOf(1).stores, [cancelOf(placed(0))]);
    });
    expect(kindsOf(answer)).toEqual(['recorded']);
  });
});
