import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import { BEGINNINGS, type StoredSteps } from '../domain/order/open-sagas';
import type { Order } from '../domain/order/order';
import type { OrderEvent } from '../domain/order/order-events';
import { type OrderRow, orderRow, toOrder } from './order-rows';
import type { OrderPosition, SagaState } from './orders-reads';
import { begunAt, isLate } from './saga-age';
import type { StoreSession } from './store-session';

interface StoredRow extends StoredSteps {
  readonly commandId: string;
}

/** The events of an order that a command has caused, or that name it: an operator may have ended it. */
export interface LoggedOnOrder {
  readonly orderId: string;
  readonly events: readonly (OrderEvent & { readonly at: string })[];
}

/** What operators are shown of sagas; locks nothing. */
export class SagaReads {
  constructor(
    private readonly orders: StoreSession,
    /** Wherever steps keep their answers, `orders` included. */
    private readonly stores: readonly StoreSession[],
  ) {}

  /**
   * Orders with a saga that is not over, oldest first: those being created or undone, those that a cancel, a revision
   * or a rejection has taken, and those with a shipment that has left and is to be captured. One that needs attention
   * is not `running` beside it.
   */
  async ordersUnderWay(state: SagaState, limit: number, after?: OrderPosition): Promise<readonly Order[]> {
    const next = after ? sql`AND (created_at, id) > (${after.createdAt}::timestamptz, ${after.id})` : empty;
    const pageOf = (kind: keyof typeof BEGINNINGS) =>
      sql`${isIn(state, BEGINNINGS[kind])} ${next} ORDER BY created_at, id LIMIT ${limit}`;
    // Orders are looked up by what is found in small indexes: one condition over it all would look at every order there is.
    const rows = await this.orders.$queryRaw<{ row: OrderRow }[]>`
      WITH taken AS MATERIALIZED (SELECT id FROM "order" WHERE pending IS NOT NULL),
      leaving AS MATERIALIZED (
        SELECT DISTINCT order_id AS id FROM shipment WHERE state IN ('SHIPPED', 'DELIVERED') AND due_at IS NOT NULL),
      open AS (
        (SELECT id FROM "order" o
         WHERE (status = 'PENDING' OR compensation IN ('running', 'needs_attention')) AND ${pageOf('create')})
        UNION (SELECT id FROM ${ordersOf(sql`taken`)} WHERE ${pageOf('taken')})
        UNION (SELECT id FROM ${ordersOf(sql`leaving`)} WHERE ${pageOf('ship')}))
      SELECT ${orderRow} AS "row" FROM "order" o WHERE id IN (SELECT id FROM open)
      ORDER BY created_at, id LIMIT ${limit}`;
    return rows.map(({ row }) => toOrder(row));
  }

  /** What the log of an order tells of one of the commands on it, and which order that is. */
  async logged(commandId: string): Promise<LoggedOnOrder | undefined> {
    // Only what came after an order's creation is caused by another id than the order's: an index of that finds it.
    const [row] = await this.orders.$queryRaw<LoggedOnOrder[]>`
      WITH found AS (
        SELECT correlation AS id FROM event WHERE causation = ${commandId} AND causation <> correlation LIMIT 1)
      SELECT found.id AS "orderId", json_agg(json_build_object('type', type, 'data', data,
        'at', iso(occurred_at)) ORDER BY version) AS events
      FROM found JOIN event ON stream = 'order/' || found.id
      WHERE causation = ${commandId} OR data->>'commandId' = ${commandId} GROUP BY found.id`;
    return row;
  }

  /** What the steps of some commands have answered, each store asked once. Commands without any answer are left out. */
  async storedSteps(commandIds: readonly string[]): Promise<ReadonlyMap<string, StoredSteps>> {
    const found = new Map<string, StoredSteps>();
    if (commandIds.length === 0) return found;
    const rows = await Promise.all(this.stores.map((store) => answersIn(store, commandIds)));
    for (const { commandId, verdicts, hasPartners } of rows.flat()) {
      const other = found.get(commandId);
      found.set(commandId, {
        verdicts: { ...other?.verdicts, ...verdicts },
        hasPartners: hasPartners || other?.hasPartners === true,
      });
    }
    return found;
  }
}

/** The same in every store: only the inventory's answers name partners. */
function answersIn(store: StoreSession, commandIds: readonly string[]): Promise<readonly StoredRow[]> {
  return store.$queryRaw`
    SELECT command_id AS "commandId", jsonb_object_agg(step, answer->>'kind') AS verdicts,
      coalesce(bool_or(answer->'partners' <> '[]'), false) AS "hasPartners"
    FROM step_answer WHERE command_id = ANY(${[...commandIds]}) GROUP BY command_id`;
}

/** Each is looked up by its id, whatever the planner thinks of it. */
function ordersOf(found: ReturnType<typeof sql>) {
  return sql`(SELECT o.* FROM ${found} found CROSS JOIN LATERAL (
    SELECT id, compensation, created_at, updated_at FROM "order" WHERE id = found.id OFFSET 0) o) o`;
}

function isIn(state: SagaState, beginnings: (typeof BEGINNINGS)[keyof typeof BEGINNINGS]) {
  if (state === 'needs_attention') return sql`compensation = 'needs_attention'`;
  const late = state === 'stuck' ? sql`AND ${isLate(begunAt(beginnings))}` : empty;
  return sql`compensation <> 'needs_attention' ${late}`;
}
