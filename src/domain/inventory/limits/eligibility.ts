/** Who asks: where it ships to, through which channel, and for whom (null: not said). */
export interface Buyer {
  readonly region: string;
  readonly channel: string | null;
  readonly customerId: string | null;
}

/** Denies what matches everything it names; null names nothing. */
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

export type EligibilityRuleEvent =
  | { readonly type: 'inventory.eligibility-rule-set.v1'; readonly data: EligibilityRule }
  | { readonly type: 'inventory.eligibility-rule-removed.v1'; readonly data: { readonly id: string } };

/** Why a buyer may not have this item from this node: the reason of the rule with the lowest id that matches. */
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
