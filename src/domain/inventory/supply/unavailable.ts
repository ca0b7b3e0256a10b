import { type Decision, done, unchanged } from '../../decision';
import { sectionsFor } from './departure';
import type { Stock, StockEvent } from './stock';
import type { Supplied } from './supply';

/** The ends of damaged units: they leave the node for good, or can be sold after all. */
export const DAMAGE_ENDS = ['SCRAPPED', 'REPAIRED'] as const;

/** The end of a quantity of damaged units of an item at a node. */
export interface DamageEnd {
  readonly quantity: number;
  readonly reason: (typeof DAMAGE_ENDS)[number];
}

/** The refusal when fewer units are unavailable; nothing changes. */
export interface FewerUnavailable {
  readonly kind: 'fewer-unavailable';
  readonly unavailable: number;
}

/**
 * Makes fewer units unavailable. Scrapped units leave supply in the same event, as every departure does: an earlier
 * count still contains them, a later one does not (docs/decisions/0018-damaged-units.md). `now` is the database's
 * clock.
 */
export function decideDamageEnd(
  stock: Pick<Stock, 'unavailable' | keyof Supplied>,
  { quantity, reason }: DamageEnd,
  now: string,
): Decision<typeof done | FewerUnavailable, StockEvent> {
  const { unavailable } = stock;
  if (quantity > unavailable) return unchanged({ kind: 'fewer-unavailable', unavailable });
  if (reason === 'REPAIRED')
    return {
      answer: done,
      events: [{ type: 'inventory.damaged-stock-repaired.v1', data: { quantity, repairedAt: now } }],
    };
  const sections = sectionsFor(stock, { quantity, grantedAt: now, leftAt: now });
  const data = { quantity, scrappedAt: now, sections };
  return { answer: done, events: [{ type: 'inventory.damaged-stock-scrapped.v1', data }] };
}
