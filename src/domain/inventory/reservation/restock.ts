import { type Decision, done, refusedForNow, type StepAnswer } from '../../decision';
import { refused } from '../../refusal';
import { sectionsFor } from '../supply/departure';
import type { ReturnedStock } from '../supply/stock';
import type { InventoryEvent, InventoryRoom } from './reservation';
import { stockAt } from './reservation-changes';

/** Shipped units that came back to a node. */
export interface RestockRequest {
  readonly returnId: string;
  readonly nodeId: string;
  /** Summed by SKU and condition. */
  readonly units: readonly (Pick<ReturnedStock, 'quantity' | 'condition'> & { readonly sku: string })[];
  /** The moment of the record. */
  readonly returnedAt: string;
}

/**
 * Adds returned units to the stock of a node: the reverse of consuming them. A count observed before the return does not
 * contain the units, a later one does. The reservation that they left stays as it is, and no cap gets a share back.
 */
export function decideRestock(
  { returnId, nodeId, units, returnedAt }: RestockRequest,
  room: Pick<InventoryRoom, 'facts' | 'items'>,
): Decision<StepAnswer, InventoryEvent> {
  const unknown = units.find(({ sku }) => !room.items.get(sku));
  if (unknown) return refusedForNow(refused('UNKNOWN_SKU', `item ${unknown.sku} does not exist`));
  const isKnown = units.every(({ sku }) => room.facts.get(sku)?.some(({ node }) => node.id === nodeId));
  if (!isKnown) return refusedForNow(refused('UNKNOWN_NODE', `node ${nodeId} does not exist`));
  const events = units.map(({ sku, quantity, condition }): InventoryEvent => {
    const left = { quantity: -quantity, grantedAt: returnedAt, leftAt: returnedAt };
    const sections = sectionsFor(stockAt(room, { sku, nodeId }), left);
    const data = { returnId, quantity, condition, returnedAt, sections };
    return { of: 'stock', sku, nodeId, event: { type: 'inventory.stock-returned.v1', data } };
  });
  return { answer: done, events };
}
