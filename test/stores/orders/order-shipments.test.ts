import { auditBooks } from '../../../src/audit/audit';
import { COMMANDS } from '../../../src/intake/commands';
import type { RecordAnswer } from '../../../src/stores/orders/command-rows';
import { acceptOf, cancelOf } from '../../support/new-commands';
import { cause, createOrders, openShops, order, type Shop, stockUp } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let one: Shop;
let other: Shop;

beforeEach(async () => {
  shops = await openShops(2);
  [one, other] = shops.shops as [Shop, Shop];
  await one.stores.credit.setAccount('ann', { currency: 'EUR', limit: 1_000_000 }, cause);
  await stockUp(one.stores, { apple: { n1: 3, n2: 100 } });
});

afterEach(() => shops.close());

/** Returns the audit's findings about orders. */
async function findings(isQuiet = true): Promise<readonly string[]> {
  return (await auditBooks(one.stores, { isQuiet })).filter((sentence) => /^order/i.test(sentence));
}

/** A shipment is due as soon as it is accepted. */
const DEADLINES = { acceptSeconds: 3_600, shipSeconds: 0, sourcingSeconds: 60 };

const recording = ({ stores }: Shop) => ({ stores, deadlines: DEADLINES });
const placed = (id: string) => ({ id: `ord_${id}`, customerId: 'ann' });

let runs = 0;

/** Records an acceptance under a workflow id of its own, as each process does. */
async function accept(shop: Shop, commandId: string, order = 'a'): Promise<RecordAnswer | undefined> {
  const command = acceptOf(placed(order), { id: `shp_${order}_1` }, { id: commandId });
  runs += 1;
  const [answer] = await COMMANDS.accept.record(recording(shop))(`accept/${runs}`, [command]);
  return answer;
}

test('an approved order has its shipments, and those are found once they are due', async () => {
  await createOrders(one, [order('a', [['apple', 101]])]);
  const { ordersReads } = one.stores;
  const found = await ordersReads.order('ord_a');
  expect(found?.shipments).toMatchObject([
    { id: 'shp_a_1', nodeId: 'n1', state: 'RELEASED' },
    { id: 'shp_a_2', nodeId: 'n2', state: 'RELEASED' },
  ]);
  expect(await ordersReads.dueShipments(10)).toEqual([]);
  expect(await accept(one, 'c1')).toMatchObject({ kind: 'recorded' });
  expect(await ordersReads.dueShipments(10)).toMatchObject([{ id: 'shp_a_1', orderId: 'ord_a' }]);
  expect(await findings()).toEqual([]);
});

test('a report is closed at its record, and one that comes late is refused and leaves no row', async () => {
  await createOrders(one, [order('a', [['apple', 2]])]);
  const answers = await Promise.all([one, other, one, other].map((shop) => accept(shop, 'c1')));
  expect(answers.map((answer) => answer?.kind).sort()).toEqual([
    'recorded',
    'replayed',
    'replayed',
    'replayed',
  ]);
  for (const answer of answers)
    expect(answer).toMatchObject({ row: { isClosed: true, decision: { kind: 'reported' } } });
  for (const shop of [one, other])
    expect(await accept(shop, 'c2')).toEqual({ kind: 'refused', reason: 'ALREADY_REPORTED' });
  expect((await one.stores.commands.commands(['c1', 'c2'])).has('c2')).toBe(false);
  expect((await one.stores.ordersReads.order('ord_a'))?.shipments).toMatchObject([{ state: 'ACCEPTED' }]);
  expect(await findings()).toEqual([]);
});

test('exactly one of a cancel and a report at the same moment succeeds', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `r${index}`);
  await createOrders(
    one,
    ids.map((id) => order(id, [['apple', 1]])),
  );
  const outcomes = await Promise.all(
    ids.map((id) =>
      Promise.all([
        accept(one, `accept-${id}`, id),
        COMMANDS.cancel.record(recording(other))(`cancel/${id}`, [cancelOf(placed(id))]),
      ]),
    ),
  );
  for (const [accepted, [cancelled]] of outcomes) {
    expect(cancelled?.kind).toBe('recorded');
    if (accepted?.kind === 'refused') expect(accepted.reason).toBe('CONFLICT');
  }
  const states = await one.stores.ordersReads.orders(ids.map((id) => `ord_${id}`));
  for (const { status, pending } of states.values())
    expect({ status, kind: pending?.kind }).toEqual({ status: 'CANCEL_PENDING', kind: 'cancel' });
  expect(await findings(false)).toEqual([]);
});

test.each([
  [`UPDATE orders.shipment SET due_at = now() - interval '1 day'`, 'shipmentRows'],
  [`DELETE FROM orders.shipment`, 'shipmentRows'],
  [`UPDATE orders."order" SET pending = '{"kind": "cancel", "commandId": "c1"}'`, 'pending'],
  [`UPDATE orders."order" SET shipments = '[]'`, 'shipments'],
  [`UPDATE orders."order" SET last_command = '{}'`, 'lastCommand'],
])('the audit finds %s', async (damage, field) => {
  await createOrders(one, [order('a', [['apple', 2]])]);
  expect(await findings()).toEqual([]);
  await one.stores.orders.client.$executeRawUnsafe(damage);
  expect((await findings()).join('\n')).toMatch(new RegExp(`order/ord_a: .*${field}\\S* is `));
});
