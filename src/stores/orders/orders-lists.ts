import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { type Order, SHIPMENT_STATES, type Shipment, type ShipmentState } from '../../domain/order/order';
import type { PrismaClient } from '../generated/orders/client';
import { type ShownOrder, type ShownRow, shownRow, toShown } from './orders-reads';

/** The orders that a caller looks for. A field that is left out matches all. */
export interface OrderQuery {
  readonly customerId?: string | undefined;
  readonly status?: Order['status'] | undefined;
  readonly sku?: string | undefined;
  readonly externalId?: string | undefined;
  /** Created at this moment or later. */
  readonly createdFrom?: string | undefined;
  /** Created before this moment. */
  readonly createdTo?: string | undefined;
  readonly limit: number;
  /** The last order of the previous page. */
  readonly after?: readonly [createdAt: string, id: string] | undefined;
}

/** The shipments that a caller looks for. A field that is left out matches all. */
export interface ShipmentQuery {
  readonly nodeId?: string | undefined;
  readonly state?: ShipmentState | undefined;
  readonly dueBefore?: string | undefined;
  readonly limit: number;
  /** The last shipment of the previous page. */
  readonly after?: readonly [dueAt: string, id: string] | undefined;
}

/** A shipment, and the values by which the list is sorted. */
export interface ListedShipment {
  readonly shipment: Shipment;
  /** The moment of its deadline; 'infinity' when nothing is due. */
  readonly dueAt: string;
}

/** Lists of orders and shipments. Each filter alone is narrowed by an index. */
export class OrdersLists {
  constructor(private readonly client: PrismaClient) {}

  /** Lists orders, newest first. */
  async orders(query: OrderQuery): Promise<readonly ShownOrder[]> {
    const { customerId, status, sku, externalId, limit } = query;
    const [source, created, id] = sourceOf(query);
    const rows = await this.client.$queryRaw<ShownRow[]>`
      SELECT ${shownRow} FROM ${source}
      WHERE ${sku === undefined ? sql`true` : sql`i.sku = ${sku}`}
        AND ${customerId === undefined ? sql`true` : sql`o.customer_id = ${customerId}`}
        AND ${status === undefined ? sql`true` : sql`o.status = ${status}`}
        AND ${externalId === undefined ? sql`true` : sql`s.external_id = ${externalId}`}
        AND ${within(query, created, id)}
      ORDER BY ${created} DESC, ${id} DESC LIMIT ${limit}::int`;
    return rows.map(toShown);
  }

  /** Lists shipments by their deadlines, the most urgent first; then those that have none. */
  async shipments({
    nodeId,
    state,
    dueBefore,
    limit,
    after,
  }: ShipmentQuery): Promise<readonly ListedShipment[]> {
    const states = state === undefined ? SHIPMENT_STATES : [state];
    // One look into the index for each state: each gives its rows in the order of the list.
    return this.client.$queryRaw<ListedShipment[]>`
      SELECT coalesce(iso(nullif(s.due_at, 'infinity')), 'infinity') AS "dueAt",
        (SELECT one FROM jsonb_array_elements(o.shipments) AS one WHERE one->>'id' = s.id) AS shipment
      FROM (
        SELECT found.* FROM unnest(${[...states]}::text[]) AS asked(state)
        CROSS JOIN LATERAL (
          SELECT id, order_id, due_at FROM shipment
          WHERE shipment.state = asked.state
            AND ${nodeId === undefined ? sql`true` : sql`node_id = ${nodeId}`}
            AND ${dueBefore === undefined ? sql`true` : sql`due_at < ${dueBefore}::timestamptz`}
            AND ${after ? sql`(due_at, id) > (${after[0]}::timestamptz, ${after[1]})` : sql`true`}
          ORDER BY due_at, id LIMIT ${limit}::int) AS found
        ORDER BY due_at, id LIMIT ${limit}::int) AS s
      JOIN "order" o ON o.id = s.order_id ORDER BY s.due_at, s.id`;
  }
}

/** Returns where the list begins. The index of a side table gives its orders in the order of the list. */
function sourceOf({ sku, externalId }: OrderQuery): readonly [source: Sql, created: Sql, id: Sql] {
  const named = sql`JOIN order_secret s ON s.order_id = o.id`;
  if (sku !== undefined) {
    const bought = sql`order_item i JOIN "order" o ON o.id = i.order_id`;
    return [externalId === undefined ? bought : sql`${bought} ${named}`, sql`i.created_at`, sql`i.order_id`];
  }
  if (externalId !== undefined) return [sql`"order" o ${named}`, sql`s.created_at`, sql`s.order_id`];
  return [sql`"order" o`, sql`o.created_at`, sql`o.id`];
}

function within({ createdFrom, createdTo, after }: OrderQuery, created: Sql, id: Sql): Sql {
  return sql`
    ${createdFrom === undefined ? sql`true` : sql`${created} >= ${createdFrom}::timestamptz`}
    AND ${createdTo === undefined ? sql`true` : sql`${created} < ${createdTo}::timestamptz`}
    AND ${after ? sql`(${created}, ${id}) < (${after[0]}::timestamptz, ${after[1]})` : sql`true`}`;
}
