import type { Allocation, Demand } from '../domain/inventory/sourcing';
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

/** `commandId` is `<reservation id>/release/<caller>`: a refusal to one caller is no answer for another. */
export interface ReleaseReservation extends Command {
  readonly reservationId: string;
}

/** `commandId` is `<reservation id>/expire`. */
export interface ExpireReservation extends Command {
  readonly reservationId: string;
}

/** `commandId` is `<reservation id>/fill/<sku>/<place>/<what made it worth a try>`; `correlation` is the order's id. */
export interface FillBackorder extends Command {
  readonly reservationId: string;
  readonly sku: string;
  readonly place: number;
}

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

export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly reservationId: string }
  | { readonly kind: 'refused'; readonly reservationId: string; readonly reason: RefusalReason };
