import type { RefusalReason } from '../refusal';

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
 * neither REJECTED nor CANCELLED (or, for the moment of a re-sourcing, in `pending`).
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
   * By when it has to be accepted, shipped, or captured, whichever is next. None for one that has left, was not captured
   * and cannot be before an operator has looked.
   */
  readonly dueAt: string | null;
  readonly tracking?: string;
  /** The command that shipped it: its stock is consumed and its credit captured under this key, whoever sees to it. */
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

/** The semantic lock: which saga owns an order, and all that one has to know who finishes it in its place. */
export type Pending = {
  /** It cannot go on before an operator has looked: nobody else takes it up. */
  readonly isStopped?: true;
} & (
  | { readonly kind: 'cancel'; readonly commandId: string }
  | {
      readonly kind: 'revise';
      readonly commandId: string;
      readonly lines: readonly OrderedLine[];
      /** Null until the new content stands. */
      readonly applied: ({ readonly decreases: readonly Decrease[] } & CreditChange) | null;
      /** Why it goes back; absent while it goes forward. */
      readonly turnedBack?: RefusalReason;
    }
  | {
      readonly kind: 'reject';
      readonly commandId: string;
      readonly shipmentId: string;
      readonly nodeId: string;
      readonly reason: RejectionReason;
      /** What the node has given back. */
      readonly lines: readonly ShipmentLine[];
      /** It came when the order's time for asking other nodes was up. */
      readonly isLate?: boolean;
      /** Null until it is settled where the units come from instead. */
      readonly settled: CreditChange | null;
    }
);

export const COMMAND_KINDS = ['accept', 'reject', 'ship', 'deliver', 'cancel', 'revise'] as const;

export type CommandKind = (typeof COMMAND_KINDS)[number];

/** How the last command on an order ended; also one that was taken and then lost against another. */
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

/** What an operator has to finish: the undos and steps left, in the order to run them, and what stopped one of them. */
export interface Attention {
  readonly remaining: readonly string[];
  readonly failure: string;
}

export interface Order {
  readonly id: string;
  readonly caller: string;
  readonly customerId: string;
  readonly currency: string;
  readonly status: (typeof ORDER_STATUSES)[number];
  readonly reason: RefusalReason | null;
  readonly lines: readonly OrderLine[];
  /** What its units come to, without those that were cancelled. While any can ship, credit is held for all of it. */
  readonly total: number;
  readonly payment: (typeof PAYMENT_STATES)[number];
  readonly compensation: (typeof COMPENSATION_STATES)[number];
  readonly attention: Attention | null;
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
  readonly sagaId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** How long nodes and sagas have, and the moment that counts from. */
export interface Terms {
  readonly now: string;
  readonly acceptSeconds: number;
  readonly shipSeconds: number;
  /** From shipping to having it captured. */
  readonly captureSeconds: number;
  /** From placing the order to asking no further node for what one of them gives back. */
  readonly sourcingSeconds: number;
}

export type Deadlines = Omit<Terms, 'now'>;
