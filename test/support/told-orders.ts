import { fillableOrders } from '../../src/events/fill-orders';
import { orderFills } from '../../src/events/order-fills';
import { takeTurn } from '../../src/events/turn';
import type { SagaFixture } from './saga-fixture';

const BATCH = 500;

/** Tells orders of the backorder entries that were filled, as a relay does: of the next 500 at most. */
export async function tellOrders({ context }: Pick<SagaFixture, 'context'>): Promise<void> {
  const { stores, settings } = context;
  const subscription = orderFills(fillableOrders(stores.orders, settings.deadlines));
  await stores.inventorySubscriptions.register({ ...subscription, kind: subscription.handler.kind });
  await takeTurn(stores.inventorySubscriptions, subscription, BATCH);
}
