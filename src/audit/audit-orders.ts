import { evolveOrder } from '../domain/order/evolve-order';
import type { Order } from '../domain/order/order';
import type { OrderEvent } from '../domain/order/order-events';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from '../stores/orders/order-rows';
import type { RowRule } from './audit-streams';

interface StoredShipment {
  readonly state: string;
  readonly dueAt: string | null;
}

interface StoredOrder {
  readonly row: OrderRow;
  /** The rows by which the watch for deadlines finds shipments, by shipment id. */
  readonly shipmentRows: Readonly<Record<string, StoredShipment>>;
}

/** Every order row, and the row of each of its shipments, equals the fold of its log. */
export const orderRule: RowRule<Order | undefined> = {
  kind: 'order',
  open: () => undefined,
  evolve: (order, id, { type, data, occurredAt }) => {
    return evolveOrder(order, id, { type, data } as OrderEvent, occurredAt);
  },
  rowOf(order) {
    if (!order) return undefined;
    const rows = order.shipments.map(({ id, state, dueAt }) => [id, { state, dueAt }]);
    return { ...order, shipmentRows: Object.fromEntries(rows) };
  },
  async load(session, ids) {
    const stored = await session.$queryRaw<StoredOrder[]>`
      SELECT ${orderRow} AS "row", (SELECT coalesce(json_object_agg(id,
          json_build_object('state', state, 'dueAt', iso(due_at))), '{}')
        FROM shipment WHERE order_id = o.id) AS "shipmentRows"
      FROM "order" o WHERE id = ANY(${[...ids]})`;
    return stored.map(({ row, shipmentRows }) => {
      const order = toOrder(row);
      return { key: order.id, row: { ...order, shipmentRows, version: streamVersionOf(row) } };
    });
  },
};
