import { LARGEST_BATCH } from '../../contracts/saga';
import type { FilledEntry } from '../../domain/inventory/reservation/reservation';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { Subscription } from '../subscriptions/subscription';
import type { FillableOrders, OrderFill } from './fill-orders';

/**
 * Creates the subscription that adds the filled backorder entries of the inventory to their orders. An order that does
 * not know its entry yet keeps the fill until the decision that brings the entry. A finished order drops it.
 */
export function orderFills(orders: FillableOrders): Subscription {
  return {
    name: 'order-fills',
    log: 'inventory',
    revision: 1,
    types: ['inventory.reservation-filled.v1'],
    handler: {
      kind: 'reaction',
      async react(events) {
        const fills = events.map(fillOf);
        for (let from = 0; from < fills.length; from += LARGEST_BATCH)
          await orders.fillOrders(fills.slice(from, from + LARGEST_BATCH));
      },
    },
  };
}

function fillOf({ data }: PositionedEvent): OrderFill {
  const { reservationId, orderId, entry } = data as unknown as FilledEntry;
  return { reservationId, orderId, ...entry };
}
