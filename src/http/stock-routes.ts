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
      const past = asOf === undefined ? {} : { asOf };
      const { terms, openBackorders } = await (asOf === undefined
        ? standing(stores, sku)
        : standingAt(stores, sku, asOf));
      const found = terms.reduce((sum, node) => sum + node.atp, 0);
      const atp = Math.max(0, found - openBackorders);
      return { status: 200, json: { sku, nodes: terms.map(shownTerms), openBackorders, atp, ...past } };
    },
  });
  return [readStock];
}

interface Standing {
  readonly terms: readonly NodeTerms[];
  readonly openBackorders: number;
}

async function standing({ inventoryReads, inventorySetUp }: StockStores, sku: string): Promise<Standing> {
  const [item, { now, facts }, openBackorders] = await Promise.all([
    inventorySetUp.item(sku),
    inventoryReads.stockFacts(sku),
    inventoryReads.openBackorders(sku),
  ]);
  if (!item) throw notFound(`item ${sku}`);
  return { terms: facts.map((one) => nodeTerms(one, now)), openBackorders };
}

async function standingAt({ stockHistory }: StockStores, sku: string, moment: string): Promise<Standing> {
  const past = await stockHistory.at(sku, moment);
  if (!past) throw notFound(`item ${sku}`);
  if (past.isAhead) throw invalid('asOf', 'lies in the future');
  const { openBackorders } = past;
  const facts = new KnownItems(past, moment).stock(sku);
  return { terms: facts.map((one) => nodeTerms(one, moment)), openBackorders };
}
