import { never } from '../../decision';
import type { Demand } from './demand';
import type { Buyer } from './eligibility';

/**
 * The most units of some items, together, that may be sold in [start, end), to one channel or customer if it names one.
 */
export interface SalesCap {
  readonly id: string;
  readonly skus: readonly string[];
  readonly channel: string | null;
  readonly customerId: string | null;
  readonly start: string;
  readonly end: string;
  readonly limit: number;
}

/** A cap and its usage. A removed cap stays, because its claimed units may still be returned. */
export interface CapState {
  readonly cap: SalesCap;
  readonly isActive: boolean;
  /** Units claimed and not returned, those of expired holds included. */
  readonly used: number;
}

/** The facts about a cap at one moment. */
export interface CapFacts extends CapState {
  /** Units claimed, neither returned nor expired. */
  readonly usedNow: number;
}

/** The share of a cap that one reservation has claimed. */
export interface CapClaim {
  readonly capId: string;
  readonly quantity: number;
}

interface Claimed {
  readonly reservationId: string;
  readonly quantity: number;
  /** Null for a claim without a hold: it stays until it is returned. */
  readonly expiresAt: string | null;
}

/** Every event of a sales cap, `cap/{id}`. */
export type CapEvent =
  /** A sales cap is set. */
  | { readonly type: 'inventory.cap-set.v1'; readonly data: SalesCap }
  /** A sales cap is removed. Its shares stay known. */
  | { readonly type: 'inventory.cap-removed.v1'; readonly data: { readonly id: string } }
  /** A reservation took a share of the cap. */
  | { readonly type: 'inventory.cap-claimed.v1'; readonly data: Claimed }
  /** An order converted the hold: the share no longer expires. */
  | { readonly type: 'inventory.cap-claim-kept.v1'; readonly data: Claimed }
  /** A hold is extended: its share of the cap expires at `until`, later than before. */
  | {
      readonly type: 'inventory.cap-claim-extended.v1';
      readonly data: Claimed & { readonly until: string };
    }
  /** A share returns to the cap: the units were given back, or the hold has expired. */
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
    case 'inventory.cap-claim-extended.v1':
      return state;
    case 'inventory.cap-claim-returned.v1':
      return state && { ...state, used: state.used - event.data.quantity };
    default:
      return never(event);
  }
}

/** Applies an event to a cap's facts, for the next decision of the same batch. */
export function evolveCapFacts(facts: CapFacts, event: CapEvent): CapFacts {
  const state = evolveCap(facts, event) ?? facts;
  // Do not decrement again for a returned share that had expired.
  const returned = event.type === 'inventory.cap-claim-returned.v1';
  const usedNow = returned
    ? Math.min(facts.usedNow, state.used)
    : facts.usedNow + Math.max(0, state.used - facts.used);
  return { ...state, usedNow };
}

/** Returns true when a cap limits this buyer's purchase of an item now. `now` is the database's clock. */
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

/** Returns the quantity that a request takes of each cap that applies to it. */
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
