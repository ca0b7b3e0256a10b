import type { z } from 'zod';
import type { stockNode } from '../../contracts/api/stock';
import type { NodeTerms } from '../../domain/inventory/offer/node-terms';

/** A node's terms as answers show them. */
export function shownTerms(terms: NodeTerms): z.output<typeof stockNode> {
  const { kind: _kind, region: _region, priority: _priority, enabled: _enabled, ...all } = terms;
  const { shortfall, others, zeroedAt, ...rest } = all;
  return {
    ...rest,
    ...(shortfall > 0 ? { shortfall } : {}),
    ...(others.length > 0 ? { others: [...others] } : {}),
    ...(zeroedAt === null ? {} : { zeroedAt }),
  };
}
