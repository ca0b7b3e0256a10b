import type { Buyer } from '../limits/eligibility';
import type { KnownItems } from './availability';
import { offerOf } from './offer';

/** The quantity of one item that one buyer can be sold, without its terms. */
export interface BriefOffer {
  readonly sku: string;
  /** Units; Infinity when unlimited. */
  readonly sellable: number;
  readonly atp: number;
}

/** A brief offer, and how long it holds if nothing happens. */
export type SteadyOffer = BriefOffer & {
  /** The first moment at which the passing of time may change it, in milliseconds since 1970. */
  readonly steadyUntil: number;
};

/** Computes what one buyer can be sold of an item: nothing of an unknown one. `now` is the moment of the known facts. */
export function briefOffer(known: KnownItems, sku: string, buyer: Buyer): SteadyOffer {
  const facts = known.facts(sku);
  if (!facts) return { sku, sellable: 0, atp: 0, steadyUntil: Number.POSITIVE_INFINITY };
  const { sellable, atp } = offerOf(facts, buyer, known.now);
  return { sku, sellable, atp, steadyUntil: known.steadyUntil(sku) };
}
