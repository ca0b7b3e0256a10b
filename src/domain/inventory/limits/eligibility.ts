/** The buyer of a request: the region it ships to, its channel and its customer (null: not given). */
export interface Buyer {
  readonly region: string;
  readonly channel: string | null;
  readonly customerId: string | null;
}

/** A rule that denies requests that match every field it names. A null field matches all. */
export interface EligibilityRule {
  readonly id: string;
  readonly deny: {
    readonly sku: string | null;
    readonly nodeId: string | null;
    readonly region: string | null;
    readonly channel: string | null;
  };
  readonly reason: string;
}

/** Every event of an eligibility rule, `rule/{id}`. */
export type EligibilityRuleEvent =
  /** A rule is set. */
  | { readonly type: 'inventory.eligibility-rule-set.v1'; readonly data: EligibilityRule }
  /** A rule is removed. */
  | { readonly type: 'inventory.eligibility-rule-removed.v1'; readonly data: { readonly id: string } };

/**
 * Returns the reason why a buyer may not have this item from this node: that of the matching rule with the lowest id.
 */
export function denialOf(
  rules: readonly EligibilityRule[],
  place: { readonly sku: string; readonly nodeId: string },
  buyer: Pick<Buyer, 'region' | 'channel'>,
): string | undefined {
  const matching = rules.filter(({ deny }) => matches(deny, { ...place, ...buyer }));
  return matching.reduce<EligibilityRule | undefined>((a, b) => (a && a.id < b.id ? a : b), undefined)
    ?.reason;
}

function matches(
  deny: EligibilityRule['deny'],
  asked: { sku: string; nodeId: string; region: string; channel: string | null },
): boolean {
  const covers = (named: string | null, actual: string | null) => named === null || named === actual;
  return (
    covers(deny.sku, asked.sku) &&
    covers(deny.nodeId, asked.nodeId) &&
    covers(deny.region, asked.region) &&
    covers(deny.channel, asked.channel)
  );
}
