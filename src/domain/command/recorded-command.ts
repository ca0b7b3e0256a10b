import type { Demand } from '../inventory/limits/demand';
import type { Allocation } from '../inventory/offer/sourcing';
import type {
  CreditChange,
  OrderedLine,
  PlacedUnits,
  RejectionReason,
  ReturnCondition,
  ReturnedLine,
  ShipmentLine,
} from '../order/order';
import type { LineUnits } from '../order/order-events';
import type { RefusalReason, Shortage } from '../refusal';
import type { TripReason, Wish } from '../trip/trip';

/** The kinds of command that have a row of their own. */
export const COMMAND_KINDS = [
  'create',
  'cancel',
  'revise',
  'reject',
  'ship',
  'accept',
  'deliver',
  'return',
  'trip',
  'resolve',
] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** The fields that every command carries beside its own content. */
interface Traced {
  /** The W3C trace of its request. */
  readonly traceparent?: string;
}

interface OfCustomer extends Traced {
  readonly customerId: string;
  /** The currency of the order: ISO 4217. */
  readonly currency: string;
}

interface OfShipment extends OfCustomer {
  readonly shipmentId: string;
}

export interface WantedOrder extends OfCustomer {
  readonly lines: readonly OrderedLine[];
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
  readonly shippingMethod: string | null;
  /** The caller's personal data, sealed; null without any. */
  readonly sealed: string | null;
  /** Null: the installation's limit applies, if there is one. */
  readonly maxShipments: number | null;
}

/** The whole new content of an order. A line without an id gets one at the record. */
export interface WantedRevision extends OfCustomer {
  /** The version of the content that the caller has seen. */
  readonly baseVersion: number;
  readonly lines: readonly (Omit<OrderedLine, 'lineId'> & { readonly lineId?: string })[];
  /** The revision as recorded; absent before the record. */
  readonly recorded?: RecordedRevision;
}

/** A revision as judged at its record: the new content with line ids, and the stock and credit that it needs. */
export interface RecordedRevision extends CreditChange {
  readonly reservationId: string;
  readonly content: readonly OrderedLine[];
  /** The units of the content that will not come. */
  readonly cancelled: readonly LineUnits[];
  /** The units that the order is to get, summed by SKU. */
  readonly increases: readonly Demand[];
  /** The units that the order is to give back, summed by SKU. No SKU has both. */
  readonly decreases: readonly Demand[];
  /** The live and shipped shipments of the order. */
  readonly shipments: number;
}

/** Units that a node gives back. NO_RESPONSE (a missed deadline) names no line and gives back the whole shipment. */
export interface WantedRejection extends OfShipment {
  readonly reason: RejectionReason;
  readonly lineId?: string;
  readonly quantity?: number;
}

/** Shipped units that came back to a node. */
export interface WantedReturn extends OfCustomer {
  readonly nodeId: string;
  readonly lines: readonly (LineUnits & { readonly condition: ReturnCondition })[];
}

/** Units that leave a node. */
export interface WantedShipping extends OfShipment {
  readonly tracking: string | null;
  /** Null: the whole shipment. Lines may have ids that the units had before revisions. */
  readonly lines: readonly LineUnits[] | null;
}

export interface WantedTrip extends Traced {
  readonly traveller: string;
  /** In the order in which the parties are asked. */
  readonly wishes: readonly Wish[];
}

/** An operator's statement that the rest of another command was done by hand, and how. */
export interface WantedResolution extends Traced {
  readonly target: string;
  readonly note: string;
}

/** The content of each kind of command. */
export interface Wanted {
  readonly create: WantedOrder;
  readonly cancel: OfCustomer;
  readonly revise: WantedRevision;
  readonly reject: WantedRejection;
  readonly ship: WantedShipping;
  readonly accept: OfShipment;
  readonly deliver: OfShipment;
  readonly return: WantedReturn;
  readonly trip: WantedTrip;
  readonly resolve: WantedResolution;
}

export type CreateDecision =
  | { readonly kind: 'approved' | 'backordered'; readonly hasSurplus?: boolean }
  | {
      readonly kind: 'rejected';
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
    };

/**
 * `cancelled`: everything not shipped is given back. `rejected-order`: the order was PENDING, and its own saga
 * compensates.
 */
