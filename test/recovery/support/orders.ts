import type { CommandKind } from '../../../src/domain/command/recorded-command';
import type { Order, Shipment } from '../../../src/domain/order/order';
import type { BookingParties } from '../../../src/providers/booking-parties';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { carried } from '../../support/direct-saga';
import { acceptOf, orderOf, shipOf } from '../../support/new-commands';
import type { Ground } from './grounds';

export const PRICE = 100;

/** Returns an order of a ground's item. */
export function orderOn(
  { key, orderId, customerId, sku }: Ground,
  quantity: number,
  more: Parameters<typeof orderOf>[1] = {},
): NewCommand<'create'> {
  return orderOf([[sku, quantity, PRICE]], {
    id: orderId,
    customerId,
    region: 'eu',
    caller: `shop-${key}`,
    ...more,
  });
}

/** Returns the id of a command on a ground's order. */
export function idOn({ key }: Ground, kind: CommandKind): string {
  return `cmd_${key}_${kind}`;
}

/** Places orders on these grounds in one saga. Returns them approved. */
export async function approvedOn(
  stores: Stores,
  grounds: readonly Ground[],
  quantity: number,
  more: Parameters<typeof orderOf>[1] = {},
  parties?: BookingParties,
): Promise<readonly Order[]> {
  const ends = await carried(
    stores,
    grounds.map((ground) => orderOn(ground, quantity, more)),
    parties ? { parties } : {},
  );
  const bad = ends.find(({ decision, end }) => end !== 'closed' || decision === 'rejected');
  if (bad) throw new Error(`an order was not approved: ${JSON.stringify(bad)}`);
  return ordersOn(stores, grounds);
}

export function ordersOn(stores: Stores, grounds: readonly Ground[]): Promise<readonly Order[]> {
  return Promise.all(grounds.map((ground) => orderNow(stores, ground)));
}

/** Returns the current order of a ground. */
export async function orderNow(
  { ordersReads }: Stores,
  { orderId: id }: Pick<Ground, 'orderId'>,
): Promise<Order> {
  const order = await ordersReads.order(id);
  if (!order) throw new Error(`no order ${id}`);
  return order;
}

export function shipmentOf({ id, shipments }: Order, at = 0): Shipment {
  const shipment = shipments[at];
  if (!shipment) throw new Error(`order ${id} has no shipment ${at}`);
  return shipment;
}

/** Accepts one shipment of each order. */
export async function acceptedOn(stores: Stores, orders: readonly Order[], at = 0): Promise<void> {
  await carried(
    stores,
    orders.map((order) => acceptOf(order, shipmentOf(order, at), { id: `cmd_${order.id}_accept_${at}` })),
  );
}

/** Accepts and ships one shipment of each order. */
export async function shippedOn(stores: Stores, orders: readonly Order[], at = 0): Promise<void> {
  await acceptedOn(stores, orders, at);
  await carried(
    stores,
    orders.map((order) => shipOf(order, shipmentOf(order, at), { id: `cmd_${order.id}_ship_${at}` })),
  );
}
