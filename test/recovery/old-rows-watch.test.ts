import { auditBooks } from '../../src/audit/audit';
import { oldAnswers, oldRowsWatch } from '../../src/recovery/old-rows-watch';
import { cause, countRow, createOrders, ERP, hold, openShops, order, stockUp } from '../stores/shop';
import { record } from '../support/direct-saga';

let shops: Awaited<ReturnType<typeof openShops>>;

beforeEach(async () => {
  shops = await openShops(1);
  await stockUp(stores(), { apple: { n1: 10 } });
  await stores().credit.setAccount('ann', { currency: 'EUR', limit: 1_000 }, cause);
});

afterEach(() => shops.close());

function shop() {
  const [first] = shops.shops;
  if (!first) throw new Error('no shop');
  return first;
}
const stores = () => shop().stores;

/** Moves the close of commands into the past. */
async function closedDaysAgo(days: number, ...ids: string[]): Promise<void> {
  await stores().orders.client.$executeRaw`
    UPDATE command SET recorded_at = recorded_at - make_interval(days => ${days}::int),
      closed_at = closed_at - make_interval(days => ${days}::int) WHERE id = ANY(${ids})`;
}

/** Returns the commands that have stored answers, and the steps answered. */
async function answered(): Promise<Readonly<Record<string, readonly string[]>>> {
  const rows = await Promise.all(
    [stores().inventory, stores().credit, stores().orders].map(({ client }) => client.stepAnswer.findMany()),
  );
  const ids = new Set(rows.flat().map(({ commandId }) => commandId));
  const stepsOf = (id: string) =>
    rows.flat().flatMap(({ commandId, step }) => (commandId === id ? step : []));
  return Object.fromEntries([...ids].map((id) => [id, stepsOf(id).sort()]));
}

function look(keptDays = 30) {
  const { commands, inventory, credit, orders } = stores();
  const removeOld = oldAnswers(commands, [inventory, credit, orders]);
  return oldRowsWatch({ name: 'old-answers', keptDays, removeOld }).look();
}

test('stored answers are removed 30 days after their command was closed, and those of younger and open commands stay', async () => {
  await createOrders(
    shop(),
    ['old', 'young'].map((id) => order(id, [['apple', 1]])),
  );
  await record(stores(), [order('open', [['apple', 1]])]);
  await shop().commitStock([order('open', [['apple', 1]])]);
  await closedDaysAgo(31, 'ord_old', 'ord_open');
  await closedDaysAgo(29, 'ord_young');

  await look();
  expect(await answered()).toEqual({ ord_young: ['commitStock', 'holdCredit'], ord_open: ['commitStock'] });
  await look(28);
  expect(await answered()).toEqual({ ord_open: ['commitStock'] });
});

test('a key stays claimed after its answers are removed, and the books balance', async () => {
  await createOrders(shop(), [order('old', [['apple', 1]]), order('refused', [['apple', 99]])]);
  await closedDaysAgo(31, 'ord_old', 'ord_refused');
  await look();
  expect(await answered()).toEqual({});
  const again = await record(stores(), [order('old', [['apple', 1]]), order('refused', [['apple', 99]])]);
  expect(again.map(({ kind }) => kind)).toEqual(['replayed', 'replayed']);
  expect(await auditBooks(stores())).toEqual([]);
});

test('a refused hold is refused again under its key, however old: its answer is its only record', async () => {
  const [refused] = await shop().holdStock([hold('h', [['apple', 99]])]);
  await stores().inventory.client
    .$executeRaw`UPDATE step_answer SET recorded_at = now() - interval '400 days'`;
  await look();
  await stores().inventoryFeed.apply(ERP, [countRow({ sku: 'apple', count: 500, sequence: 2 })], cause);
  expect(await shop().holdStock([hold('h', [['apple', 99]])])).toEqual([refused]);
});

test('a removal that was cut off is done again', async () => {
  await createOrders(shop(), [order('old', [['apple', 1]])]);
  await closedDaysAgo(31, 'ord_old');
  const { commands, inventory, orders } = stores();
  const broken = { answers: { remove: () => Promise.reject(new Error('the store is away')) } };
  await expect(oldAnswers(commands, [inventory, broken, orders])(30, 10)).rejects.toThrow('away');
  await look();
  expect(await answered()).toEqual({});
});

test('counts that came too late are removed after their days', async () => {
  const late = (sequence: number) =>
    countRow({ sku: 'apple', count: 7, sequence, observedAt: '2025-12-01T00:00:00.000Z' });
  await stores().inventoryFeed.apply(
    ERP,
    [countRow({ sku: 'apple', count: 9, sequence: 5 }), late(3), late(4)],
    cause,
  );
  const { client } = stores().inventory;
  await client.$executeRaw`UPDATE stale_count SET received_at = now() - interval '91 days' WHERE sequence = 3`;
  const removeOld = (days: number, limit: number) => stores().inventoryFeed.removeStaleCounts(days, limit);
  await oldRowsWatch({ name: 'old-stale-counts', keptDays: 90, removeOld }).look();
  expect((await client.staleCount.findMany()).map(({ sequence }) => Number(sequence))).toEqual([4]);
});
