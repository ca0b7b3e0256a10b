import type { Demand } from '../domain/inventory/limits/demand';
import type { Allocation } from '../domain/inventory/offer/sourcing';
import type { RefusalReason, Shortage } from '../domain/refusal';

/**
 * The caller of events that Holdfast appends on its own: deadlines, expiries, fills. No API key may have this caller.
 */
export const SYSTEM_CALLER = 'system';

/** Begins the names of callers that an issuer of identities vouches for. No key may have such a name. */
export const ISSUED_CALLER = 'oidc:';

/** The caller of a change, and its API key; Holdfast itself and callers of an issuer have none. */
export type Actor = Pick<Command, 'caller' | 'keyId'>;

/** Holdfast itself, and its programs that need no API key, such as `npm run keys`. */
export const SYSTEM: Actor = { caller: SYSTEM_CALLER };

/** The fields of a command that the steps of every store need. `commandId` is the key of its steps. */
export interface Command {
  readonly commandId: string;
  readonly caller: string;
  /** The API key that sent it; absent for commands of Holdfast itself and of callers of an issuer. */
  readonly keyId?: string;
  /** The order, trip or reservation that the command belongs to; `correlation` in every log. */
  readonly correlation: string;
  /** The W3C trace context of the request. */
  readonly traceparent?: string;
}

/** A command for a stand-alone hold. `commandId` is the id of the reservation; the command has no row. */
export interface ReserveInventory extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly demands: readonly Demand[];
  readonly region: string;
  readonly channel: string | null;
  readonly shippingMethod: string | null;
  readonly customerId: string | null;
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
