import type { ExpireShipment, ReportShipment } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import type { DueShipment, OrdersReads } from '../stores/orders-reads';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
const MOST_AT_ONCE = 85;

export interface DueShipments {
  readonly reads: Pick<OrdersReads, 'dueShipments' | 'orders'>;
  expire(commands: readonly ExpireShipment[]): Promise<{ readonly outcomes: Promise<unknown> }>;
  resume(commands: readonly ReportShipment[]): Promise<{ readonly outcomes: Promise<unknown> }>;
}

/**
 * Acts where a shipment's time is up: one that its node has not accepted or sent goes elsewhere, one that has left
 * and was not captured has its saga taken up again. Nothing is started when nothing is due.
 */
export function dueShipmentsWatch({ reads, expire, resume }: DueShipments): Watch {
  return {
    name: 'due-shipments',
    everyMs: EVERY_MS,
    async look() {
      const due = await reads.dueShipments(MOST_AT_ONCE);
      if (due.length === 0) return;
      const orders = await reads.orders(due.map(({ orderId }) => orderId));
      const [atNodes, left] = partition(due, ({ state }) => state === 'RELEASED' || state === 'ACCEPTED');
      const expired = atNodes.flatMap((shipment) => expiry(shipment, orders.get(shipment.orderId)));
      const resumed = left.flatMap((shipment) => resumption(shipment, orders.get(shipment.orderId)));
      if (expired.length > 0) await (await expire(expired)).outcomes;
      if (resumed.length > 0) await (await resume(resumed)).outcomes;
    },
  };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function expiry({ id, dueAt }: DueShipment, order: Order | undefined): readonly ExpireShipment[] {
  return order ? [onOrder(order, `${id}/overdue/${dueAt}`, id)] : [];
}

/** Under the command that shipped it: what that one has done already is not done again. */
function resumption({ id }: DueShipment, order: Order | undefined): readonly ReportShipment[] {
  const shippedBy = order?.shipments.find((shipment) => shipment.id === id)?.shippedBy;
  return order && shippedBy !== undefined ? [onOrder(order, shippedBy, id)] : [];
}

function onOrder(
  { id: orderId, caller, customerId }: Order,
  commandId: string,
  shipmentId: string,
): ReportShipment {
  return { commandId, caller, correlation: orderId, orderId, customerId, shipmentId };
}
