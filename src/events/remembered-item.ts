import type { Buyer } from '../domain/inventory/limits/eligibility';
import type { SteadyOffer } from '../domain/inventory/offer/brief-offer';
import type { AvailabilityFold } from './availability-fold';

/** The most kinds of buyers whose offers are kept of one item. */
const MOST_BUYERS = 32;

/** An item in memory: its rows of the projection, and the offers that were computed from them. */
export class RememberedItem {
  readonly #offers = new Map<string, SteadyOffer>();

  constructor(
    readonly fold: AvailabilityFold,
    /** The number of its rows when it was loaded. */
    readonly size: number,
  ) {}

  /** Returns the offer computed earlier for a kind of buyer, if it still holds at `at` (milliseconds since 1970). */
  offer(buyer: string, at: number): SteadyOffer | undefined {
    const offer = this.#offers.get(buyer);
    return offer && at < offer.steadyUntil ? offer : undefined;
  }

  keep(buyer: string, offer: SteadyOffer): void {
    if (this.#offers.size >= MOST_BUYERS) this.#offers.clear();
    this.#offers.set(buyer, offer);
  }

  /** Something that offers depend on has changed. */
  forgetOffers(): void {
    this.#offers.clear();
  }
}

/** Names a kind of buyer: those to whom the same is offered. */
export function buyerKey({ region, channel, shippingMethod, customerId }: Buyer): string {
  return JSON.stringify([region, channel, shippingMethod, customerId]);
}
