import { dueShipmentsWatch } from '../../src/recovery/due-shipments-watch';
import { auditedClose } from '../support/audited-close';
import { acceptOf, cancelOf, orderOf, overdueOf, shipOf } from '../support/new-commands';
import {
  approved,
  carriedOut,
  closed,
  given,
  overdue,
  placed,
  rowOf,
  shipmentAt,
} from '../support/order-changes';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { stoppedAt } from '../support/saga-runs';

let fixture: SagaFixture;

beforeAll(async () => {
  fixture = await openSagaFixture({ deadlines: { acceptSeconds: 1, shipSeconds: 1 } });
});
afterAll(async () => {
  // Every run of the watch records all the deadlines that have passed by then.
  await eventually(async () => expect(await fixture.context.stores.commands.countOpen(1)).toBe(0));
  expect(await auditedClose(fixture)).toEqual([]);
});

function watch(most?: number) {
  const { ordersReads } = fixture.context.stores;
  return dueShipmentsWatch({
    reads: {
      orders: (ids) => ordersReads.orders(ids),
      dueShipments: (limit, without) => ordersReads.dueShipments(most ?? limit, without),
    },
    reject: (command) => fixture.intakes.reject.submit(command),
  });
}

const statesOf = async (id: string) => (await rowOf(fixture, id)).shipments.map(({ state }) => state);

test('a shipment that its node does not accept in time is allocated at another node', async () => {
  const order = await approved(fixture);
  const { id, nodeId } = shipmentAt(order);
  await eventually(async () => {
    await watch().look();
    expect(await statesOf(order.id)).toContain('REJECTED');
  });
  await closed(fixture, overdueOf(order, shipmentAt(order)).id);
  const { shipments, pending } = await rowOf(fixture, order.id);
  expect(pending).toBeNull();
  expect(shipments.find((shipment) => shipment.id === id)).toMatchObject({ state: 'REJECTED', lines: [] });
  expect(shipments[1]).toMatchObject({ lines: [{ quantity: 2 }] });
  expect(shipments[1]?.nodeId).not.toBe(nodeId);
});

test('a passed deadline is recorded once, however often the relay finds it', async () => {
  const order = await approved(fixture);
  await overdue(fixture, shipmentAt(order));
  const late = overdueOf(order, shipmentAt(await rowOf(fixture, order.id)));
  const stopped = stoppedAt(fixture, 'replaceUnits', late, 'before');
  await watch().look();
  await stopped.there;
  await watch().look();
  expect(await given(fixture, late)).toMatchObject({ kind: 'replayed' });
  stopped.goOn();
  fixture.interpose('replaceUnits', undefined);
  await closed(fixture, late.id);
  await watch().look();
  const own = await fixture.context.stores.commands.bySubject([order.id]);
  expect(own.filter(({ kind }) => kind === 'reject').map(({ id }) => id)).toContain(late.id);
  expect((await rowOf(fixture, order.id)).shipments[0]).toMatchObject({ state: 'REJECTED' });
});

test('a node that reports before the relay finds its deadline keeps its shipment', async () => {
  const order = await placed(fixture, orderOf([['MUG-02', 1]]));
  await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
  await carriedOut(fixture, shipOf(order, shipmentAt(order)));
  expect(await given(fixture, overdueOf(order, shipmentAt(order)))).toMatchObject({
    kind: 'refused',
    reason: 'ALREADY_REPORTED',
  });
  expect(await statesOf(order.id)).toEqual(['SHIPPED']);
});

test('a deadline that a locked order refuses is retried later, and does not delay later deadlines', async () => {
  const [locked, healthy] = [await approved(fixture), await approved(fixture)];
  const cancelling = cancelOf(locked);
  const stopped = stoppedAt(fixture, 'releaseRest', cancelling, 'before');
  await given(fixture, cancelling);
  await stopped.there;
  for (const order of [locked, healthy]) await overdue(fixture, shipmentAt(order));
  await fixture.sql(`UPDATE orders.shipment SET due_at = '2025-01-01' WHERE order_id = $1`, [locked.id]);
  const one = watch(1);
  await one.look();
  await one.look();
  expect((await statesOf(healthy.id))[0]).toBe('REJECTED');
  expect(await statesOf(locked.id)).toEqual(['RELEASED']);
  stopped.goOn();
  fixture.interpose('releaseRest', undefined);
  await closed(fixture, cancelling.id);
  expect(await statesOf(locked.id)).toEqual(['CANCELLED']);
});

test('a deadline of an unreadable order is not retried in every round, and does not delay later deadlines', async () => {
  const [poisoned, healthy] = [await approved(fixture), await approved(fixture)];
  const broken = `UPDATE orders."order" SET lines = $2 WHERE id = $1`;
  for (const order of [poisoned, healthy]) await overdue(fixture, shipmentAt(order));
  await fixture.sql(`UPDATE orders.shipment SET due_at = '2025-01-01' WHERE order_id = $1`, [poisoned.id]);
  await fixture.sql(broken, [poisoned.id, '{"broken": true}']);
  const one = watch(1);
  const failed: unknown[] = [];
  for (let look = 0; look < 2; look++) await one.look().catch((error: unknown) => failed.push(error));
  expect(failed).toHaveLength(1);
  expect((await statesOf(healthy.id))[0]).toBe('REJECTED');
  await fixture.sql(broken, [poisoned.id, JSON.stringify(poisoned.lines)]);
  await eventually(async () => {
    await watch().look();
    expect((await statesOf(poisoned.id))[0]).toBe('REJECTED');
    expect((await rowOf(fixture, poisoned.id)).pending).toBeNull();
  });
});
