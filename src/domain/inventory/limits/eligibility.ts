/** The buyer of a request: the region it ships to, its channel, shipping method and customer (null: not given). */
export interface Buyer {
  readonly region: string;
  readonly channel: string | null;
  readonly shippingMethod: string | null;
  readonly customerId: string | null;
}

/** What rules know of a buyer. */
export type DeniableBuyer = Pick<Buyer, 'region' | 'channel' | 'shippingMethod'>;

/** A rule that denies requests that match every field it names. A null field matches all. */
export interface EligibilityRule {
  readonly id: string;
  readonly deny: {
    readonly sku: string | null;
    /** A tag of the item. */
    readonly itemTag: string | null;
    readonly nodeId: string | null;
    readonly region: string | null;
    readonly channel: string | null;
    readonly shippingMethod: string | null;
  };
  readonly reason: string;
}

/** Every event of an eligibility rule, `rule/{id}`. */
export type EligibilityRuleEvent =
  /** A rule is set. */
  | { readonly type: 'inventory.eligibility-rule-set.v1'; readonly data: EligibilityRule }
  /** A rule is removed. */
  | { readonly type: 'inventory.eligibility-rule-removed.v1'; readonly data: { readonly id: string } };

/** An item at a node. `tags`: the item's. */
export interface TaggedPlace {
  readonly sku: string;
  readonly tags: readonly string[];
  readonly nodeId: string;
}

/**
 * Returns the reason why a buyer may not have this item from this node: that of the matching rule with the lowest id.
 */
export function denialOf(
  rules: readonly EligibilityRule[],
  place: TaggedPlace,
  buyer: DeniableBuyer,
): string | undefined {
  const matching = rules.filter(({ deny }) => matches(deny, place, buyer));
  return matching.reduce<EligibilityRule | undefined>((a, b) => (a && a.id < b.id ? a : b), undefined)
    ?.reason;
}

function matches(deny: EligibilityRule['deny'], place: TaggedPlace, buyer: DeniableBuyer): boolean {
  const covers = (named: string | null, actual: string | null) => named === null || named === actual;
  return (
    covers(deny.sku, place.sku) &&
    (deny.itemTag === null || place.tags.includes(deny.itemTag)) &&
    covers(deny.nodeId, place.nodeId) &&
    covers(deny.region, buyer.region) &&
    covers(deny.channel, buyer.channel) &&
    covers(deny.shippingMethod, buyer.shippingMethod)
  );
}
