import { ApplicationFailure } from '@temporalio/common';
import { STEP_FAULTED } from '../../src/contracts/failures';
import { dueShipmentsWatch } from '../../src/intake/due-shipments-watch';
import { takenOrdersWatch } from '../../src/intake/taken-orders-watch';
import { auditBooks } from '../../src/stores/audit';
import { approved, onOrder, onShipment, rowOf, shipmentAt } from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture({ deadlines: { acceptSeconds: 1, shipSeconds: 1, captureSeconds: 1 } });
});
afterAll(async () => {
  const findings = await auditBooks(fixture.context.stores, { isQuiet: true });
  await fixture.close();
  expect(findings).toEqual([]);
});

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
