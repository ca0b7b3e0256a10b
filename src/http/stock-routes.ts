import {
  stock,
  stockNode,
  stockPath,
  stockQuery,
  unavailablePath,
  unavailableRequest,
} from '../contracts/api/stock';
import { KnownItems } from '../domain/inventory/availability';
import { type NodeTerms, nodeTerms } from '../domain/inventory/node-terms';
import type { OtherUnavailable } from '../domain/inventory/unavailable';
import type { DirectCommands } from '../intake/direct-commands';
import type { Stores } from '../stores/stores';
import { type Operation, operation } from './operation';
import { invalid, notFound, Problem } from './problem';
import { jsonBody } from './request-body';
import { shownTerms } from './stock-view';

type StockStores = Pick<Stores, 'inventoryReads' | 'inventorySetUp' | 'stockHistory'>;

/** Stock with the terms its promise is made of. */
export function stockRoutes(commands: DirectCommands, stores: StockStores): Operation[] {
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
  return [readStock, changeUnavailable(commands, stores)];
}

function changeUnavailable(commands: DirectCommands, stores: StockStores): Operation {
  return operation({
    method: 'put',
    path: '/v1/stock/{sku}/nodes/{nodeId}/unavailable',
    tag: 'Stock',
    summary: 'Say what became of damaged units',
    description:
      'Units that a node has rejected as `DAMAGED` stay unavailable until somebody says that they were scrapped or ' +
      'repaired. Scrapped units leave supply with this: no movement is to tell of them as well, and a count has them ' +
      'no longer where it is observed later. The same request again changes nothing.',
    scope: 'inventory:write',
    params: unavailablePath,
    body: jsonBody(unavailableRequest),
    answers: { 200: { description: 'the node as it stands now', schema: stockNode } },
    problems: [404, 409],
    async handle({ params: { sku, nodeId }, body, cause }) {
      const answer = await commands.changeUnavailable({ sku, nodeId, ...body }, cause);
      if (answer.kind === 'other-unavailable') throw otherUnavailable(answer);
      const terms = answer.kind === 'done' && (await termsAt(stores, sku, nodeId));
      if (!terms) throw notFound(`stock of ${sku} at ${nodeId}`);
      return { status: 200, json: shownTerms(terms) };
    },
  });
}

function otherUnavailable({ unavailable }: OtherUnavailable): Problem {
  const message = `${unavailable} are unavailable`;
  return new Problem('conflict', { detail: message, errors: [{ field: 'from', message }] });
}

async function termsAt({ inventoryReads }: StockStores, sku: string, nodeId: string) {
  const { now, facts } = await inventoryReads.stockFacts(sku);
  const found = facts.find(({ node }) => node.id === nodeId);
  return found && nodeTerms(found, now);
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
