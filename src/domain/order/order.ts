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
export const PAYMENT_STATES = ['unpaid', 'authorized', 'partly_captured', 'captured', 'refunded'] as const;
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

/** Why a node gives units back; NO_RESPONSE: it let its deadline pass. */
export const REJECTION_REASONS = [
  'NOT_IN_STOCK',
  'MISMATCH',
  'DAMAGED',
  'NO_CAPACITY',
  'NO_RESPONSE',
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** What was ordered. */
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

/** Units that were promised without stock, and when they are to come. */
export interface Wait {
  /** The turn in the item's queue that will bring them. */
  readonly place: number;
  readonly quantity: number;
  readonly promiseDate: string | null;
}

/**
 * A line, and where its units are: every one of them is committed, waited for, cancelled, or in a shipment that is
 * neither REJECTED nor CANCELLED. What is in none of them was given back by a node and is being looked for elsewhere.
 */
export interface OrderLine extends OrderedLine {
  /** Units that nodes have for it and that no shipment carries yet. */
  readonly committed: readonly NodeUnits[];
  readonly waits: readonly Wait[];
  /** Units that will not come. */
  readonly cancelled: number;
  /** How often nodes have given units of it back. */
  readonly refusals: number;
}

export interface ShipmentLine {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
}

/**
 * What one node has to send. A node that was told of a shipment is never told of more in it: what comes later is a
 * shipment of its own, with a deadline of its own.
 */
export interface Shipment {
  readonly id: string;
  readonly orderId: string;
  readonly nodeId: string;
  readonly state: ShipmentState;
  /** None is left in one that was REJECTED; one that was CANCELLED still says what it was to carry. */
  readonly lines: readonly ShipmentLine[];
  /**
   * By when its node has to accept or to ship it; none for one that has left or is over.
   */
  readonly dueAt: string | null;
  readonly tracking?: string;
  /** The command that shipped it: its stock is consumed and its credit captured under this key. */
  readonly shippedBy?: string;
  /** Minor units captured for it; none where an operator has said that it was dealt with by hand. */
  readonly captured?: number;
}

/** Units to be added to an order, or taken away from it. Exactly one of `nodeId` and `place` says where they are. */
export interface Decrease {
  readonly lineId: string;
  readonly sku: string;
  readonly quantity: number;
  /** Null: they have no stock yet. */
  readonly nodeId: string | null;
  /** The turn that would have brought them. */
  readonly place: number | null;
  /** Null: no shipment carries them. */
  readonly shipmentId: string | null;
}

/** How much more credit an order needs, in minor units; below zero: less. */
export interface CreditChange {
  readonly creditBy: number;
}

/** The semantic lock: the command that owns an order until its saga has freed it. */
export interface Pending {
  readonly kind: 'cancel' | 'revise' | 'reject';
  readonly commandId: string;
}

export const COMMAND_KINDS = ['accept', 'reject', 'ship', 'deliver', 'cancel', 'revise'] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** How the last command on an order ended. Only a revision can be refused after it was recorded. */
export interface LastCommand {
  readonly id: string;
  readonly kind: CommandKind;
  readonly outcome: 'done' | 'refused';
  readonly reason?: RefusalReason;
}

/** Units that a turn brought before the order was told that it has this turn. */
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
  /** Of an order that was refused for want of stock: how much of each item there was. */
  readonly shortages: readonly Shortage[] | null;
  readonly lines: readonly OrderLine[];
  /** What its units come to, without those that were cancelled. While any can ship, credit is held for all of it. */
  readonly total: number;
  readonly payment: (typeof PAYMENT_STATES)[number];
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
  readonly shipments: readonly Shipment[];
  readonly pending: Pending | null;
  readonly lastCommand: LastCommand | null;
  readonly earlyFills: readonly EarlyFill[];
  /** Counts revisions of content. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** How long nodes and sagas have, and the moment that counts from. */
export interface Terms {
  readonly now: string;
  readonly acceptSeconds: number;
  readonly shipSeconds: number;
  /** From placing the order to asking no further node for what one of them gives back. */
  readonly sourcingSeconds: number;
}

export type Deadlines = Omit<Terms, 'now'>;
