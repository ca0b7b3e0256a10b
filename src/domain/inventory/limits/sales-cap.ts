import { never } from '../../decision';
import type { Demand } from './demand';
import type { Buyer } from './eligibility';

/** How many units of some items, together, may be sold in [start, end); to one channel or customer where it names one. */
export interface SalesCap {
  readonly id: string;
  readonly skus: readonly string[];
  readonly channel: string | null;
  readonly customerId: string | null;
  readonly start: string;
  readonly end: string;
  readonly limit: number;
}

/** A cap and what it has been used for. One that was removed stays, as what was claimed of it may come back. */
export interface CapState {
  readonly cap: SalesCap;
  readonly isActive: boolean;
  /** Units claimed and not given back, those of holds whose time is up included. */
  readonly used: number;
}

/** What is known of a cap at one moment. */
export interface CapFacts extends CapState {
  /** Units claimed and not expired. */
  readonly usedNow: number;
}

/** A part of a cap that one reservation has. */
export interface CapClaim {
  readonly capId: string;
  readonly quantity: number;
}

interface Claimed {
  readonly reservationId: string;
  readonly quantity: number;
  /** Null: not a hold, so it stays until it is returned. */
  readonly expiresAt: string | null;
}

export type CapEvent =
  | { readonly type: 'inventory.cap-set.v1'; readonly data: SalesCap }
  | { readonly type: 'inventory.cap-removed.v1'; readonly data: { readonly id: string } }
  | { readonly type: 'inventory.cap-claimed.v1'; readonly data: Claimed }
  /** A hold became an order's: its share does not expire any more. */
  | { readonly type: 'inventory.cap-claim-kept.v1'; readonly data: Claimed }
  | { readonly type: 'inventory.cap-claim-returned.v1'; readonly data: Claimed };

export function evolveCap(state: CapState | undefined, event: CapEvent): CapState | undefined {
  switch (event.type) {
    case 'inventory.cap-set.v1':
      return { cap: event.data, isActive: true, used: state?.used ?? 0 };
    case 'inventory.cap-removed.v1':
      return state && { ...state, isActive: false };
    case 'inventory.cap-claimed.v1':
      return state && { ...state, used: state.used + event.data.quantity };
    case 'inventory.cap-claim-kept.v1':
      return state;
    case 'inventory.cap-claim-returned.v1':
      return state && { ...state, used: state.used - event.data.quantity };
    default:
      return never(event);
  }
}

/** A cap's facts after an event, for the next decision of the same set. */
export function evolveCapFacts(facts: CapFacts, event: CapEvent): CapFacts {
  const state = evolveCap(facts, event) ?? facts;
  // A share that is given back may have expired before, when it was free already: it frees no other.
  const returned = event.type === 'inventory.cap-claim-returned.v1';
  const usedNow = returned
    ? Math.min(facts.usedNow, state.used)
    : facts.usedNow + Math.max(0, state.used - facts.used);
  return { ...state, usedNow };
}

/** Whether a cap limits what this buyer may have of an item now. `now` is the database's clock. */
export function appliesTo({ cap, isActive }: CapState, sku: string, buyer: Buyer, now: string): boolean {
  const at = Date.parse(now);
  return (
    isActive &&
    cap.skus.includes(sku) &&
    Date.parse(cap.start) <= at &&
    at < Date.parse(cap.end) &&
    (cap.channel === null || cap.channel === buyer.channel) &&
    (cap.customerId === null || cap.customerId === buyer.customerId)
  );
}

export function capRoom({ cap, usedNow }: CapFacts): number {
  return Math.max(0, cap.limit - usedNow);
}

/** What a request takes of every cap that applies to it. */
export function claimsOn(
  caps: readonly CapFacts[],
  demands: readonly Demand[],
  buyer: Buyer,
  now: string,
): readonly { readonly facts: CapFacts; readonly quantity: number }[] {
  return caps.flatMap((facts) => {
    const quantity = demands
      .filter(({ sku }) => appliesTo(facts, sku, buyer, now))
      .reduce((sum, demand) => sum + demand.quantity, 0);
    return quantity > 0 ? [{ facts, quantity }] : [];
  });
}
