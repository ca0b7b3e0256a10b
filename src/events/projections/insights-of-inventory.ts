import { COUNTED_OF_INVENTORY, talliesOfInventory } from '../../domain/insights/inventory-tallies';
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

async function apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void> {
  addTallies(session, talliesOfInventory(events));
}
