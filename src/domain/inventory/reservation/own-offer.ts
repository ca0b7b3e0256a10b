import type { Offer } from '../offer/offer';
import { MOST_SHIPMENTS } from '../offer/sourcing';
import type { BlockedNode } from './reservation';
import type { Supplied } from './reserve';

/**
 * What is offered to an order after its approval: from nodes that need not be asked (partners do), and not from one
 * that has given that item back. What those who wait are owed is theirs.
 */
export function ownOffer(
  { sku, nodes, openBackorders, backorderRoom }: Offer,
  blocked: readonly BlockedNode[],
  maxSplits: number,
): Supplied {
  const own = nodes.filter(({ kind }) => kind !== 'partner').filter(isOpen(blocked, sku));
  const stocks = own.map(({ atp }) => atp).sort((a, b) => b - a);
  const carried = sumOf(stocks.slice(0, maxSplits));
  const shippable = Math.min(Math.max(0, sumOf(stocks) - openBackorders), carried);
  return { sku, nodes: own, shippable, backorderRoom };
}

/** A node is blocked line by line: what it could not deliver of one item says nothing of another. */
export function isOpen(
  blocked: readonly BlockedNode[],
  sku: string,
): (node: { readonly nodeId: string }) => boolean {
  return ({ nodeId }) => !blocked.some((node) => node.nodeId === nodeId && node.skus.includes(sku));
}

/** From how many nodes an order may still get something: at least one, however many parcels it makes. */
export function parcelsLeft(had: readonly { readonly nodeId: string }[]): number {
  return Math.max(1, MOST_SHIPMENTS - new Set(had.map(({ nodeId }) => nodeId)).size);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
