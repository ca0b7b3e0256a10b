import type { OrderEvent } from './order-events';

/** What ends a change of an order, and that bookings of partners are still to be cancelled where that leaves too many. */
export function withSurplus(events: readonly OrderEvent[], hasSurplus = false): readonly OrderEvent[] {
  return hasSurplus ? [...events, { type: 'orders.surplus-booked.v1', data: {} }] : events;
}
