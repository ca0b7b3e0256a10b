import { SYSTEM } from '../../contracts/commands';
import { availability } from '../../events/projections/availability-projection';
import { insightsOfInventory } from '../../events/projections/insights-of-inventory';
import { insightsOfOrders } from '../../events/projections/insights-of-orders';
import { processBatch } from '../../events/subscriptions/process-batch';
import type { Subscription } from '../../events/subscriptions/subscription';
import type { Stores } from '../../stores/stores';

/** Every projection of the logs. A new one is a file in src/events/projections and a line here. */
export const PROJECTIONS: readonly Subscription[] = [availability, insightsOfInventory, insightsOfOrders];

const EVENTS_A_BATCH = 500;

/**
 * Folds every log from its start into the projections, for when no relay runs.
 * @returns the number of events that each projection has handled
 * @throws HandlerFailure when a projection cannot handle an event: a relay parks it
 */
export async function projectFromStart(stores: Stores): Promise<ReadonlyMap<string, number>> {
  const handled = new Map<string, number>();
  for (const projection of PROJECTIONS) {
    const store = stores.subscriptions[projection.log];
    const runner = { store, owner: 'rebuild', signal: new AbortController().signal };
    await store.register({ ...projection, kind: 'projection' });
    await store.restart(projection.name, 'start', SYSTEM);
    let count = 0;
    for (let hasMore = true; hasMore; ) {
      const batch = await processBatch(runner, projection, EVENTS_A_BATCH);
      count += batch.handled;
      hasMore = batch.hasMore;
    }
    handled.set(projection.name, count);
  }
  return handled;
}
