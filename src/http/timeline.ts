import type { TimelineView } from '../contracts/api/orders';
import { eventsByCorrelation, type LoggedEvent } from '../stores/event-reads';
import type { Stores } from '../stores/stores';

type TimelineEvent = TimelineView['items'][number];

/**
 * Everything the three stores have logged about one order, oldest first by `recordedAt`. Events of one store keep the
 * order of its log; of events in the same millisecond, those of orders come first, then credit, then inventory.
 */
export async function timelineOf(stores: Stores, correlation: string): Promise<TimelineEvent[]> {
  const [orders, credit, inventory] = await Promise.all([
    eventsByCorrelation(stores.orders.client, correlation),
    eventsByCorrelation(stores.credit.client, correlation),
    eventsByCorrelation(stores.inventory.client, correlation),
  ]);
  return [
    ...orders.map((event) => shown('orders', event)),
    ...credit.map((event) => shown('credit', event)),
    ...inventory.map((event) => shown('inventory', event)),
  ].sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : a.recordedAt > b.recordedAt ? 1 : 0));
}

function shown(store: TimelineEvent['store'], { traceparent, ...event }: LoggedEvent): TimelineEvent {
  return { ...event, store, ...(traceparent === null ? {} : { traceparent }) };
}
