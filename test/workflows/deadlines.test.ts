import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { dueShipmentsWatch } from '../../src/intake/due-shipments-watch';
import { takenOrdersWatch } from '../../src/intake/taken-orders-watch';
import { auditedClose } from '../support/audited-close';
import { approved, onOrder, onShipment, overdue, rowOf, shipmentAt } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture({ deadlines: { acceptSeconds: 1, shipSeconds: 1, captureSeconds: 1 } });
});
afterAll(async () => expect(await auditedClose(fixture)).toEqual([]));

function look(): Promise<void> {
  const { stores, starters } = fixture.context;
  return dueShipmentsWatch({
    reads: stores.ordersReads,
    expire: starters.expireShipments,
    resume: starters.resumeShipments,
  }).look();
}

test('a shipment that its node does not accept in time goes elsewhere', async () => {
  const order = await approved(fixture);
  const { id, nodeId } = shipmentAt(order);
  await eventually(async () => {
    await look();
    expect((await rowOf(fixture, order.id)).shipments.map(({ state }) => state)).toContain('REJECTED');
  });
  const { shipments, pending } = await rowOf(fixture, order.id);
  expect(pending).toBeNull();
  expect(shipments.find((shipment) => shipment.id === id)).toMatchObject({ state: 'REJECTED', lines: [] });
  expect(shipments[1]).toMatchObject({ lines: [{ quantity: 2 }] });
  expect(shipments[1]?.nodeId).not.toBe(nodeId);
});

test('a shipment that its saga fails on is not tried at every look, and hides none that is due after it', async () => {
  const [poisoned, healthy] = [await approved(fixture), await approved(fixture)];
  const broken = `UPDATE orders."order" SET lines = $2 WHERE id = $1`;
  await fixture.sql(broken, [poisoned.id, '{"broken": true}']);
  for (const order of [poisoned, healthy]) await overdue(fixture, shipmentAt(order));
  await fixture.sql(`UPDATE orders.shipment SET due_at = '2025-01-01' WHERE order_id = $1`, [poisoned.id]);
  const { stores, starters } = fixture.context;
  const tried: string[] = [];
  const watch = dueShipmentsWatch({
    reads: {
      orders: (ids) => stores.ordersReads.orders(ids),
      // As if as many as are looked at were poisoned.
      dueShipments: (_, without) => stores.ordersReads.dueShipments(1, without),
    },
    expire(commands) {
      tried.push(...commands.map(({ orderId }) => orderId));
      return starters.expireShipments(commands);
    },
    resume: starters.resumeShipments,
  });
  // A look waits for what it has started. After a while, which is not long, the poisoned one has another turn.
  await watch.look();
  await watch.look();
  expect(tried).toEqual([poisoned.id, healthy.id]);
  expect((await rowOf(fixture, healthy.id)).shipments[0]?.state).toBe('REJECTED');

  await fixture.sql(broken, [poisoned.id, JSON.stringify(poisoned.lines)]);
  await eventually(async () => {
    await look();
    expect((await rowOf(fixture, poisoned.id)).shipments[0]?.state).toBe('REJECTED');
  });
});

test('a shipment whose saga was lost after it had left is captured all the same, once', async () => {
  const order = await approved(fixture);
  const { acceptShipments, shipShipments } = fixture.context.starters;
  await (await acceptShipments([onShipment(order)])).outcomes;
  fixture.interpose('captureCredit', async () => {
    throw ApplicationFailure.nonRetryable('as if the saga had died here', STEP_FAULTED);
  });
  await (await shipShipments([{ ...onShipment(order), tracking: null }])).outcomes;
  fixture.interpose('captureCredit', undefined);
  expect(shipmentAt(await rowOf(fixture, order.id))).toMatchObject({ state: 'SHIPPED' });
  expect(shipmentAt(await rowOf(fixture, order.id)).captured).toBeUndefined();
  await eventually(async () => {
    await look();
    expect(await rowOf(fixture, order.id)).toMatchObject({ payment: 'captured', status: 'SHIPPED' });
  });
  await look();
  const [hold] = await fixture.sql<{ amount: number }>(
    `SELECT amount::int FROM credit.hold WHERE order_id = $1`,
    [order.id],
  );
  expect(hold).toEqual({ amount: order.total });
});

test('an order whose cancelling saga was lost is cancelled by whoever notices', async () => {
  const order = await approved(fixture);
  fixture.interpose('releaseRest', async () => {
    throw ApplicationFailure.nonRetryable('as if the saga had died here', STEP_FAULTED);
  });
  await (await fixture.context.starters.cancelOrders([onOrder(order)])).outcomes;
  fixture.interpose('releaseRest', undefined);
  expect((await rowOf(fixture, order.id)).status).toBe('CANCEL_PENDING');
  const { ordersReads } = fixture.context.stores;
  // What has been taken for too long is judged by the store; here every order that is taken is.
  const taken = { takenTooLong: async () => [await rowOf(fixture, order.id)] };
  await takenOrdersWatch({ ...ordersReads, ...taken }, fixture.intakes).look();
  await eventually(async () => expect((await rowOf(fixture, order.id)).status).toBe('CANCELLED'));
});

test('an order that its command fails on again is not tried at every look, and hides none that is taken after it', async () => {
  const [poisoned, healthy] = [await approved(fixture), await approved(fixture)];
  const fault = ApplicationFailure.nonRetryable('a fault', STEP_FAULTED);
  fixture.interpose('releaseRest', () => Promise.reject(fault));
  const [first, second] = [onOrder(poisoned), onOrder(healthy)];
  await (await fixture.context.starters.cancelOrders([first, second])).outcomes;
  let attempts = 0;
  fixture.interpose('releaseRest', async (release, input) => {
    if (!JSON.stringify(input).includes(poisoned.id)) return release(input);
    attempts += 1;
    throw fault;
  });
  for (const [{ id }, seconds] of [[poisoned, 90] as const, [healthy, 60] as const])
    await fixture.sql(
      `UPDATE orders."order" SET updated_at = updated_at - make_interval(secs => $2) WHERE id = $1`,
      [id, seconds],
    );
  const { ordersReads } = fixture.context.stores;
  // As if as many as are looked at were poisoned.
  const reads = {
    takenTooLong: (_: number, without?: readonly string[]) => ordersReads.takenTooLong(1, without),
  };
  const watch = takenOrdersWatch(reads, fixture.intakes);
  for (const { commandId } of [first, second]) {
    await watch.look();
    // A look that is under way when a saga ends may have it tried again at once.
    await eventually(async () => expect(fixture.intakes.cancels.pending(commandId)).toBeUndefined());
  }
  expect((await rowOf(fixture, healthy.id)).status).toBe('CANCELLED');
  expect(attempts).toBe(1);

  fixture.interpose('releaseRest', undefined);
  await takenOrdersWatch(ordersReads, fixture.intakes).look();
  await eventually(async () => expect((await rowOf(fixture, poisoned.id)).status).toBe('CANCELLED'));
});
