import type { z } from 'zod';
import type { stockNode } from '../../contracts/api/stock';
import type { OfferedNode } from '../../domain/inventory/offer/offer';

/** Converts the terms of a node to their API view. `atp` leaves out the units that the backorder queue claims. */
export function shownTerms(terms: OfferedNode): z.output<typeof stockNode> {
  const { kind: _kind, region: _region, priority: _priority, enabled: _enabled, ...all } = terms;
  const { queued, shortfall, sections, others, zeroedAt, ...rest } = all;
  return {
    ...rest,
    ...(queued > 0 ? { queued } : {}),
    ...(shortfall > 0 ? { shortfall } : {}),
    ...(sections.length > 0 ? { sections: [...sections] } : {}),
    ...(others.length > 0 ? { others: [...others] } : {}),
    ...(zeroedAt === null ? {} : { zeroedAt }),
  };
}