export type CancelDecision =
  | ({
      readonly kind: 'cancelled';
      readonly reservationId: string;
      /** Shipped units, consumed or not yet: the cancel does not release them. */
      readonly keeps: readonly Allocation[];
    } & CreditChange)
  | { readonly kind: 'rejected-order' };

export type RevisionDecision =
  | ({
      readonly kind: 'applied';
      readonly reservationId: string;
      readonly decreases: readonly PlacedUnits[];
    } & CreditChange)
  | { readonly kind: 'turned-back'; readonly reason: RefusalReason; readonly detail?: string };

export interface RejectDecision {
  readonly kind: 'given-back';
  readonly reservationId: string;
  readonly nodeId: string;
  readonly reason: RejectionReason;
  readonly lines: readonly ShipmentLine[];
  /** Units to look for at other nodes. Units not found are backordered where the item allows it, else cancelled. */
  readonly elsewhere: readonly Demand[];
  /**
   * Units to backorder at once, where the item allows it, because the search has reached its limit of refusals or time.
   */
  readonly exhausted: readonly Demand[];
  /**
   * Units that the node did not give back and that move together with the rejected units: the rest of an order that
   * ships complete.
   */
  readonly together: readonly Demand[];
  /** The live and shipped shipments of the order, without the moved units. */
  readonly shipments: number;
}

/** The stock that leaves with a shipment, and the amount to capture for it. */
export interface ShipDecision {
  readonly kind: 'shipped';
  readonly reservationId: string;
  readonly takes: readonly Allocation[];
  readonly capture: {
    /** Minor units. */
    readonly amount: number;
    /** The value of all shipments of the order when no other follows; null when others may. */
    readonly finalTotal: number | null;
  };
}

/** The units that a node receives, and the amount to refund for them. */
export interface ReturnDecision {
  readonly kind: 'returned';
  readonly nodeId: string;
  /** Summed by SKU and condition. */
  readonly units: readonly Omit<ReturnedLine, 'lineId'>[];
  /** Minor units. */
  readonly refund: number;
}

export interface ReportDecision {
  readonly kind: 'reported';
}

export type TripDecision =
  | { readonly kind: 'booked' }
  | { readonly kind: 'rejected'; readonly reason: TripReason };

/**
 * `by-hand`: the target is decided, and its remaining steps are answered by hand. `decided-against`: the target was
 * undecided. `left-alone`: the target no longer needs attention, because another run or a retry advanced it, and stays
 * with its saga.
 */
export interface ResolveDecision {
  readonly kind: 'by-hand' | 'decided-against' | 'left-alone';
  /** Steps that stored answers of their own before the operator's resolution. */
  readonly answeredMeanwhile?: readonly string[];
}

/** The decision of each kind of command, with everything that completing it needs. */
export interface Decisions {
  readonly create: CreateDecision;
  readonly cancel: CancelDecision;
  readonly revise: RevisionDecision;
  readonly reject: RejectDecision;
  readonly ship: ShipDecision;
  readonly accept: ReportDecision;
  readonly deliver: ReportDecision;
  readonly return: ReturnDecision;
  readonly trip: TripDecision;
  readonly resolve: ResolveDecision;
}

/** The reason why a command needs an operator: its remaining steps, and the failure that stopped it. */
export interface Attention {
  readonly remaining: readonly string[];
  readonly failure: string;
}

/** A command as stored in its row. */
export interface RecordedCommand<K extends CommandKind = CommandKind> {
  readonly id: string;
  readonly kind: K;
  readonly caller: string;
  /** The API key of its request; null for commands of Holdfast itself. */
  readonly keyId: string | null;
  /** The order or trip that it creates or changes. */
  readonly subject: string;
  readonly wanted: Wanted[K];
  /** RFC 3339. For a report, also the moment of the reported fact. */
  readonly recordedAt: string;
}

/** A command's row, read under its lock: its content and its progress. */
export interface CommandRow<K extends CommandKind = CommandKind> extends RecordedCommand<K> {
  readonly workflowId: string;
  readonly decision: Decisions[K] | null;
  readonly attention: Attention | null;
  readonly isClosed: boolean;
}

/** The changes that a decision makes to a command's row. */
export interface CommandChange {
  readonly id: string;
  readonly wanted?: object;
  readonly decision?: object;
  readonly close?: true;
}
