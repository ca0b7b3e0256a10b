import type { StepAnswer } from '../../src/domain/decision';
import type { ReservationGiven } from '../../src/domain/inventory/reservation/reservation';
import type { Deadlines } from '../../src/domain/order/order';
import type { Refusal } from '../../src/domain/refusal';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import type { Stores } from '../../src/stores/stores';
import { credit } from './credit/credit-reactions';
import { inventory } from './inventory/inventory-reactions';
import { orders } from './orders/orders-reactions';

/**
 * Lists the subscriptions that create orders without a saga. A recorded order sets them off; no line of code has the whole
 * way of an order. For orders without partners and without a reservation of their own:
 * docs/decisions/0021-orchestration-and-choreography.md compares both ways.
 */
export function participants(stores: Stores, deadlines: Deadlines): readonly Subscription[] {
  const others = {
    askCredit: (ids: readonly string[]) => stores.credit.answers.of<Refusal>('holdCredit', ids),
    askInventory: (ids: readonly string[]) =>
      stores.inventory.answers.of<StepAnswer<ReservationGiven>>('commitStock', ids),
  };
  return [
    ...credit(stores.credit),
    ...inventory(stores.inventory, (ids) => stores.ordersReads.orders(ids)),
    ...orders(stores.orders, others, deadlines),
  ];
}
