import type { StepAnswer } from '../domain/decision';
import { BEGINNINGS } from '../domain/order/open-sagas';
import type { Order, Shipment } from '../domain/order/order';
import { Prisma, type PrismaClient } from './generated/orders/client';
import { type OrderRow, orderRow, toOrder } from './order-rows';
import { begunAt, isLate } from './saga-age';

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

/** Which sagas of orders are asked for: under way, under way for too long, or left for an operator. */
export type SagaState = 'running' | 'stuck' | 'needs_attention';

/** A shipment that something should have happened to. */
export interface DueShipment extends Pick<Shipment, 'id' | 'orderId' | 'state' | 'dueAt'> {
  /** Of this deadline of this shipment. */
  readonly key: string;
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

  /** What idempotency keys have been claimed for; keys nobody has used are left out. */
  async claims(wanted: readonly { readonly caller: string; readonly key: string }[]): Promise<
    readonly {
      readonly caller: string;
      readonly key: string;
      readonly fingerprint: string;
      readonly orderId: string;
    }[]
  > {
    return this.client.$queryRaw`
      SELECT caller, key, fingerprint, order_id AS "orderId" FROM claim
      WHERE (caller, key) IN (SELECT * FROM unnest(
        ${wanted.map(({ caller }) => caller)}::text[], ${wanted.map(({ key }) => key)}::text[]))`;
  }

  /**
   * Orders that are being created or undone, oldest first. Who looks for lost sagas reads this: an order that another
   * command has taken, or that ships, is taken up again and not reclaimed.
   */
  async openSagas(state: SagaState, limit: number, after?: OrderPosition): Promise<readonly Order[]> {
    const rows = await this.client.$queryRaw<{ row: OrderRow }[]>`
      SELECT ${orderRow} AS "row" FROM "order" o
      WHERE (status = 'PENDING' OR compensation IN ('running', 'needs_attention'))
        AND ${openSagaCondition(state, begunAt(BEGINNINGS.create))}
        AND ${after ? Prisma.sql`(created_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : Prisma.sql`true`}
      ORDER BY created_at, id LIMIT ${limit}`;
    return rows.map(({ row }) => toOrder(row));
  }

  /**
   * What a command on an order was answered by its first step, or was refused for by a later one; undefined where none
   * has taken it yet.
   */
  async answerTo(commandId: string): Promise<StepAnswer | undefined> {
    const [row] = await this.client.$queryRaw<{ answer: StepAnswer }[]>`
      SELECT answer FROM step_answer WHERE command_id = ${commandId}
      ORDER BY answer->>'kind' <> 'refused', recorded_at LIMIT 1`;
    return row?.answer;
  }

  /** Which of these commands on orders some step has taken or refused. */
  async answered(commandIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.client.$queryRaw<{ commandId: string }[]>`
      SELECT DISTINCT command_id AS "commandId" FROM step_answer WHERE command_id = ANY(${[...commandIds]})`;
    return new Set(rows.map(({ commandId }) => commandId));
  }

  /**
   * Shipments whose time is up, most overdue first, but for some by their keys. The clock is read once, or each
   * shipment that waits would be looked at.
   */
  async dueShipments(limit: number, without: readonly string[] = []): Promise<readonly DueShipment[]> {
    return this.client.$queryRaw`
      SELECT id, order_id AS "orderId", state, iso(due_at) AS "dueAt", key FROM shipment,
        LATERAL (SELECT id || '/' || iso(due_at) AS key) k
      WHERE due_at <= statement_timestamp() AND key <> ALL(${[...without]}::text[]) ORDER BY due_at, id LIMIT ${limit}`;
  }

  /**
   * Orders that a saga has had for itself for too long, longest first: it may be lost. What only an operator can help is
   * left to them, and some commands are left out.
   */
  async takenTooLong(limit: number, without: readonly string[] = []): Promise<readonly Order[]> {
    const rows = await this.client.$queryRaw<{ row: OrderRow }[]>`
      SELECT ${orderRow} AS "row" FROM "order" o, LATERAL (SELECT ${begunAt(BEGINNINGS.taken)} AS since) t
      WHERE pending IS NOT NULL AND pending->'isStopped' IS NULL
        AND pending->>'commandId' <> ALL(${[...without]}::text[])
        AND ${isLate(Prisma.sql`since`)}
      ORDER BY since, id LIMIT ${limit}`;
    return rows.map(({ row }) => toOrder(row));
  }
}

/** Of whatever has a status and a compensation, and a saga that has begun at `since`. */
export function openSagaCondition(state: SagaState, since: Prisma.Sql) {
  if (state === 'needs_attention') return Prisma.sql`compensation = 'needs_attention'`;
  const running = Prisma.sql`(status = 'PENDING' OR compensation = 'running')`;
  return state === 'running' ? running : Prisma.sql`${running} AND ${isLate(since)}`;
}
