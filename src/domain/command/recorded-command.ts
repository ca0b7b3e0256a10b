import type { Demand } from '../inventory/limits/demand';
import type { Allocation } from '../inventory/offer/sourcing';
import type { CreditChange, Decrease, OrderedLine, RejectionReason, ShipmentLine } from '../order/order';
import type { RefusalReason, Shortage } from '../refusal';
import type { TripReason, Wish } from '../trip/trip';

/** Every command that has a row of its own. */
export const COMMAND_KINDS = [
  'create',
  'cancel',
  'revise',
  'reject',
  'ship',
  'accept',
  'deliver',
  'trip',
  'resolve',
] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** What every command carries beside its own content. */
interface Traced {
  /** The W3C trace of its request. */
  readonly traceparent?: string;
}

interface OfCustomer extends Traced {
  readonly customerId: string;
}

interface OfShipment extends OfCustomer {
  readonly shipmentId: string;
}

export interface WantedOrder extends OfCustomer {
  readonly currency: string;
  readonly lines: readonly OrderedLine[];
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
}

/** The whole new content of an order; a line without an id is a new one. */
export interface WantedRevision extends OfCustomer {
  /** The version of the content that the caller has seen. */
  readonly baseVersion: number;
  readonly lines: readonly (Omit<OrderedLine, 'lineId'> & { readonly lineId?: string })[];
  /** The revision as recorded; absent in a request that is still to be recorded. */
  readonly recorded?: RecordedRevision;
}

/** A revision judged at its record: the new content with line ids, and what has to be had before it can stand. */
export interface RecordedRevision extends CreditChange {
  readonly reservationId: string;
  readonly content: readonly OrderedLine[];
  /** By SKU; nothing for a revision of prices alone. */
  readonly increases: readonly Demand[];
}

/** Units that a node gives back. A deadline that passed gives back all of the shipment: NO_RESPONSE, without a line. */
export interface WantedRejection extends OfShipment {
  readonly reason: RejectionReason;
  readonly lineId?: string;
  readonly quantity?: number;
}

export interface WantedTrip extends Traced {
  readonly traveller: string;
  /** In the order in which the parties are asked. */
  readonly wishes: readonly Wish[];
}

/** An operator says that what is left of another command was put right by hand, and how. */
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
  readonly ship: OfShipment & { readonly tracking: string | null };
  readonly accept: OfShipment;
  readonly deliver: OfShipment;
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

/** Everything that has not shipped is given back. `closed`: the order was PENDING, and its own saga gives it back. */
export type CancelDecision =
  | ({
      readonly kind: 'cancelled';
      readonly reservationId: string;
      /** Units that have shipped, consumed already or not: they are not released. */
      readonly keeps: readonly Allocation[];
    } & CreditChange)
  | { readonly kind: 'rejected-order' };

export type RevisionDecision =
  | ({
      readonly kind: 'applied';
      readonly reservationId: string;
      readonly decreases: readonly Decrease[];
    } & CreditChange)
  | { readonly kind: 'turned-back'; readonly reason: RefusalReason; readonly detail?: string };

export interface RejectDecision {
  readonly kind: 'given-back';
  readonly reservationId: string;
  readonly nodeId: string;
  readonly reason: RejectionReason;
  readonly lines: readonly ShipmentLine[];
  /** To be looked for at other nodes; failing that, backordered. */
  readonly elsewhere: readonly Demand[];
  /** To be backordered at once, where the items allow it: enough nodes have been asked, or for long enough. */
  readonly exhausted: readonly Demand[];
}

/** What leaves the stock and what the customer owes once a shipment has left. */
export interface ShipDecision {
  readonly kind: 'shipped';
  readonly reservationId: string;
  readonly takes: readonly Allocation[];
  readonly capture: {
    /** Minor units. */
    readonly amount: number;
    /** What all shipments of the order are worth together, where no other is to come; null where others may. */
    readonly finalTotal: number | null;
  };
}

export interface ReportDecision {
  readonly kind: 'reported';
}

export type TripDecision =
  | { readonly kind: 'booked' }
  | { readonly kind: 'rejected'; readonly reason: TripReason };

/**
 * A target that was decided before: what was left of it is answered by hand; else it is decided against. One that waits for
 * an operator no more, as another run or a retry has brought it further, is left to its saga.
 */
export interface ResolveDecision {
  readonly kind: 'by-hand' | 'decided-against' | 'left-alone';
  /** Steps that had answered by themselves before the operator's word came. */
  readonly answeredMeanwhile?: readonly string[];
}

/** How each kind of command is decided. The decision carries what completing it needs. */
export interface Decisions {
  readonly create: CreateDecision;
  readonly cancel: CancelDecision;
  readonly revise: RevisionDecision;
  readonly reject: RejectDecision;
  readonly ship: ShipDecision;
  readonly accept: ReportDecision;
  readonly deliver: ReportDecision;
  readonly trip: TripDecision;
  readonly resolve: ResolveDecision;
}

/** A command an operator has to see to: what is left of it and what stopped it. */
export interface Attention {
  readonly remaining: readonly string[];
  readonly failure: string;
}

/** A command as its row has it, after its record. */
export interface RecordedCommand<K extends CommandKind = CommandKind> {
  readonly id: string;
  readonly kind: K;
  readonly caller: string;
  /** The order or trip that it makes or changes. */
  readonly subject: string;
  readonly wanted: Wanted[K];
  /** RFC 3339. The moment of the fact that a report tells of. */
  readonly recordedAt: string;
}

/** A command's row under its lock: its content and how far it is. */
export interface CommandRow<K extends CommandKind = CommandKind> extends RecordedCommand<K> {
  readonly workflowId: string;
  readonly decision: Decisions[K] | null;
  readonly attention: Attention | null;
  readonly isClosed: boolean;
}

/** What a decision does to a command's row. */
export interface CommandChange {
  readonly id: string;
  readonly wanted?: object;
  readonly decision?: object;
  readonly close?: true;
}
