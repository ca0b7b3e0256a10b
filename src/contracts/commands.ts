import type { Demand } from '../domain/inventory/limits/demand';
import type { Allocation } from '../domain/inventory/offer/sourcing';
import type { RefusalReason, Shortage } from '../domain/refusal';

/** What the steps of every store look at: the id is the key of what is done, and the correlation says what it is about. */
export interface Command {
  readonly commandId: string;
  readonly caller: string;
  /** The order, trip or reservation all of this is about; `correlation` in every log. */
  readonly correlation: string;
  /** The W3C trace the request came in with. */
  readonly traceparent?: string;
}

/** A stand-alone hold. `commandId` is the reservation's id; it has no row of a command. */
export interface ReserveInventory extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly demands: readonly Demand[];
  readonly region: string;
  readonly channel: string | null;
  readonly ttlSeconds: number;
}

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
