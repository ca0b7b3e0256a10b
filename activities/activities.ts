import type { Deadlines } from '../src/domain/order/order';
import type { BookingParties } from '../src/providers/booking-parties';
import type { CreditStore } from '../src/stores/credit-store';
import type { InventoryStore } from '../src/stores/inventory-store';
import type { OrdersStore } from '../src/stores/orders-store';
import type { PartnerBookings } from '../src/stores/partner-bookings';
import type { TripsStore } from '../src/stores/trips-store';
import type { UnrecordedCommands } from '../src/stores/unrecorded-commands';
import { changeSteps } from './change-steps';
import { creditSteps } from './credit-steps';
import { cutShortSteps } from './cut-short-steps';
import { onlyChange, onlyOrder, orNoted, tripOf } from './noting-unrecorded';
import { USUAL_DEADLINES } from './on-orders';
import { orderSteps } from './order-steps';
import { partnerSteps } from './partner-steps';
import { rejectionSteps } from './rejection-steps';
import { shipmentSteps } from './shipment-steps';
import { asSetStep, asStep } from './step-faults';
import { stockSteps } from './stock-steps';
import { tripSteps } from './trip-steps';

export interface StepStores {
  readonly orders: OrdersStore;
  readonly inventory: InventoryStore;
  readonly credit: CreditStore;
  readonly partnerBookings: PartnerBookings;
  readonly trips: TripsStore;
  readonly unrecorded: UnrecordedCommands;
}

/** Every step that the sagas take, each of them one transaction on one store, or calls to a third party. */
export function createActivities(
  stores: StepStores,
  parties: BookingParties,
  deadlines: Deadlines = USUAL_DEADLINES,
) {
  const onOrders = { orders: stores.orders, deadlines };
  const order = orderSteps(onOrders);
  const shipment = shipmentSteps(onOrders);
  const rejection = rejectionSteps(onOrders);
  const change = changeSteps(onOrders);
  const credit = creditSteps(stores.credit);
  const stock = stockSteps(stores.inventory);
  const partner = partnerSteps(stores.inventory, stores.partnerBookings, parties);
  const trip = tripSteps(stores.trips, parties);
  return {
    recordOrder: asSetStep(order.recordOrder),
    rejectOrder: orNoted(stores.unrecorded, asSetStep(order.rejectOrder), onlyOrder),
    approveOrder: asSetStep(order.approveOrder),
    retryCompensation: asStep(order.retryCompensation),
    settleCompensation: asStep(order.settleCompensation),
    holdCredit: asSetStep(credit.holdCredit),
    releaseCredit: asSetStep(credit.releaseCredit),
    captureCredit: asSetStep(credit.captureCredit),
    refundCredit: asSetStep(credit.refundCredit),
    increaseCredit: asSetStep(credit.increaseCredit),
    revokeIncrease: asSetStep(credit.revokeIncrease),
    decreaseCredit: asSetStep(credit.decreaseCredit),
    commitStock: asSetStep(stock.commitStock),
    releaseStock: asSetStep(stock.releaseStock),
    holdStock: asSetStep(stock.holdStock),
    releaseHold: asSetStep(stock.releaseHold),
    expireHold: asSetStep(stock.expireHold),
    fillBackorder: asSetStep(stock.fillBackorder),
    consumeStock: asSetStep(stock.consumeStock),
    replaceUnits: asSetStep(stock.replaceUnits),
    releaseRest: asSetStep(stock.releaseRest),
    extendStock: asSetStep(stock.extendStock),
    undoExtend: asSetStep(stock.undoExtend),
    shrinkStock: asSetStep(stock.shrinkStock),
    recordFill: asSetStep(order.recordFill),
    acceptShipment: asSetStep(shipment.acceptShipment),
    deliverShipment: asSetStep(shipment.deliverShipment),
    shipShipment: asSetStep(shipment.shipShipment),
    resumeShipment: asSetStep(shipment.resumeShipment),
    recordCaptured: asSetStep(shipment.recordCaptured),
    claimRejection: asSetStep(rejection.claimRejection),
    claimOverdue: asSetStep(rejection.claimOverdue),
    settleRejection: asSetStep(rejection.settleRejection),
    finishRejection: asSetStep(rejection.finishRejection),
    claimCancel: asSetStep(change.claimCancel),
    finishCancel: asSetStep(change.finishCancel),
    claimRevision: asSetStep(change.claimRevision),
    applyRevision: asSetStep(change.applyRevision),
    finishRevision: asSetStep(change.finishRevision),
    ...cutShort(cutShortSteps(onOrders), stores.unrecorded),
    reserveAtPartner: asStep(partner.reserveAtPartner),
    lookUpAtPartner: asStep(partner.lookUpAtPartner),
    askPartners: asStep(partner.askPartners),
    notePartnerReply: asStep(partner.notePartnerReply),
    cancelAtPartners: asSetStep(partner.cancelAtPartners),
    recordTrip: asStep(trip.recordTrip),
    noteAnswer: asStep(trip.noteAnswer),
    sealTrip: orNoted(stores.unrecorded, asStep(trip.sealTrip), tripOf),
    settleTrip: asStep(trip.settleTrip),
    bookAtParty: asStep(trip.bookAtParty),
    lookUpAtParty: asStep(trip.lookUpAtParty),
    cancelAtParty: asStep(trip.cancelAtParty),
  };
}

function cutShort(short: ReturnType<typeof cutShortSteps>, unrecorded: UnrecordedCommands) {
  return {
    cutAcceptShort: orNoted(unrecorded, asSetStep(short.cutAcceptShort), onlyChange('accept')),
    cutDeliverShort: orNoted(unrecorded, asSetStep(short.cutDeliverShort), onlyChange('deliver')),
    cutShipShort: orNoted(unrecorded, asSetStep(short.cutShipShort), onlyChange('ship')),
    cutRejectShort: orNoted(unrecorded, asSetStep(short.cutRejectShort), onlyChange('reject')),
    cutCancelShort: orNoted(unrecorded, asSetStep(short.cutCancelShort), onlyChange('cancel')),
    turnRevisionBack: asSetStep(short.turnRevisionBack),
    failRevision: orNoted(unrecorded, asSetStep(short.failRevision), onlyChange('revise')),
    stopRevision: asSetStep(short.stopRevision),
    stopShipping: asSetStep(short.stopShipping),
    stopRejection: asSetStep(short.stopRejection),
  };
}

export type Activities = ReturnType<typeof createActivities>;
