import { evolveOrder } from '../../domain/order/evolve-order';
import type { Order } from '../../domain/order/order';
import type { OrderEvent } from '../../domain/order/order-events';
import { streamOf } from '../../names/stream-key';
import type { PrismaClient } from '../generated/orders/client';
import { refuseArchived } from '../log/log-start';
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

interface Past {
  readonly isAhead: boolean;
  readonly key: string | null;
  /** The order after its last archived event; null: none is archived. */
  readonly start: Order | null;
  readonly events: readonly Logged[];
}

/** Reads of orders as of a past moment, folded from the log alone. */
export class OrderHistory {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Folds an order's events up to a moment. All events of one transaction have the same `occurred_at`, which is the
   * order's `updatedAt`, so the moment never splits a transaction.
   * @throws EventsArchived when the log begins after the moment
   */
  async at(id: string, moment: string): Promise<PastOrder> {
    await refuseArchived(this.client, moment);
    const stream = streamOf({ kind: 'order', id });
    const past = exactlyOne(
      await this.client.$queryRaw<Past[]>`
      SELECT ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        (SELECT encode(key, 'base64') FROM order_secret WHERE order_id = ${id}) AS key,
        (SELECT state FROM stream_start WHERE stream = ${stream}) AS start,
        coalesce((SELECT json_agg(json_build_array(type, data, iso(occurred_at)) ORDER BY version) FROM event
          WHERE stream = ${stream}
            AND version > coalesce((SELECT version FROM stream_start WHERE stream = ${stream}), 0)
            AND occurred_at <= ${moment}::timestamptz), '[]') AS events`,
    );
    const order = past.events.reduce<Order | undefined>(
      (before, [type, data, occurredAt]) => evolveOrder(before, id, { type, data } as OrderEvent, occurredAt),
      past.start ?? undefined,
    );
    const personal = order ? openPersonalData(order, past.key) : NO_PERSONAL_DATA;
    return { isAhead: past.isAhead, order, personal };
  }
}
