import type { RefusalReason, Shortage } from '../refusal';
import type { Decrease, EarlyFill, Order, OrderedLine, RejectionReason } from './order';

export type RecordedOrder = Pick<
  Order,
  'caller' | 'customerId' | 'currency' | 'total' | 'region' | 'channel' | 'reservationId' | 'shipComplete'
> & { readonly lines: readonly OrderedLine[] };

export interface LineUnits {
  readonly lineId: string;
  readonly quantity: number;
}

export interface ChosenSource extends LineUnits {
  readonly nodeId: string;
}

export interface LineWait extends LineUnits {
  readonly place: number;
  readonly promiseDate: string | null;
}

/** A shipment as its node is told of it. */
export interface ReleasedShipment {
  readonly id: string;
  readonly nodeId: string;
  readonly dueAt: string;
  readonly lines: readonly LineUnits[];
}

/** Units an order has got, and the shipments that go out with them; left out where none does. */
interface Gained {
  readonly sources: readonly ChosenSource[];
  readonly shipments?: readonly ReleasedShipment[];
}

/** Where an order's stock comes from, and which of it is still to come. */
export interface Approval extends Gained {
  readonly reservationId: string;
  readonly backordered?: readonly LineWait[];
}

interface ByCommand {
  readonly commandId: string;
}

interface OnShipment extends ByCommand {
  readonly shipmentId: string;
}

/** What can bring units to an order, so that shipments go out. */
export type ReleasingEvent =
  | { readonly type: 'orders.order-approved.v1'; readonly data: Approval }
  /** Units an order was promised without stock are there. */
  | { readonly type: 'orders.backorder-filled.v1'; readonly data: Gained & { readonly place: number } }
  /** What became of units that a node has given back. */
  | {
      readonly type: 'orders.rejection-settled.v1';
      readonly data: Gained &
        ByCommand & { readonly backordered: readonly LineWait[]; readonly cancelled: readonly LineUnits[] };
    }
  /** The new content stands; what it has less of is still to be given back. */
  | {
      readonly type: 'orders.revision-applied.v1';
      readonly data: Gained &
        ByCommand & {
          readonly lines: readonly OrderedLine[];
          readonly backordered: readonly LineWait[];
          readonly decreases: readonly Decrease[];
        };
    };

export type ShipmentEvent =
  | {
      readonly type: 'orders.shipment-accepted.v1';
      readonly data: OnShipment & { readonly dueAt: string };
    }
  | {
      readonly type: 'orders.shipment-shipped.v1';
      readonly data: OnShipment & { readonly tracking: string | null };
    }
  | { readonly type: 'orders.shipment-delivered.v1'; readonly data: OnShipment }
  | {
      readonly type: 'orders.payment-captured.v1';
      readonly data: { readonly shipmentId: string; readonly amount: number };
    };

/** How a saga takes an order for itself, and lets it go. */
export type LockEvent =
  | {
      readonly type: 'orders.rejection-claimed.v1';
      readonly data: OnShipment & {
        readonly reason: RejectionReason;
        readonly lines: readonly LineUnits[];
        /** Absent where other nodes may still be asked. */
        readonly isLate?: true;
      };
    }
  | { readonly type: 'orders.rejection-finished.v1'; readonly data: ByCommand }
  | { readonly type: 'orders.cancel-claimed.v1'; readonly data: ByCommand }
  /** What had not shipped is cancelled; where nothing had, the order is. */
  | { readonly type: 'orders.order-cancelled.v1'; readonly data: ByCommand }
  | {
      readonly type: 'orders.revision-claimed.v1';
      readonly data: ByCommand & { readonly lines: readonly OrderedLine[] };
    }
  /** It cannot be applied any more: what it has got is given back. */
  | {
      readonly type: 'orders.revision-turned-back.v1';
      readonly data: ByCommand & { readonly reason: RefusalReason };
    }
  | {
      readonly type: 'orders.revision-failed.v1';
      readonly data: ByCommand & { readonly reason: RefusalReason };
    }
  | { readonly type: 'orders.revision-finished.v1'; readonly data: ByCommand };

/** Every event of an order's stream, `order/{id}`. */
export type OrderEvent =
  | { readonly type: 'orders.order-recorded.v1'; readonly data: RecordedOrder }
  | {
      readonly type: 'orders.order-rejected.v1';
      readonly data: { readonly reason: RefusalReason; readonly shortages?: readonly Shortage[] };
    }
  /** A turn's units were there before the order was told of its turn. */
  | { readonly type: 'orders.backorder-filled-early.v1'; readonly data: EarlyFill }
  | ReleasingEvent
  | ShipmentEvent
  | LockEvent;
