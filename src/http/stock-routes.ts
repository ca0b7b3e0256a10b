import { stock, stockPath, stockQuery } from '../contracts/api/stock';
import { KnownItems } from '../domain/inventory/availability';
import { type NodeTerms, nodeTerms } from '../domain/inventory/node-terms';
import type { Stores } from '../stores/stores';
import { type Operation, operation } from './operation';
import { invalid, notFound } from './problem';
import { shownTerms } from './stock-view';

type StockStores = Pick<Stores, 'inventoryReads' | 'inventorySetUp' | 'stockHistory'>;

/** Stock with the terms its promise is made of. */
export function stockRoutes(stores: StockStores): Operation[] {
  const readStock = operation({
    method: 'get',
    path: '/v1/stock/{sku}',
    tag: 'Stock',
    summary: 'What can be promised of an item, node by node, and why; now, or at any moment in the past',
    scope: 'inventory:read',
    params: stockPath,
    query: stockQuery,
    answers: { 200: { description: 'every node that has ever reported it', schema: stock } },
    problems: [404],
    async handle({ params: { sku }, query: { asOf } }) {
      const terms = asOf === undefined ? await termsNow(stores, sku) : await termsAt(stores, sku, asOf);
      const atp = terms.reduce((sum, node) => sum + node.atp, 0);
      const then = asOf === undefined ? {} : { asOf };
      return { status: 200, json: { sku, nodes: terms.map(shownTerms), atp, ...then } };
    },
  });
  return [readStock];
}

async function termsNow(
  { inventoryReads, inventorySetUp }: StockStores,
  sku: string,
): Promise<readonly NodeTerms[]> {
  const [item, { now, facts }] = await Promise.all([
    inventorySetUp.item(sku),
    inventoryReads.stockFacts(sku),
  ]);
  if (!item) throw notFound(`item ${sku}`);
  return facts.map((one) => nodeTerms(one, now));
}

async function termsAt(
  { stockHistory }: StockStores,
  sku: string,
  moment: string,
): Promise<readonly NodeTerms[]> {
  const past = await stockHistory.at(sku, moment);
  if (!past) throw notFound(`item ${sku}`);
  if (past.isAhead) throw invalid('asOf', 'lies in the future');
  return new KnownItems(past, moment).stock(sku).map((facts) => nodeTerms(facts, moment));
}
