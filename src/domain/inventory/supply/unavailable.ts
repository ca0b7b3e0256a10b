import { type Decision, done, unchanged } from '../../decision';
import { sectionsFor } from './departure';
import type { Stock, StockEvent } from './stock';

/** What becomes of damaged units: they leave the node for good, or can be sold after all. */
export const DAMAGE_ENDS = ['SCRAPPED', 'REPAIRED'] as const;

/** What has become of so many damaged units of an item at a node. */
export interface DamageEnd {
  readonly quantity: number;
  readonly reason: (typeof DAMAGE_ENDS)[number];
}

/** So many are not unavailable; nothing was changed. */
export interface FewerUnavailable {
  readonly kind: 'fewer-unavailable';
  readonly unavailable: number;
}

/**
 * Makes fewer units unavailable. Scrapped ones leave supply in the same event, by the rule of whatever leaves: a count
 * from before still contains them, and one that is taken later does not (docs/decisions/0018-damaged-units.md). `now`
 * is the database's clock.
 */
export function decideDamageEnd(
  { unavailable, supplies }: Pick<Stock, 'unavailable' | 'supplies'>,
  { quantity, reason }: DamageEnd,
  now: string,
): Decision<typeof done | FewerUnavailable, StockEvent> {
  if (quantity > unavailable) return unchanged({ kind: 'fewer-unavailable', unavailable });
  if (reason === 'REPAIRED')
    return { answer: done, events: [{ type: 'inventory.damaged-stock-repaired.v1', data: { quantity } }] };
  const sections = sectionsFor(supplies, { quantity, grantedAt: now, leftAt: now });
  const data = { quantity, scrappedAt: now, sections };
  return { answer: done, events: [{ type: 'inventory.damaged-stock-scrapped.v1', data }] };
}
