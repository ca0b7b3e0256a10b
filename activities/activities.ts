import type { BookingParties } from '../src/providers/booking-parties';
import type { CreditStore } from '../src/stores/credit-store';
import type { InventoryStore } from '../src/stores/inventory-store';
import type { OrdersStore } from '../src/stores/orders-store';
import type { PartnerBookings } from '../src/stores/partner-bookings';
import { creditSteps } from './credit-steps';
import { orderSteps } from './order-steps';
import { partnerSteps } from './partner-steps';
import { asSetStep, asStep } from './step-faults';
import { stockSteps } from './stock-steps';

export interface StepStores {
  readonly orders: OrdersStore;
  readonly inventory: InventoryStore;
  readonly credit: CreditStore;
  readonly partnerBookings: PartnerBookings;
}

/** Every step that the sagas take, each of them one transaction on one store, or calls to a third party. */
export function createActivities(stores: StepStores, parties: BookingParties) {
  const order = orderSteps(stores.orders);
  const credit = creditSteps(stores.credit);
  const stock = stockSteps(stores.inventory);
  const partner = partnerSteps(stores.inventory, stores.partnerBookings, parties);
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
    fillBackorder: asSetStep(stock.fillBackorder),
    recordFill: asSetStep(order.recordFill),
    reserveAtPartner: asStep(partner.reserveAtPartner),
    lookUpAtPartner: asStep(partner.lookUpAtPartner),
    resourceStock: asStep(partner.resourceStock),
    cancelAtPartners: asSetStep(partner.cancelAtPartners),
  };
}

export type Activities = ReturnType<typeof createActivities>;
