import { orderSteps } from '../../../activities/order-steps';
import { auditBooks } from '../../../src/audit/audit';
import type { Proposal } from '../../../src/contracts/saga';
import { alreadyDecided } from '../../../src/domain/order/order-decision';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { directDeps, record, recordedRows, runDirect } from '../../support/direct-saga';
import { cancelOf } from '../../support/new-commands';
import { cause, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;
let orders: readonly NewCommand<'create'>[];

/** Records orders that hold their credit and their stock. */
beforeEach(async () => {
  shops = await openShops(2);
  [one] = shops.shops as [Shop];
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(one.stores, { apple: { n1: 1_000 } });
  orders = range(20).map((index) => order(`${index}`, [['apple', 1]]));
  await record(one.stores, orders);
  await one.holdCredit(orders);
  await one.commitStock(orders);
});

afterEach(() => shops.close());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const shopOf = (index: number) => shops.shops[index % 2] ?? one;
const GO: Proposal = { kind: 'go' };
const REFUSE: Proposal = { kind: 'refuse', reason: 'OUT_OF_STOCK' };

const decide = ({ stores }: Shop, id: string, proposal: Proposal) =>
  orderSteps(directDeps(stores)).decideOrder([{ id, proposal }]);

const rowOf = async (id: string) => (await one.stores.commands.commands([id])).get(id);

test('two runs that decide an order at once both follow the first decision', async () => {
  const words = await Promise.all(
    orders.map(({ id }, index) =>
      Promise.all([decide(shopOf(index), id, GO), decide(shopOf(index + 1), id, REFUSE)]),
    ),
  );
  for (const [[first, second], { id }] of words
    .map((pair, at) => [pair, orders[at]] as const)
    .map(([pair, command]) => [pair, command ?? { id: '' }] as const)) {
    const row = await rowOf(id);
    expect(first?.[id]).toEqual(second?.[id]);
    expect(first?.[id]).toMatchObject({ kind: 'decided', decision: row?.decision?.kind });
    expect(row?.isClosed).toBe(row?.decision?.kind === 'approved');
  }
  const logs = await one.stores.orders.client.event.groupBy({ by: ['stream'], _max: { version: true } });
  expect(logs.map(({ _max }) => _max.version)).toEqual(Array(20).fill(2));
  const left = [...(await one.stores.commands.commands(orders.map(({ id }) => id))).values()];
  await runDirect(
    one.stores,
    left.filter(({ isClosed }) => !isClosed),
  );
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('a decision stands after its command was closed, whatever a late run proposes', async () => {
  const decided = await decide(one, 'ord_0', GO);
  expect(decided).toMatchObject({ ord_0: { decision: 'approved', isOver: true } });
  expect(await decide(shopOf(1), 'ord_0', REFUSE)).toEqual(decided);
  expect((await one.stores.ordersReads.order('ord_0'))?.status).toBe('APPROVED');
});

test('a run that proposes to approve a cancelled order gets the decision to reject', async () => {
  await record(one.stores, [cancelOf({ id: 'ord_0', customerId: 'ann' })]);
  expect(await decide(one, 'ord_0', GO)).toEqual({
    ord_0: { kind: 'decided', decision: 'rejected', reason: 'CANCELLED', note: expect.any(String) },
  });
});

test('a cancel and a decision at once end as if one came after the other, and the books balance', async () => {
  await Promise.all(
    orders.flatMap(({ id }, index) => [
      decide(shopOf(index), id, GO),
      record(shopOf(index + 1).stores, [cancelOf({ id, customerId: 'ann' })]).then((answers) =>
        runDirect(
          one.stores,
          recordedRows(answers).filter(({ isClosed }) => !isClosed),
        ),
      ),
    ]),
  );
  const rows = [...(await one.stores.commands.commands(orders.map(({ id }) => id))).values()];
  await runDirect(
    one.stores,
    rows.filter(({ isClosed }) => !isClosed),
  );
  const states = await one.stores.orders.client.order.groupBy({ by: ['status'] });
  for (const { status } of states) expect(['CANCELLED', 'REJECTED']).toContain(status);
  expect(await auditBooks(one.stores)).toEqual([]);
});

test('a decision that is stored under a step is taken once', async () => {
  let taken = 0;
  const settle = ({ stores }: Shop) =>
    stores.orders.decide<'create', { readonly kind: 'done'; readonly take: number }>(
      ['ord_0', 'ord_1'],
      () => alreadyDecided({ kind: 'done', take: ++taken }),
      'settle',
    );
  const answers = await Promise.all(range(4).map((index) => settle(shopOf(index))));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(await one.stores.orders.client.stepAnswer.count({ where: { step: 'settle' } })).toBe(2);
  const stored = await shopOf(1).stores.orders.answers.of('settle', ['ord_0', 'ord_1']);
  expect(stored).toEqual(answers[0]);
});

test('a decision on a command that was never recorded is refused', async () => {
  await expect(decide(one, 'ord_none', REFUSE)).rejects.toThrow('command ord_none was never recorded');
});
