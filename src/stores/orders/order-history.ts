import { evolveOrder } from '../../domain/order/evolve-order';
import type { Order } from '../../domain/order/order';
import type { OrderEvent } from '../../domain/order/order-events';
import type { PrismaClient } from '../generated/orders/client';

type Logged = readonly [type: OrderEvent['type'], data: OrderEvent['data'], occurredAt: string];

/** An order at a moment, as its log tells it; the moment is `isAhead` where the database's clock has not come to it. */
export interface PastOrder {
  readonly isAhead: boolean;
  /** Undefined where it did not exist yet. */
  readonly order: Order | undefined;
}

/** How an order stood at any moment in the past, from its log alone. */
export class OrderHistory {
  constructor(private readonly client: PrismaClient) {}

  /** A transaction's events all occurred at one moment, that of the order's `updatedAt`: none is cut in two. */
  async at(id: string, moment: string): Promise<PastOrder> {
    const [past] = await this.client.$queryRaw<{ isAhead: boolean; events: readonly Logged[] }[]>`
      SELECT ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        coalesce((SELECT json_agg(json_build_array(type, data, iso(occurred_at)) ORDER BY version) FROM event
          WHERE stream = 'order/' || ${id}::text
            AND occurred_at <= ${moment}::timestamptz), '[]') AS events`;
    if (!past) throw new Error('a load gave no row');
    const order = past.events.reduce<Order | undefined>(
      (before, [type, data, occurredAt]) => evolveOrder(before, id, { type, data } as OrderEvent, occurredAt),
      undefined,
    );
    return { isAhead: past.isAhead, order };
  }
}
