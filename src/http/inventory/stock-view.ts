import type { z } from 'zod';
import type { stockNode } from '../../contracts/api/stock';
import type { NodeTerms } from '../../domain/inventory/offer/node-terms';

/** Converts the terms of a node to their API view. */
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
