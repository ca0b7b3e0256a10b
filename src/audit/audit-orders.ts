import { evolveOrder } from '../domain/order/evolve-order';
import type { Order } from '../domain/order/order';
import type { OrderEvent } from '../domain/order/order-events';
import { skusIn } from '../stores/orders/order-items';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from '../stores/orders/order-rows';
import { shipmentRow } from '../stores/orders/orders-save';
import type { RowRule } from './audit-streams';

interface StoredShipment {
  readonly nodeId: string;
  readonly state: string;
  readonly dueAt: string | null;
}

interface StoredOrder {
  readonly row: OrderRow;
  /** The rows by which shipments are found, by shipment id. */
  readonly shipmentRows: Readonly<Record<string, StoredShipment>>;
  /** The items by which the order is found. */
  readonly itemRows: readonly string[];
  /** True when the key of its personal data is there: the log says when it has to be, and when not. */
  readonly hasKey: boolean;
}

/** Every order row, and the rows by which it and its shipments are found, equal the fold of its log. */
export const orderRule: RowRule<Order | undefined> = {
  kind: 'order',
  open: () => undefined,
  evolve: (order, id, { type, data, occurredAt }) => {
    return evolveOrder(order, id, { type, data } as OrderEvent, occurredAt);
  },
  rowOf(order) {
    if (!order) return undefined;
    const rows = order.shipments.map(({ id, nodeId, state, dueAt }) => [id, { nodeId, state, dueAt }]);
    return {
      ...order,
      shipmentRows: Object.fromEntries(rows),
      itemRows: skusIn(order.lines),
      hasKey: order.sealed !== null,
    };
  },
  tables: {
    order: (order, streamVersion) => (order ? [{ ...order, streamVersion }] : []),
    shipment: (order) => order?.shipments.map(shipmentRow) ?? [],
    order_item: (order) =>
      order ? skusIn(order.lines).map((sku) => ({ sku, createdAt: order.createdAt, orderId: order.id })) : [],
  },
  async load(session, ids) {
    const stored = await session.$queryRaw<StoredOrder[]>`
      SELECT ${orderRow} AS "row", coalesce(sent.rows, '{}') AS "shipmentRows", coalesce(named.skus, '{}') AS "itemRows",
        EXISTS (SELECT 1 FROM order_secret WHERE order_id = o.id) AS "hasKey"
      FROM "order" o
      LEFT JOIN (
        SELECT order_id, json_object_agg(id, json_build_object('nodeId', node_id, 'state', state,
          'dueAt', iso(nullif(due_at, 'infinity'))))::jsonb AS rows
        FROM shipment WHERE order_id = ANY(${[...ids]}) GROUP BY order_id) AS sent ON sent.order_id = o.id
      LEFT JOIN (
        SELECT order_id, created_at, array_agg(sku ORDER BY sku COLLATE "C") AS skus
        FROM order_item WHERE order_id = ANY(${[...ids]}) GROUP BY order_id, created_at) AS named
        ON named.order_id = o.id AND named.created_at = o.created_at
      WHERE o.id = ANY(${[...ids]})`;
    return stored.map(({ row, shipmentRows, itemRows, hasKey }) => {
      const order = toOrder(row);
      const version = streamVersionOf(row);
      return { key: order.id, row: { ...order, shipmentRows, itemRows, hasKey, version } };
    });
  },
};
