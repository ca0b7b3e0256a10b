import { closedBy } from '../limits/exclusion';
import type { Offer } from '../offer/offer';
import type { InventoryRoom, Reservation } from './reservation';
import type { Supplied } from './reserve';

/**
 * Returns the offer to an order after its approval. Leaves out closed nodes, and partners, because they would have to be
 * asked.
 */
export function ownOffer({ sku, nodes, backorderRoom }: Offer, closed: ReadonlySet<string>): Supplied {
  const own = nodes.filter(({ kind, nodeId }) => kind !== 'partner' && !closed.has(nodeId));
  return { sku, nodes: own, atp: own.reduce((sum, { atp }) => sum + atp, 0), backorderRoom };
}

/** Returns the nodes that an order's exclusions close for an item. `now` is the database's clock. */
export function closedNodes(
  { exclusions }: Pick<Reservation, 'exclusions'>,
  sku: string,
  { facts }: Pick<InventoryRoom, 'facts'>,
  now: string,
): ReadonlySet<string> {
  const own = exclusions.filter((one) => one.sku === sku);
  return closedBy(own, facts.get(sku) ?? [], now);
}
