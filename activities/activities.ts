import type { CreditStore } from '../src/stores/credit-store';
import type { InventoryStore } from '../src/stores/inventory-store';
import type { OrdersStore } from '../src/stores/orders-store';
import { creditSteps } from './credit-steps';
import { orderSteps } from './order-steps';
import { asSetStep, asStep } from './step-faults';
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
    recordOrder: asSetStep(order.recordOrder),
    rejectOrder: asSetStep(order.rejectOrder),
    approveOrder: asSetStep(order.approveOrder),
    retryCompensation: asStep(order.retryCompensation),
    settleCompensation: asStep(order.settleCompensation),
    holdCredit: asSetStep(credit.holdCredit),
    releaseCredit: asSetStep(credit.releaseCredit),
    commitStock: asSetStep(stock.commitStock),
    releaseStock: asSetStep(stock.releaseStock),
    holdStock: asSetStep(stock.holdStock),
    releaseHold: asSetStep(stock.releaseHold),
    expireHold: asSetStep(stock.expireHold),
  };
}

export type Activities = ReturnType<typeof createActivities>;
