import { type Decision, done, unchanged } from '../decision';
import { sectionsFor } from './departure';
import type { Stock, StockEvent } from './stock';

/** What becomes of damaged units: they leave the node for good, or can be sold after all. */
export const DAMAGE_ENDS = ['SCRAPPED', 'REPAIRED'] as const;

/** How many units of an item at a node are unavailable, how many of them still are, and what became of the others. */
export interface UnavailableChange {
  readonly from: number;
  readonly to: number;
  readonly reason: (typeof DAMAGE_ENDS)[number];
}

/** Another number is unavailable than somebody took for granted; nothing was changed. */
export interface OtherUnavailable {
  readonly kind: 'other-unavailable';
  readonly unavailable: number;
}

export type UnavailableAnswer = typeof done | OtherUnavailable;

/**
 * Makes fewer units unavailable. Scrapped ones leave supply in the same event, by the rule of whatever leaves: a count
 * from before still contains them, and one that is taken later does not (docs/decisions/0018-damaged-units.md). `now`
 * is the database's clock. Saying what holds already changes nothing.
 */
export function decideUnavailable(
  stock: Pick<Stock, 'unavailable' | 'supplies'>,
  { from, to, reason }: UnavailableChange,
  now: string,
): Decision<UnavailableAnswer, StockEvent> {
  const { unavailable, supplies } = stock;
  if (unavailable === to) return unchanged(done);
  if (unavailable !== from) return unchanged({ kind: 'other-unavailable', unavailable });
  const quantity = from - to;
  if (reason === 'REPAIRED')
    return { answer: done, events: [{ type: 'inventory.damaged-stock-repaired.v1', data: { quantity } }] };
  const sections = sectionsFor(supplies, { quantity, grantedAt: now, leftAt: now });
  const data = { quantity, scrappedAt: now, sections };
  return { answer: done, events: [{ type: 'inventory.damaged-stock-scrapped.v1', data }] };
}
