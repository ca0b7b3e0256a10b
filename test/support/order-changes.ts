import type { CreateOrder, OnOrder } from '../../src/contracts/commands';
import type { Order, Shipment } from '../../src/domain/order/order';
import type { SagaFixture } from './saga-fixture';
import { orderOf, randomId } from './saga-orders';

/** Places an order and waits for its saga. */
export async function placed(fixture: SagaFixture, command: CreateOrder): Promise<Order> {
  await (await fixture.context.starters.createOrder([command])).outcomes;
  return rowOf(fixture, command.commandId);
}

/** An order over demo data that was approved. */
export function approved(fixture: SagaFixture, quantity = 2): Promise<Order> {
  return placed(fixture, orderOf([['MUG-01', quantity]]));
}

export async function rowOf({ context }: SagaFixture, id: string): Promise<Order> {
  const order = await context.stores.ordersReads.order(id);
  if (!order) throw new Error(`no order ${id}`);
  return order;
}

/** What every command on an order carries; `commandId` says that it is the same one again. */
export function onOrder(
  { id: orderId, customerId }: Pick<Order, 'id' | 'customerId'>,
  commandId = `cmd_${randomId()}`,
): OnOrder {
  return { commandId, caller: 'tester', correlation: orderId, orderId, customerId };
}

export function onShipment(order: Order, at = 0, commandId?: string) {
  return { ...onOrder(order, commandId), shipmentId: shipmentAt(order, at).id };
}

export function shipmentAt({ id, shipments }: Order, at = 0): Shipment {
  const shipment = shipments[at];
  if (!shipment) throw new Error(`order ${id} has no shipment ${at}`);
  return shipment;
}

/** Has a shipment accepted and sent. */
export async function shipped(fixture: SagaFixture, order: Order, at = 0): Promise<Order> {
  const { acceptShipments, shipShipments } = fixture.context.starters;
  await (await acceptShipments([onShipment(order, at)])).outcomes;
  await (await shipShipments([{ ...onShipment(order, at), tracking: null }])).outcomes;
  return rowOf(fixture, order.id);
}

/** As if a shipment's time were up, for whoever reads its order and for the watch. */
export async function overdue({ sql }: SagaFixture, { orderId, id }: Shipment): Promise<void> {
  await sql(
    `UPDATE orders."order" SET shipments = (SELECT jsonb_agg(CASE WHEN s->>'id' = $1
       THEN s || '{"dueAt": "2026-01-01T00:00:00.000Z"}' ELSE s END) FROM jsonb_array_elements(shipments) s)
     WHERE id = $2`,
    [id, orderId],
  );
  await sql(`UPDATE orders.shipment SET due_at = '2026-01-01' WHERE id = $1`, [id]);
}
