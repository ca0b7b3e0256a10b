import type { SurplusGiven } from '../domain/inventory/partner-booking';
import type { CancelGiven } from '../domain/order/cancel-order';
import type { CreditChange } from '../domain/order/order';
import type { Found, RejectionGiven } from '../domain/order/reject-shipment';
import type { ShippedGiven } from '../domain/order/report-shipment';
import type { AppliedGiven, RevisionGiven } from '../domain/order/revise-order';

/** What the steps on an approved order give for those that come after them, on the other stores. */

export type ShippingSteps = Partial<ShippedGiven>;

/** What the inventory has found for units that an order needs. */
export interface FoundUnits {
  readonly found: Found;
}

export type RejectionSteps = Partial<RejectionGiven & FoundUnits & CreditChange> & SurplusGiven;

export type CancelSteps = Partial<CancelGiven> & SurplusGiven;

export type RevisionSteps = Partial<RevisionGiven & AppliedGiven & FoundUnits> & SurplusGiven;
