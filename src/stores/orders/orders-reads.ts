import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Order, Shipment } from '../../domain/order/order';
import { Prisma, type PrismaClient } from '../generated/orders/client';
import { commandRow, type StoredCommand } from './command-rows';
import { type OrderRow, orderRow, toOrder } from './order-rows';

/** The last row of a page, from which the next page continues. */
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

/** A shipment past its deadline. */
export interface DueShipment extends Pick<Shipment, 'id' | 'orderId'> {
  readonly dueAt: string;
}

/** An order with the commands that its representation shows. */
export interface ShownOrder {
  readonly order: Order;
  readonly commands: readonly StoredCommand[];
}

type ShownRow = { readonly row: OrderRow; readonly commands: readonly StoredCommand[] };

/** Selects the commands shown with the order `o`: the one that created it, the open ones, and the last one closed. */
const shownCommands = sql`(
  SELECT coalesce(jsonb_agg(${commandRow}), '[]') FROM command c WHERE subject = o.id
    AND (id = o.id OR closed_at IS NULL OR id = o.last_command->>'id'))`;

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

  async shown(id: string): Promise<ShownOrder | undefined> {
    return (await this.shownOrders([id])).get(id);
  }

  /** Reads orders by their ids, with the commands shown with them. */
  async shownOrders(ids: readonly string[]): Promise<ReadonlyMap<string, ShownOrder>> {
    const rows = await this.client.$queryRaw<ShownRow[]>(sql`
      SELECT ${orderRow} AS "row", ${shownCommands} AS commands FROM "order" o
      WHERE id = ANY(${[...ids]}::text[])`);
    return new Map(rows.map((found) => [found.row[0], toShown(found)]));
  }

  /** Lists orders, newest first. */
  async list(query: OrderQuery): Promise<readonly ShownOrder[]> {
    const { customerId, status, limit, after } = query;
    const rows = await this.client.$queryRaw<ShownRow[]>`
      SELECT ${orderRow} AS "row", ${shownCommands} AS commands FROM "order" o
      WHERE ${customerId === undefined ? Prisma.sql`true` : Prisma.sql`customer_id = ${customerId}`}
        AND ${status === undefined ? Prisma.sql`true` : Prisma.sql`status = ${status}`}
        AND ${after ? Prisma.sql`(created_at, id) < (${after.createdAt}::timestamptz, ${after.id})` : Prisma.sql`true`}
      ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
    return rows.map(toShown);
  }

  /** Lists shipments past their deadline, most overdue first. `without` excludes deadlines `<shipment id>/<due at>`. */
  async dueShipments(limit: number, without: readonly string[] = []): Promise<readonly DueShipment[]> {
    return this.client.$queryRaw`
      SELECT id, order_id AS "orderId", iso(due_at) AS "dueAt" FROM shipment
      WHERE due_at <= statement_timestamp() AND id || '/' || iso(due_at) <> ALL(${[...without]}::text[])
      ORDER BY due_at, id LIMIT ${limit}`;
  }
}

function toShown({ row, commands }: ShownRow): ShownOrder {
  return { order: toOrder(row), commands };
}
