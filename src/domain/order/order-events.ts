import type { RefusalReason, Shortage } from '../refusal';
import type {
  EarlyFill,
  MovedUnits,
  Order,
  OrderedLine,
  PlacedUnits,
  RejectionReason,
  ReturnedLine,
  Shipment,
  ShipmentLine,
} from './order';

export type RecordedOrder = Pick<
  Order,
  | 'caller'
  | 'customerId'
  | 'currency'
  | 'total'
  | 'region'
  | 'channel'
  | 'reservationId'
  | 'shipComplete'
  | 'shippingMethod'
  | 'sealed'
  | 'maxShipments'
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

/** A shipment as announced to its node. */
export interface ReleasedShipment {
  readonly id: string;
  readonly nodeId: string;
  readonly dueAt: string;
  readonly lines: readonly LineUnits[];
}

/** A shipment of which a part has left: these units, and the rest, from now on a shipment of its own. */
export interface PartShipped {
  readonly lines: readonly ShipmentLine[];
  /** It keeps the node, the state and the deadline of the whole. */
  readonly rest: Pick<Shipment, 'id' | 'lines'>;
}

/** Units that an order has gained, and the shipments released with them (absent when there are none). */
interface Gained {
  readonly sources: readonly ChosenSource[];
  readonly shipments?: readonly ReleasedShipment[];
}

/** The sources of an order's stock, and its backordered units. */
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

/** Events that can bring units to an order, so that shipments are released. */
export type ReleasingEvent =
  /** The order is approved: the sources of its units, the units that wait, and its first shipments. */
  | { readonly type: 'orders.order-approved.v1'; readonly data: Approval }
  /** Backordered units have arrived. */
  | { readonly type: 'orders.backorder-filled.v1'; readonly data: Gained & { readonly place: number } }
  /** The outcome for units that a node gave back. */
  | {
      readonly type: 'orders.rejection-settled.v1';
      readonly data: Gained &
        ByCommand & { readonly backordered: readonly LineWait[]; readonly cancelled: readonly LineUnits[] };
    }
  /** The order has the new content. The stock and credit that it no longer needs are given back next. */
  | {
      readonly type: 'orders.revision-applied.v1';
      readonly data: Gained &
        ByCommand & {
          readonly lines: readonly OrderedLine[];
          /** The units of these lines that will not come. */
          readonly cancelled: readonly LineUnits[];
          readonly moved: readonly MovedUnits[];
          readonly backordered: readonly LineWait[];
          readonly decreases: readonly PlacedUnits[];
        };
    };

export type ShipmentEvent =
  | {
      /** The node accepts a shipment, and has until `dueAt` to send it. */
      readonly type: 'orders.shipment-accepted.v1';
      readonly data: OnShipment & { readonly dueAt: string };
    }
  | {
      /** The node has sent a shipment, or a part of it: then the rest is a shipment of its own. */
      readonly type: 'orders.shipment-shipped.v1';
      readonly data: OnShipment & { readonly tracking: string | null; readonly part?: PartShipped };
    }
  /** A shipment has arrived. */
  | { readonly type: 'orders.shipment-delivered.v1'; readonly data: OnShipment }
  | {
      /** Credit for a shipment is captured, in minor units. */
      readonly type: 'orders.payment-captured.v1';
      readonly data: { readonly shipmentId: string; readonly amount: number };
    };

/** Units of a shipment that come back, by the line that has them now. */
export interface ReturnedUnits extends ReturnedLine {
  readonly shipmentId: string;
}

export type ReturnEvent =
  | {
      /** Shipped units came back to a node. `refund`: their captured price, in minor units. */
      readonly type: 'orders.units-returned.v1';
      readonly data: ByCommand & {
        readonly nodeId: string;
        readonly units: readonly ReturnedUnits[];
        readonly refund: number;
      };
    }
  | {
      /** The price of returned units is refunded, in minor units. */
      readonly type: 'orders.payment-refunded.v1';
      readonly data: ByCommand & { readonly amount: number };
    };

/** Events of the semantic lock: a saga claims an order and frees it. */
export type LockEvent =
  | {
      /** A node gives units back, and the order is locked until they are placed elsewhere. */
      readonly type: 'orders.rejection-claimed.v1';
      readonly data: OnShipment & {
        readonly reason: RejectionReason;
        readonly lines: readonly LineUnits[];
        /** Units that leave the shipment together with the rejected units: the rest of an order that ships complete. */
        readonly together?: readonly LineUnits[];
        /** Present when the sourcing time is over, so that no other node is asked. */
        readonly isLate?: true;
      };
    }
  /** Stock and credit for the units given back are settled: the order is unlocked. */
  | { readonly type: 'orders.rejection-finished.v1'; readonly data: ByCommand }
  /** A cancel locks the order. */
  | { readonly type: 'orders.cancel-claimed.v1'; readonly data: ByCommand }
  /** Unshipped units are cancelled; when nothing has shipped, so is the order. */
  | { readonly type: 'orders.order-cancelled.v1'; readonly data: ByCommand }
  | {
      /** A revision locks the order. */
      readonly type: 'orders.revision-claimed.v1';
      readonly data: ByCommand & { readonly lines: readonly OrderedLine[] };
    }
  /** The revision can no longer be applied: its saga gives back the stock and credit it gained. */
  | {
      readonly type: 'orders.revision-turned-back.v1';
      readonly data: ByCommand & { readonly reason: RefusalReason };
    }
  | {
      /** The revision is refused, and the order is unlocked with its old content. */
      readonly type: 'orders.revision-failed.v1';
      readonly data: ByCommand & { readonly reason: RefusalReason };
    }
  /** The decreases of the revision are given back: the order is unlocked. */
  | { readonly type: 'orders.revision-finished.v1'; readonly data: ByCommand };

/** Every event of an order's stream, `order/{id}`. */
export type OrderEvent =
  /** The order is recorded, PENDING. */
  | { readonly type: 'orders.order-recorded.v1'; readonly data: RecordedOrder }
  | {
      /** The order is rejected. Shortages are present for a lack of stock. */
      readonly type: 'orders.order-rejected.v1';
      readonly data: { readonly reason: RefusalReason; readonly shortages?: readonly Shortage[] };
    }
  /** The personal data of the order are erased: nothing opens what the log has of them. */
  | { readonly type: 'orders.personal-data-erased.v1'; readonly data: Readonly<Record<string, never>> }
  /** A backorder entry was filled before the order knew the entry. */
  | { readonly type: 'orders.backorder-filled-early.v1'; readonly data: EarlyFill }
  | ReleasingEvent
  | ShipmentEvent
  | ReturnEvent
  | LockEvent;
