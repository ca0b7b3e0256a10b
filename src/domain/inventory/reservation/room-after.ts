import { evolveEntries } from '../limits/backorder';
import { claimsOfQueue } from '../offer/backorder-walk';
import { evolveFacts } from '../offer/node-terms';
import type { InventoryEvent, InventoryRoom } from './reservation';

/**
 * Returns an inventory snapshot as some events on stock and queues leave it. A search that a node's refusal triggers
 * needs it, because the refusal changes the node's stock and the units that the queue claims.
 */
export function roomAfter(
  room: InventoryRoom,
  events: readonly InventoryEvent[],
  now: string,
): InventoryRoom {
  const facts: InventoryRoom['facts'] = {
    get: (sku) =>
      room.facts
        .get(sku)
        ?.map((before) =>
          events.reduce(
            (shelf, entry) =>
              entry.of === 'stock' && entry.sku === sku && entry.nodeId === shelf.node.id
                ? evolveFacts(shelf, entry.event)
                : shelf,
            before,
          ),
        ),
  };
  const entries: InventoryRoom['entries'] = {
    get: (sku) =>
      events.reduce(
        (queue, entry) =>
          entry.of === 'backorder' && entry.sku === sku ? evolveEntries(queue, entry.event) : queue,
        room.entries.get(sku) ?? [],
      ),
  };
  const at = (sku: string) => {
    const tags = room.items.get(sku)?.tags ?? [];
    const item = { sku, tags, shelves: facts.get(sku) ?? [], rules: room.rules };
    return claimsOfQueue(item, entries.get(sku) ?? [], now);
  };
  return { ...room, facts, entries, walks: { at } };
}
