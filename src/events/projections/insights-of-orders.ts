import { COUNTED_OF_ORDERS, tellOn } from '../../domain/insights/order-tallies';
import { idOf } from '../../names/stream-key';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { addTallies, clearTallies } from '../../stores/log/insight-counts';
import { storiesUpTo } from '../../stores/orders/order-streams';
import type { StepSession } from '../../stores/postgres/store-session';
import type { Subscription } from '../subscriptions/subscription';

/** Counts, per day, outcomes and durations of orders, and units that nodes gave back, from the orders' log. */
export const insightsOfOrders: Subscription = {
  name: 'insights-of-orders',
  log: 'orders',
  revision: 1,
  types: COUNTED_OF_ORDERS,
  handler: { kind: 'projection', apply, clear: clearTallies },
};

/**
 * Folds each order of the batch from its first event, or from the state of its last archived one, because an event does
 * not say when its order was placed, and which node a shipment was released to. A stream of an order is short.
 */
async function apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void> {
  const ids = new Map<string, string>();
  const versions = new Map<string, number>();
  const wanted = new Set<string>();
  for (const { stream, key, version } of events) {
    ids.set(stream, idOf(key as Parameters<typeof idOf>[0]));
    versions.set(stream, version);
    wanted.add(`${version} ${stream}`);
  }
  const told = (await storiesUpTo(session, versions)).flatMap(
    ({ stream, ...following }) =>
      tellOn({ id: ids.get(stream) ?? stream, ...following }, (version) => wanted.has(`${version} ${stream}`))
        .tallies,
  );
  addTallies(session, told);
}
