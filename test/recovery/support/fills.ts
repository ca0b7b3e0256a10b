import { USUAL_DEADLINES } from '../../../activities/step-deps';
import { fillBackorders } from '../../../src/events/handlers/fill-backorders';
import { fillableOrders, type OrderFill } from '../../../src/events/handlers/fill-orders';
import type { Stores } from '../../../src/stores/stores';
import { CAUSE, type Ground, WMS } from './grounds';

const UNITS = 50;

/** Counts more units of a ground's item at a warehouse, and fills its backorders. */
export async function filled(stores: Stores, { sku }: Ground): Promise<readonly OrderFill[]> {
  const row = { messageId: `${sku}/more`, sku, nodeId: 'w1', section: null, count: UNITS, sequence: 2 };
  await stores.inventoryFeed.apply(WMS, [{ ...row, observedAt: new Date().toISOString() }], CAUSE);
  const entries = await stores.inventoryReads.fillableTurns([sku], 10);
  const answers = await fillBackorders(stores.inventory, entries);
  return entries.flatMap((entry, at) => {
    const answer = answers[at];
    const allocations = answer?.kind === 'done' ? answer.allocations : [];
    return allocations.length > 0 ? [{ ...entry, allocations }] : [];
  });
}

/** Fills as `filled` does, and adds the fills to their orders at once. */
export async function filledAndTold(stores: Stores, ground: Ground): Promise<void> {
  await told(stores, await filled(stores, ground));
}

/** Adds every fill in the log to its order, as a late relay does. */
export async function toldLate(stores: Stores, { orderId }: Ground): Promise<void> {
  const rows = await stores.logs.inventory.$queryRaw<{ data: OrderFill & { entry: OrderFill } }[]>`
    SELECT data FROM event WHERE type = 'inventory.reservation-filled.v1' AND data->>'orderId' = ${orderId}
    ORDER BY position`;
  const fills = rows.map(({ data: { entry, ...of } }) => ({
    ...entry,
    reservationId: of.reservationId,
    orderId,
  }));
  await told(stores, fills);
}

async function told({ orders }: Stores, fills: readonly OrderFill[]): Promise<void> {
  if (fills.length > 0) await fillableOrders(orders, USUAL_DEADLINES).fillOrders(fills);
}
