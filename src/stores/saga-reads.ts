import { empty, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoredSteps } from '../domain/order/open-sagas';
import type { Order } from '../domain/order/order';
import { type OrderRow, orderRow, toOrder } from './order-rows';
import { type OrderPosition, type SagaState, STUCK_AFTER_SECONDS } from './orders-reads';
import type { StoreSession } from './store-session';

interface StoredRow extends StoredSteps {
  readonly commandId: string;
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
    const page = sql`${isIn(state)} ${next} ORDER BY created_at, id LIMIT ${limit}`;
    // Orders are looked up by what is found in small indexes: one condition over it all would look at every order there is.
    const rows = await this.orders.$queryRaw<{ row: OrderRow }[]>`
      WITH moving AS MATERIALIZED (
        SELECT id FROM "order" WHERE pending IS NOT NULL
        UNION SELECT order_id FROM shipment WHERE state IN ('SHIPPED', 'DELIVERED') AND due_at IS NOT NULL),
      open AS (
        (SELECT id FROM "order" WHERE (status = 'PENDING' OR compensation IN ('running', 'needs_attention')) AND ${page})
        UNION
        (SELECT id FROM moving CROSS JOIN LATERAL (
           SELECT compensation, created_at, updated_at FROM "order" WHERE id = moving.id OFFSET 0) o WHERE ${page}))
      SELECT ${orderRow} AS "row" FROM "order" o WHERE id IN (SELECT id FROM open)
      ORDER BY created_at, id LIMIT ${limit}`;
    return rows.map(({ row }) => toOrder(row));
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

function isIn(state: SagaState) {
  if (state === 'needs_attention') return sql`compensation = 'needs_attention'`;
  const isLate = sql`AND updated_at < clock_timestamp() - make_interval(secs => ${STUCK_AFTER_SECONDS})`;
  return sql`compensation <> 'needs_attention' ${state === 'stuck' ? isLate : empty}`;
}
