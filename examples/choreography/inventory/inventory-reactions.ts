import { sumBySku } from '../../../src/domain/inventory/limits/demand';
import { decideRelease } from '../../../src/domain/inventory/reservation/release';
import { reservationIdOf } from '../../../src/domain/inventory/reservation/reservation';
import { decideReserve, type ReserveDecision } from '../../../src/domain/inventory/reservation/reserve';
import type { Order } from '../../../src/domain/order/order';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { InventorySession } from '../../../src/stores/inventory/inventory-session';
import type { InventoryStore } from '../../../src/stores/inventory/inventory-store';
import { type Ask, answerFor, reaction } from '../reaction';

/**
 * The inventory service: it commits stock to each order whose credit is held. It asks the orders service for the lines,
 * because the event of the credit does not have them.
 */
export function inventory(store: InventoryStore, askForOrders: Ask<Order>): readonly Subscription[] {
  return [
    reaction<{ readonly orderId: string }>({
      name: 'inventory-commits-stock',
      follows: 'credit',
      types: ['credit.credit-held.v1'],
      async react(events) {
        const orderIds = events.map(({ data }) => data.orderId);
        const orders = await askForOrders(orderIds);
        const commands = orderIds.map((orderId) => {
          const order = answerFor(orders, orderId);
          return { commandId: orderId, correlation: orderId, caller: order.caller, order };
        });
        const skus = new Set(commands.flatMap(({ order }) => order.lines.map(({ sku }) => sku)));
        const scope = {
          skus: [...skus].sort(),
          reservationIds: orderIds.map(reservationIdOf),
          orderIds,
          claims: [],
        };
        return store.step('commitStock', commands, scope, (session, { order }) => commit(session, order));
      },
    }),
  ];
}

/** Commits stock. Where it is refused, a tombstone tells the followers of this log that there will be no reservation. */
function commit(session: InventorySession, order: Order): ReserveDecision {
  const {
    id: orderId,
    caller,
    region,
    channel,
    shippingMethod,
    customerId,
    shipComplete,
    maxShipments,
  } = order;
  const reservationId = reservationIdOf(orderId);
  const existing = session.reservation(reservationId);
  const request = {
    reservationId,
    caller,
    orderId,
    demands: sumBySku(order.lines),
    buyer: { region, channel, shippingMethod, customerId },
    ttlSeconds: null,
    shipComplete,
    maxShipments,
  };
  const decision = decideReserve(existing, request, session.room, session.now);
  if (decision.answer.kind === 'done') return decision;
  const { reason } = decision.answer;
  return { ...decision, events: decideRelease(existing, { reservationId, caller, orderId, reason }).events };
}
