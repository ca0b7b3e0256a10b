import type { RefusalReason, Shortage } from '../refusal';

export const ORDER_STATUSES = [
  'PENDING',
  'APPROVED',
  'BACKORDERED',
  'FULFILLING',
  'SHIPPED',
  'DELIVERED',
  'REVISION_PENDING',
  'CANCEL_PENDING',
  'CANCELLED',
  'REJECTED',
] as const;
export const PAYMENT_STATES = [
  'unpaid',
  'authorized',
  'partly_captured',
  'captured',
  'partly_refunded',
  'refunded',
] as const;
export const COMPENSATION_STATES = ['none', 'running', 'done', 'needs_attention'] as const;
export const SHIPMENT_STATES = [
  'RELEASED',
  'ACCEPTED',
  'SHIPPED',
  'DELIVERED',
  'REJECTED',
  'CANCELLED',
] as const;

export type ShipmentState = (typeof SHIPMENT_STATES)[number];

/** The reasons why a node gives units back, and their effect on its stock. */
export const REJECTIONS = {
  NOT_IN_STOCK: 'The node has no units of the item: its supply counts as zero until a later observation.',
  MISMATCH: 'These units are missing: they leave the supply of the node.',
  DAMAGED: 'These units are there and cannot be sold: they become unavailable.',
  NO_CAPACITY: 'The node cannot send these units. Its stock stays as it is.',
  NO_RESPONSE: 'The node missed its deadline. Holdfast records this itself; no node can report it.',
} as const;

export type RejectionReason = keyof typeof REJECTIONS;

export const REJECTION_REASONS = Object.keys(REJECTIONS) as RejectionReason[];

/** The conditions in which units come back, and their effect on the stock of the node that receives them. */
export const RETURN_CONDITIONS = {
  SELLABLE: 'The units can be sold again.',
  DAMAGED: 'The units are there and cannot be sold: they become unavailable.',
} as const;

export type ReturnCondition = keyof typeof RETURN_CONDITIONS;

/** A line as ordered. */
export interface OrderedLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: number;
}

export interface NodeUnits {
  readonly nodeId: string;
  readonly quantity: number;
}

/** Backordered units, and the date promised for them. */
export interface Wait {
  /** The queue position of the backorder entry that will bring them. */
  readonly place: number;
  readonly quantity: number;
  readonly promiseDate: string | null;
}

/**
 * A line and the places of its units: committed, backordered, cancelled, or in a shipment that is neither REJECTED nor
 * CANCELLED. Units in none of these were given back by a node, and the saga looks for a replacement.
 */
export interface OrderLine extends OrderedLine {
  /** Units that nodes have committed and no shipment carries yet. */
  readonly committed: readonly NodeUnits[];
  readonly waits: readonly Wait[];
  /** Units that will not come. */
  readonly cancelled: number;
  /** How many times nodes gave back units of the line. */
  readonly refusals: number;
}

export interface ShipmentLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /**
   * Ids of lines that had these units before revisions. The node may know these ids only, so it may report under them.
   */
  readonly formerly?: readonly string[];
  /** Units of the line that came back. Absent: none. */
  readonly returned?: number;
}

/** Units of one line that came back in one condition. */
export interface ReturnedLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly condition: ReturnCondition;
}

/** Shipped units that came back to a node. The lines keep the ids that they had at the record. */
export interface OrderReturn {
  /** The id of its command. */
  readonly id: string;
  readonly nodeId: string;
  readonly lines: readonly ReturnedLine[];
  /** Minor units to refund: the captured price of the units. */
  readonly refund: number;
  /** Minor units refunded; 0 after an operator settled it by hand. Absent while the refund is under way. */
  readonly refunded?: number;
  readonly returnedAt: string;
}

/**
 * Units that one node has to send. A shipment never grows after its release to the node: later units go into a new
 * shipment with its own deadline.
 */
export interface Shipment {
  readonly id: string;
  readonly orderId: string;
  readonly nodeId: string;
  readonly state: ShipmentState;
  /** Empty in a REJECTED shipment and in one that a revision emptied. A cancellation of the order keeps them. */
  readonly lines: readonly ShipmentLine[];
  /** The deadline for the node to accept or to ship it; null once it has left or is over. */
  readonly dueAt: string | null;
  readonly tracking?: string;
  /** The shipment that has the rest of its units, after only a part has left. */
  readonly restId?: string;
  /** The command that shipped it: the key of its stock consumption and its credit capture. */
  readonly shippedBy?: string;
  /** Minor units captured for it; 0 after an operator settled it by hand. */
  readonly captured?: number;
}

/** Units of a line, and where they are. Exactly one of `nodeId` and `place` is set. */
export interface PlacedUnits {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Null for units without stock. */
  readonly nodeId: string | null;
  /** The queue position of the backorder entry that would have brought them. */
  readonly place: number | null;
  /** Null when no shipment carries them. */
  readonly shipmentId: string | null;
}

/** Units that a revision gives to another line. They stay where they are. */
export interface MovedUnits extends PlacedUnits {
  readonly to: string;
}

/** The change of the credit that an order needs, in minor units; negative for a decrease. */
export interface CreditChange {
  readonly creditBy: number;
}

/** The semantic lock: the command that owns an order until its saga frees it. */
export interface Pending {
  readonly kind: 'cancel' | 'revise' | 'reject';
  readonly commandId: string;
}

export const COMMAND_KINDS = ['accept', 'reject', 'ship', 'deliver', 'cancel', 'revise', 'return'] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** The outcome of the last command on an order. Only a revision can be refused after its record. */
export interface LastCommand {
  readonly id: string;
  readonly kind: CommandKind;
  readonly outcome: 'done' | 'refused';
  readonly reason?: RefusalReason;
}

/** A fill of a backorder entry that the order does not know yet. */
export interface EarlyFill {
  readonly place: number;
  readonly allocations: readonly (NodeUnits & { readonly sku: string })[];
}

export interface Order {
  readonly id: string;
  readonly caller: string;
  readonly customerId: string;
  readonly currency: string;
  readonly status: (typeof ORDER_STATUSES)[number];
  readonly reason: RefusalReason | null;
  /** Requested and available quantities, for an order rejected for lack of stock. */
  readonly shortages: readonly Shortage[] | null;
  readonly lines: readonly OrderLine[];
  /**
   * The value of all units not cancelled, in minor units. Credit is held for all of it while any unit can still ship.
   */
  readonly total: number;
  readonly payment: (typeof PAYMENT_STATES)[number];
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
  /** The caller's name for how it is sent; eligibility rules may deny it. */
  readonly shippingMethod: string | null;
  /** The caller's personal data as one sealed text, which only the store can open; null without any. */
  readonly sealed: string | null;
  /** True after the erasure of the personal data. */
  readonly isErased: boolean;
  /** The order's own limit; null: the installation's applies, if there is one. */
  readonly maxShipments: number | null;
  readonly shipments: readonly Shipment[];
  /** Oldest first. */
  readonly returns: readonly OrderReturn[];
  readonly pending: Pending | null;
  readonly lastCommand: LastCommand | null;
  readonly earlyFills: readonly EarlyFill[];
  /** The highest number given to a line as its id, offered revisions included: an id is never used again. */
  readonly lastLine: number;
  /** The version of the content: 1, plus one for each applied revision. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The deadlines of nodes and sagas, and the current moment. */
export interface Terms {
  readonly now: string;
  readonly acceptSeconds: number;
  readonly shipSeconds: number;
  /** How long after the record of the order other nodes are asked for units that a node gives back. */
  readonly sourcingSeconds: number;
}

export type Deadlines = Omit<Terms, 'now'>;
