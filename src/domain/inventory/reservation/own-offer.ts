import type { Offer } from '../offer/offer';
import { MOST_SHIPMENTS } from '../offer/sourcing';
import type { BlockedNode } from './reservation';
import type { Supplied } from './reserve';

/**
 * Returns the offer to an order after its approval. Leaves out partners, because they would have to be asked, and nodes
 * that gave the item back.
 */
export function ownOffer(
  { sku, nodes, backorderRoom }: Offer,
  blocked: readonly BlockedNode[],
  maxSplits: number,
): Supplied {
  const own = nodes.filter(({ kind }) => kind !== 'partner').filter(isOpen(blocked, sku));
  const stocks = own.map(({ atp }) => atp).sort((a, b) => b - a);
  const shippable = sumOf(stocks.slice(0, maxSplits));
  return { sku, nodes: own, shippable, backorderRoom };
}

/** Returns a filter for nodes that are not blocked for an item. A failure with one item says nothing of another. */
export function isOpen(
  blocked: readonly BlockedNode[],
  sku: string,
): (node: { readonly nodeId: string }) => boolean {
  return ({ nodeId }) => !blocked.some((node) => node.nodeId === nodeId && node.skus.includes(sku));
}

/** Returns the number of nodes that an order may still draw on: at least one, even past its limit of shipments. */
export function parcelsLeft(had: readonly { readonly nodeId: string }[]): number {
  return Math.max(1, MOST_SHIPMENTS - new Set(had.map(({ nodeId }) => nodeId)).size);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
