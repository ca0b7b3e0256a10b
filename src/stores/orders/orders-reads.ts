import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Order, Shipment } from '../../domain/order/order';
import type { PrismaClient } from '../generated/orders/client';
import { commandRow, type StoredCommand } from './command-rows';
import { type OrderRow, orderRow, toOrder } from './order-rows';
import { keyOfOrder, openPersonalData, type ShownPersonalData } from './personal-data';

/** A shipment past its deadline. */
export interface DueShipment extends Pick<Shipment, 'id' | 'orderId'> {
  readonly dueAt: string;
}

/** An order with the commands that its representation shows. */
export interface ShownOrder {
  readonly order: Order;
  readonly commands: readonly StoredCommand[];
  readonly personal: ShownPersonalData;
}

export interface ShownRow {
  readonly row: OrderRow;
  readonly commands: readonly StoredCommand[];
  readonly key: string | null;
}

/** The columns of a `ShownRow` of the order `o`. */
export const shownRow = sql`${orderRow} AS "row", ${keyOfOrder} AS key, ${shownCommands()} AS commands`;

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
      SELECT ${shownRow} FROM "order" o WHERE id = ANY(${[...ids]}::text[])`);
    return new Map(rows.map((found) => [found.row[0], toShown(found)]));
  }

  /** Lists shipments past their deadline, most overdue first. `without` excludes shipments by their ids. */
  async dueShipments(limit: number, without: readonly string[] = []): Promise<readonly DueShipment[]> {
    return this.client.$queryRaw`
      SELECT id, order_id AS "orderId", iso(due_at) AS "dueAt" FROM shipment
      WHERE due_at <= statement_timestamp() AND due_at < 'infinity' AND id <> ALL(${[...without]}::text[])
      ORDER BY due_at, id LIMIT ${limit}`;
  }
}

export function toShown({ row, commands, key }: ShownRow): ShownOrder {
  const order = toOrder(row);
  return { order, commands, personal: openPersonalData(order, key) };
}

/** Selects the commands shown with the order `o`: the one that created it, the open ones, and the last one closed. */
function shownCommands() {
  return sql`(
    SELECT coalesce(jsonb_agg(${commandRow}), '[]') FROM command c WHERE subject = o.id
      AND (id = o.id OR closed_at IS NULL OR id = o.last_command->>'id'))`;
}
