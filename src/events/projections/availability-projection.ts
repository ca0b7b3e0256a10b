import { SETTING_OF } from '../../domain/inventory/offer/availability-setting';
import type { StockEvent } from '../../domain/inventory/supply/stock';
import { AVAILABILITY } from '../../stores/inventory/availability/availability-reads';
import { loadAvailability, saveAvailability } from '../../stores/inventory/availability/availability-rows';
import { restartAvailability } from '../../stores/inventory/availability/availability-start';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { StepSession } from '../../stores/postgres/store-session';
import { AvailabilityFold, wantedBy } from '../availability-fold';
import type { Subscription } from '../subscriptions/subscription';

/** The event types that are folded into stock projections. A missing type does not compile. */
const STOCK_EVENTS = {
  'inventory.supply-counted.v1': true,
  'inventory.supply-moved.v1': true,
  'inventory.supply-expired.v1': true,
  'inventory.shortfall-detected.v1': true,
  'inventory.stock-refused.v1': true,
  'inventory.stock-damaged.v1': true,
  'inventory.damaged-stock-scrapped.v1': true,
  'inventory.damaged-stock-repaired.v1': true,
  'inventory.stock-missing.v1': true,
  'inventory.stock-returned.v1': true,
  'inventory.stock-consumed.v1': true,
  'inventory.stock-held.v1': true,
  'inventory.stock-committed.v1': true,
  'inventory.held-stock-committed.v1': true,
  'inventory.held-stock-released.v1': true,
  'inventory.held-stock-extended.v1': true,
  'inventory.committed-stock-released.v1': true,
} as const satisfies Record<StockEvent['type'], true>;

/** The types of the events that the projection folds. */
export const AVAILABILITY_EVENTS: readonly string[] = [
  ...Object.keys(STOCK_EVENTS),
  ...Object.keys(SETTING_OF),
];

/** The projection that serves availability: stock projections and settings, folded from the inventory's log. */
export const availability: Subscription = {
  name: AVAILABILITY,
  log: 'inventory',
  revision: 3,
  types: AVAILABILITY_EVENTS,
  handler: { kind: 'projection', apply, clear: restartAvailability },
};

async function apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void> {
  const rows = await loadAvailability(session, wantedBy(events));
  const fold = new AvailabilityFold(rows);
  for (const event of events) fold.take(event);
  saveAvailability(session, fold.rows());
}
