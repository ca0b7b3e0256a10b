import type { CallResult } from '../src/contracts/call-results';
import type { Attention, CommandRow } from '../src/domain/command/recorded-command';
import type { Deadlines } from '../src/domain/order/order';
import type { BookingParties } from '../src/providers/booking-parties';
import type { CreditStore } from '../src/stores/credit/credit-store';
import type { InventoryStore } from '../src/stores/inventory/inventory-store';
import type { PartnerBookings } from '../src/stores/inventory/partner-bookings';
import type { CommandCache } from '../src/stores/orders/command-cache';
import type { CommandStore } from '../src/stores/orders/command-store';
import type { OrdersStore } from '../src/stores/orders/orders-store';
import type { TripsStore } from '../src/stores/trips/trips-store';

export interface StepStores {
  readonly orders: OrdersStore;
  readonly commands: CommandStore;
  readonly commandCache: CommandCache;
  readonly inventory: InventoryStore;
  readonly credit: CreditStore;
  readonly partnerBookings: PartnerBookings;
  readonly trips: TripsStore;
}

/** The registry of waiting callers. Steps tell it which commands can be answered. */
export interface Answerable {
  tell(commandIds: readonly string[]): void;
}

/** Receives the results of steps, for metrics and logs. Its functions do not throw. */
export interface StepObserver {
  /** A step or compensation has ended for one command, as part of a batch that took `seconds`. */
  stepEnded(step: string, result: CallResult, seconds: number): void;
  /** A command was left to an operator. */
  attentionRequired(command: CommandRow, attention: Attention): void;
  /**
   * Units that a node does not deliver were allocated elsewhere, backordered or cancelled. A repeated step reports them
   * again.
   */
  unitsReallocated(command: CommandRow, refusal: { readonly nodeId: string; readonly reason: string }): void;
}

/** The dependencies of the steps. */
export interface StepDeps {
  readonly stores: StepStores;
  readonly parties: BookingParties;
  readonly deadlines: Deadlines;
  readonly callers: Answerable;
  readonly observer: StepObserver;
  /** The most shipments of an order that has no limit of its own; null for no limit. */
  readonly maxShipments: number | null;
  /** The time, in ms, after which an unconfirmed cancellation needs an operator. */
  readonly partnerPatienceMs: number;
  /** How long a node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retryNodeSeconds: number;
}

/** The default deadlines: 8 hours to accept, 3 days to ship, 7 days to source units elsewhere. */
export const USUAL_DEADLINES: Deadlines = {
  acceptSeconds: 28_800,
  shipSeconds: 259_200,
  sourcingSeconds: 604_800,
};
