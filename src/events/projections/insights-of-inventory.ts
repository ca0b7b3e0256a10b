import { COUNTED_OF_INVENTORY, inventoryTallies } from '../../domain/insights/inventory-tallies';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { addTallies, clearTallies } from '../../stores/log/insight-counts';
import type { StepSession } from '../../stores/postgres/store-session';
import type { Subscription } from '../subscriptions/subscription';

/** Counts, per day, units promised and refused by partners, and expiries of supply, from the inventory's log. */
export const insightsOfInventory: Subscription = {
  name: 'insights-of-inventory',
  log: 'inventory',
  revision: 1,
  types: COUNTED_OF_INVENTORY,
  handler: { kind: 'projection', apply, clear: clearTallies },
};

type Counted = Parameters<typeof inventoryTallies>;

async function apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void> {
  const tallies = events.flatMap(({ type, data, key, occurredAt }) =>
    inventoryTallies({ type, data } as unknown as Counted[0], key as Counted[1]).map((tally) => ({
      ...tally,
      day: occurredAt.slice(0, 10),
    })),
  );
  addTallies(session, tallies);
}
