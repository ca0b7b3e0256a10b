import { evolveOrder } from '../../domain/order/evolve-order';
import type { Order } from '../../domain/order/order';
import type { OrderEvent } from '../../domain/order/order-events';
import { streamOf } from '../../names/stream-key';
import type { PrismaClient } from '../generated/orders/client';
import { exactlyOne } from '../postgres/exactly-one';
import { NO_PERSONAL_DATA, openPersonalData, type ShownPersonalData } from './personal-data';

type Logged = readonly [type: OrderEvent['type'], data: OrderEvent['data'], occurredAt: string];

/** An order at a moment, folded from its log. */
export interface PastOrder {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
  /** Undefined when the order did not exist at the moment. */
  readonly order: Order | undefined;
  /** The personal data that it had, as far as their key is still there. */
  readonly personal: ShownPersonalData;
}

/** Reads of orders as of a past moment, folded from the log alone. */
export class OrderHistory {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Folds an order's events up to a moment. All events of one transaction have the same `occurred_at`, which is the
   * order's `updatedAt`, so the moment never splits a transaction.
   */
  async at(id: string, moment: string): Promise<PastOrder> {
    const past = exactlyOne(
      await this.client.$queryRaw<{ isAhead: boolean; key: string | null; events: readonly Logged[] }[]>`
      SELECT ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        (SELECT encode(key, 'base64') FROM order_secret WHERE order_id = ${id}) AS key,
        coalesce((SELECT json_agg(json_build_array(type, data, iso(occurred_at)) ORDER BY version) FROM event
          WHERE stream = ${streamOf({ kind: 'order', id })}
            AND occurred_at <= ${moment}::timestamptz), '[]') AS events`,
    );
    const order = past.events.reduce<Order | undefined>(
      (before, [type, data, occurredAt]) => evolveOrder(before, id, { type, data } as OrderEvent, occurredAt),
      undefined,
    );
    const personal = order ? openPersonalData(order, past.key) : NO_PERSONAL_DATA;
    return { isAhead: past.isAhead, order, personal };
  }
}
