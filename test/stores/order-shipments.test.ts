import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { decideAccept } from '../../src/domain/order/report-shipment';
import { auditBooks } from '../../src/stores/audit';
import { cause, createOrders, openShops, order, type Shop, stockUp } from './shop';

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

/** What the audit finds about orders. */
async function findings(isQuiet = true): Promise<readonly string[]> {
  return (await auditBooks(one.stores, { isQuiet })).filter((sentence) => /^order/i.test(sentence));
}

const TERMS = { acceptSeconds: 3_600, shipSeconds: 0, captureSeconds: 60, sourcingSeconds: 60 };

function accept(shop: Shop, commandId: string, shipmentId = 'shp_a_1') {
  const command = { commandId, caller: 'node', correlation: 'ord_a', orderId: 'ord_a', shipmentId };
  return shop.stores.orders.stepOnce('accept', [command], ({ order: found, now }, report) =>
    decideAccept(found, report, { ...TERMS, now }),
  );
}

test('an approved order has its shipments, and those are found once they are due', async () => {
  await createOrders(one, [order('a', [['apple', 101]])], 'saga');
  const { ordersReads } = one.stores;
  const found = await ordersReads.order('ord_a');
  expect(found?.shipments).toMatchObject([
    { id: 'shp_a_1', nodeId: 'n1', state: 'RELEASED' },
    { id: 'shp_a_2', nodeId: 'n2', state: 'RELEASED' },
  ]);
  expect(await ordersReads.dueShipments(10)).toEqual([]);
  expect(await accept(one, 'c1')).toEqual([{ kind: 'done' }]);
  expect(await ordersReads.dueShipments(10)).toMatchObject([
    { id: 'shp_a_1', orderId: 'ord_a', state: 'ACCEPTED' },
  ]);
  expect(await findings()).toEqual([]);
});

test('a report answers the same however often it is taken, and another is told that it comes late', async () => {
  await createOrders(one, [order('a', [['apple', 2]])], 'saga');
  const answers = await Promise.all([one, other, one, other].map((shop) => accept(shop, 'c1')));
  expect(answers.flat()).toEqual(Array(4).fill({ kind: 'done' }));
  const late = { kind: 'refused', reason: 'ALREADY_REPORTED' };
  for (const shop of [one, other]) expect(await accept(shop, 'c2')).toEqual([late]);
  expect((await one.stores.ordersReads.order('ord_a'))?.lastCommand).toMatchObject({
    id: 'c2',
    outcome: 'refused',
  });
  expect(await findings()).toEqual([]);
});

test('of a cancel and a report at once one wins, whichever it is', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `r${index}`);
  await createOrders(
    one,
    ids.map((id) => order(id, [['apple', 1]])),
    'saga',
  );
  const outcomes = await Promise.all(
    ids.flatMap((id) => {
      const orderId = `ord_${id}`;
      const about = { caller: 'shop', correlation: orderId, orderId };
      const report = { ...about, commandId: `accept-${id}`, shipmentId: `shp_${id}_1` };
      const accepting = one.stores.orders.stepOnce('accept', [report], ({ order: found, now }, command) =>
        decideAccept(found, command, { ...TERMS, now }),
      );
      const cancel = { ...about, commandId: `cancel-${id}` };
      const cancelling = other.stores.orders.stepOnce('cancel', [cancel], ({ order: found }, command) =>
        decideClaimCancel(found, command),
      );
      return [Promise.all([accepting, cancelling])];
    }),
  );
  for (const [[accepted], [cancelled]] of outcomes) {
    expect(cancelled?.kind).toBe('done');
    if (accepted?.kind === 'refused') expect(accepted.reason).toBe('CONFLICT');
  }
  const states = await one.stores.ordersReads.orders(ids.map((id) => `ord_${id}`));
  for (const { status, pending } of states.values())
    expect({ status, kind: pending?.kind }).toEqual({ status: 'CANCEL_PENDING', kind: 'cancel' });
  expect(await one.stores.ordersReads.takenTooLong(10)).toEqual([]);
  expect(await findings(false)).toEqual([]);
});

test.each([
  [`UPDATE orders.shipment SET due_at = now() - interval '1 day'`, 'shipmentRows'],
  [`DELETE FROM orders.shipment`, 'shipmentRows'],
  [`UPDATE orders."order" SET pending = '{"kind": "cancel", "commandId": "c1"}'`, 'pending'],
  [`UPDATE orders."order" SET shipments = '[]'`, 'shipments'],
  [`UPDATE orders."order" SET last_command = '{}'`, 'lastCommand'],
])('the audit finds %s', async (damage, field) => {
  await createOrders(one, [order('a', [['apple', 2]])], 'saga');
  expect(await findings()).toEqual([]);
  await one.stores.orders.client.$executeRawUnsafe(damage);
  expect((await findings()).join('\n')).toMatch(new RegExp(`order/ord_a: .*${field} is `));
});
