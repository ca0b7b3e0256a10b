import type { Allocation, Demand } from '../domain/inventory/sourcing';
import type { RejectionReason } from '../domain/order/order';
import type { RefusalReason, Shortage } from '../domain/refusal';

/** What every command carries: its id is its key, and what it causes can be followed by its correlation. */
export interface Command {
  readonly commandId: string;
  readonly caller: string;
  /** The order or reservation all of this is about; `correlation` in every log. */
  readonly correlation: string;
  /** The W3C trace the request came in with. */
  readonly traceparent?: string;
}

/** `commandId` is the order's id: a hash of caller, idempotency key and fingerprint. */
export interface CreateOrder extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly customerId: string;
  readonly currency: string;
  readonly lines: readonly {
    readonly lineId: string;
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: number;
  }[];
  readonly region: string;
  readonly channel: string | null;
  readonly reservationId: string | null;
  readonly shipComplete: boolean;
}

/** `commandId` is the reservation's id. */
export interface ReserveInventory extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly demands: readonly Demand[];
  readonly region: string;
  readonly channel: string | null;
  readonly ttlSeconds: number;
}

/** What every command on an approved order names; its `commandId` is the same for the same request. */
export interface OnOrder extends Command {
  readonly orderId: string;
  readonly customerId: string;
}

export type CancelOrder = OnOrder;

/** The whole new content of an order; a line without an id is a new one. */
export interface ReviseOrder extends OnOrder {
  readonly baseVersion: number;
  readonly lines: readonly {
    readonly lineId?: string;
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: number;
  }[];
}

/** What a node says of a shipment: it has accepted it, or it was delivered. */
export interface ReportShipment extends OnOrder {
  readonly shipmentId: string;
}

/** A shipment has left. What is taken from stock and credit for it is taken under this `commandId`. */
export interface ShipShipment extends ReportShipment {
  readonly tracking: string | null;
}

/** A node gives units back. */
export interface RejectUnits extends ReportShipment {
  readonly lineId: string;
  readonly quantity: number;
  readonly reason: Exclude<RejectionReason, 'NO_RESPONSE'>;
}

/** `commandId` is `<shipment id>/overdue/<due at>`: each deadline that passes is looked at once, until it is dealt with. */
export type ExpireShipment = ReportShipment;

/** How a command on an approved order ended. */
export type CommandOutcome =
  | { readonly kind: 'done'; readonly commandId: string }
  | { readonly kind: 'refused'; readonly commandId: string; readonly reason: RefusalReason }
  /** It is not over: the order says how it stands, and somebody goes on with what is left. */
  | { readonly kind: 'unfinished'; readonly commandId: string };

/** Undos that are run outside the set their order travelled in; `commandId` is the order's id. */
export interface FinishCompensation extends Command, Pick<CreateOrder, 'customerId' | 'lines'> {
  readonly reason: RefusalReason;
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
  /** The operator who has them run again. */
  readonly retriedBy?: string;
}

/** How one member of a set ended. */
export type OrderOutcome =
  | { readonly kind: 'approved' | 'backordered'; readonly orderId: string }
  | { readonly kind: 'rejected'; readonly orderId: string; readonly reason: RefusalReason }
  | { readonly kind: 'owned-elsewhere'; readonly orderId: string; readonly sagaId: string }
  /** It has left its set and goes on in a workflow of its own. */
  | { readonly kind: 'continued'; readonly orderId: string; readonly workflowId: string };

export type ReservationOutcome =
  | {
      readonly kind: 'held';
      readonly reservationId: string;
      readonly allocations: readonly Allocation[];
      readonly expiresAt: string;
    }
  | {
      readonly kind: 'refused';
      readonly reservationId: string;
      readonly reason: RefusalReason;
      readonly detail?: string;
      readonly shortages?: readonly Shortage[];
    };
