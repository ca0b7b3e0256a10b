import type { Order } from './order';
import type { OrderEvent } from './order-events';

/** Returns the event that erases the personal data of an order; none without such data. */
export function erasureOf(order: Order | undefined): readonly OrderEvent[] {
  if (!order || order.sealed === null) return [];
  return [{ type: 'orders.personal-data-erased.v1', data: {} }];
}
