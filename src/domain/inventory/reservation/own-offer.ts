import { isExcluded } from '../limits/exclusion';
import type { Offer } from '../offer/offer';
import { MOST_SHIPMENTS } from '../offer/sourcing';
import type { InventoryRoom, Reservation } from './reservation';
import type { Supplied } from './reserve';

/**
 * Returns the offer to an order after its approval. Leaves out closed nodes, and partners, because they would have to be
 * asked.
 */
export function ownOffer(
  { sku, nodes, backorderRoom }: Offer,
  closed: ReadonlySet<string>,
  maxSplits: number,
): Supplied {
  const own = nodes.filter(({ kind, nodeId }) => kind !== 'partner' && !closed.has(nodeId));
  const stocks = own.map(({ atp }) => atp).sort((a, b) => b - a);
  const shippable = sumOf(stocks.slice(0, maxSplits));
  return { sku, nodes: own, shippable, backorderRoom };
}

/** Returns the nodes that an order's exclusions close for an item. `now` is the database's clock. */
export function closedNodes(
  { exclusions }: Pick<Reservation, 'exclusions'>,
  sku: string,
  { facts }: Pick<InventoryRoom, 'facts'>,
  now: string,
): ReadonlySet<string> {
  const own = exclusions.filter((one) => one.sku === sku);
  if (own.length === 0) return new Set();
  const closed = (facts.get(sku) ?? []).filter((here) =>
    own.some((one) => one.nodeId === here.node.id && isExcluded(one, here, now)),
  );
  return new Set(closed.map(({ node }) => node.id));
}

/** Returns the number of nodes that an order may still draw on: at least one, even past its limit of shipments. */
export function parcelsLeft(had: readonly { readonly nodeId: string }[]): number {
  return Math.max(1, MOST_SHIPMENTS - new Set(had.map(({ nodeId }) => nodeId)).size);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
