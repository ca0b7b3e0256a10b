import type { Order, Shipment } from '../domain/order/order';
import { Prisma, type PrismaClient } from './generated/orders/client';
import { type OrderRow, orderRow, toOrder } from './order-rows';

/** Where a listing goes on: the last row seen. */
export interface OrderPosition {
  readonly createdAt: string;
  readonly id: string;
}

export interface OrderQuery {
  readonly customerId?: string | undefined;
  readonly status?: Order['status'] | undefined;
  readonly limit: number;
  readonly after?: OrderPosition | undefined;
}

/** A shipment whose node has let its deadline pass. */
export interface DueShipment extends Pick<Shipment, 'id' | 'orderId'> {
  readonly dueAt: string;
}

/** Reads of orders that lock nothing. */
export class OrdersReads {
  constructor(private readonly client: PrismaClient) {}

  async order(id: string): Promise<Order | undefined> {
    return (await this.orders([id])).get(id);
  }

  async orders(ids: readonly string[]): Promise<ReadonlyMap<string, Order>> {
    const rows = await this.client.$queryRaw<{ row: OrderRow }[]>`
      SELECT ${orderRow} AS "row" FROM "order" o WHERE id = ANY(${[...ids]})`;
    return new Map(rows.map(({ row }) => [row[0], toOrder(row)]));
  }

  /** Newest first. */
  async list(query: OrderQuery): Promise<readonly Order[]> {
    const { customerId, status, limit, after } = query;
    const rows = await this.client.$queryRaw<{ row: OrderRow }[]>`
      SELECT ${orderRow} AS "row" FROM "order" o
      WHERE ${customerId === undefined ? Prisma.sql`true` : Prisma.sql`customer_id = ${customerId}`}
        AND ${status === undefined ? Prisma.sql`true` : Prisma.sql`status = ${status}`}
        AND ${after ? Prisma.sql`(created_at, id) < (${after.createdAt}::timestamptz, ${after.id})` : Prisma.sql`true`}
      ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
    return rows.map(({ row }) => toOrder(row));
  }

  /** Shipments whose time is up, most overdue first. */
  async dueShipments(limit: number): Promise<readonly DueShipment[]> {
    return this.client.$queryRaw`
      SELECT id, order_id AS "orderId", iso(due_at) AS "dueAt" FROM shipment
      WHERE due_at <= statement_timestamp() ORDER BY due_at, id LIMIT ${limit}`;
  }
}
