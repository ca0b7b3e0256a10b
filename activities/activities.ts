import type { CreditStore } from '../src/stores/credit-store';
import type { InventoryStore } from '../src/stores/inventory-store';
import type { OrdersStore } from '../src/stores/orders-store';
import { creditSteps } from './credit-steps';
import { orderSteps } from './order-steps';
import { asStep } from './step-faults';
import { stockSteps } from './stock-steps';

export interface StepStores {
  readonly orders: OrdersStore;
  readonly inventory: InventoryStore;
  readonly credit: CreditStore;
}

/** Every step that the sagas take, each of them one transaction on one store. */
export function createActivities(stores: StepStores) {
  const order = orderSteps(stores.orders);
  const credit = creditSteps(stores.credit);
  const stock = stockSteps(stores.inventory);
  return {
    recordOrder: asStep(order.recordOrder),
    rejectOrder: asStep(order.rejectOrder),
    approveOrder: asStep(order.approveOrder),
    retryCompensation: asStep(order.retryCompensation),
    settleCompensation: asStep(order.settleCompensation),
    holdCredit: asStep(credit.holdCredit),
    releaseCredit: asStep(credit.releaseCredit),
    commitStock: asStep(stock.commitStock),
    releaseStock: asStep(stock.releaseStock),
    holdStock: asStep(stock.holdStock),
    releaseHold: asStep(stock.releaseHold),
    expireHold: asStep(stock.expireHold),
  };
}

export type Activities = ReturnType<typeof createActivities>;
