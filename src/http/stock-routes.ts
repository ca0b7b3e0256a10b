import type { z } from 'zod';
import { stock, stockPath } from '../contracts/api/stock';
import { type NodeTerms, nodeTerms } from '../domain/inventory/node-terms';
import type { Stores } from '../stores/stores';
import { type Operation, operation } from './operation';
import { notFound } from './problem';

/** Stock with the terms its promise is made of. */
export function stockRoutes({ inventoryReads, inventorySetUp }: Stores): Operation[] {
  const readStock = operation({
    method: 'get',
    path: '/v1/stock/{sku}',
    tag: 'Stock',
    summary: 'What can be promised of an item, node by node, and why',
    scope: 'inventory:read',
    params: stockPath,
    answers: { 200: { description: 'every node that has ever reported it', schema: stock } },
    problems: [404],
    async handle({ params: { sku } }) {
      const [item, { now, facts }] = await Promise.all([
        inventorySetUp.item(sku),
        inventoryReads.stockFacts(sku),
      ]);
      if (!item) throw notFound(`item ${sku}`);
      const terms = facts.map((one) => nodeTerms(one, now));
      const atp = terms.reduce((sum, node) => sum + node.atp, 0);
      return { status: 200, json: { sku, nodes: terms.map(shown), atp } };
    },
  });
  return [readStock];
}

function shown(terms: NodeTerms): z.output<typeof stock>['nodes'][number] {
  const { kind: _kind, region: _region, priority: _priority, enabled: _enabled, ...all } = terms;
  const { shortfall, others, zeroedAt, ...rest } = all;
  return {
    ...rest,
    ...(shortfall > 0 ? { shortfall } : {}),
    ...(others.length > 0 ? { others: [...others] } : {}),
    ...(zeroedAt === null ? {} : { zeroedAt }),
  };
}
