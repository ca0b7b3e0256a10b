import { type Decision, done, type StepAnswer, unchangedForNow } from '../../decision';
import { refused } from '../../refusal';
import type { Backordered } from '../limits/backorder';
import { sumBySku } from '../limits/demand';
import type { NodeTerms } from '../offer/node-terms';
import type { Offer } from '../offer/offer';
import { type Allocation, source } from '../offer/sourcing';
import type { FillGiven } from './fill-backorder';
import { closedNodes, ownOffer } from './own-offer';
import type { InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { committed, joined, onQueues, onReservation } from './reservation-changes';
import { offersFor } from './reserve';

/**
 * Fills all backorder entries of an order that ships complete, or none: from one node, once it has every unit beyond
 * those owed to earlier entries. Partner stock fills no entry. An answer that fills nothing is not stored: the entries
 * are tried again when more stock arrives. `turn` is the entry whose fill was asked for. `now` is the database's clock.
 */
export function decideFillWhole(
  existing: Reservation | undefined,
  turn: { readonly sku: string; readonly place: number },
  room: InventoryRoom,
  now: string,
): Decision<StepAnswer<FillGiven>, InventoryEvent> {
  const isAsked = ({ sku, place }: Backordered) => sku === turn.sku && place === turn.place;
  if (existing?.state !== 'COMMITTED' || existing.orderId === null || !existing.backordered.some(isAsked))
    return unchangedForNow({ ...done, allocations: [] });
  const nodeId = nodeForAll(existing, room, now);
  if (nodeId === undefined)
    return unchangedForNow(refused('OUT_OF_STOCK', `${turn.sku}: still waiting, for all of it at one node`));
  const { id, orderId, backordered } = existing;
  const gained = backordered.map(({ sku, quantity }) => ({ sku, nodeId, quantity, grantedAt: now }));
  const allocations: readonly Allocation[] = [
    { sku: turn.sku, nodeId, quantity: quantityOf(backordered, isAsked) },
  ];
  return {
    answer: { ...done, allocations },
    events: [
      ...filledOneByOne(existing, nodeId, now).map((data) =>
        onReservation(id, {
          type: 'inventory.reservation-filled.v1',
          data: { ...data, reservationId: id, orderId },
        }),
      ),
      ...committed(gained, id),
      ...onQueues('inventory.backorder-filled.v1', backordered, id),
    ],
  };
}

/** Returns the node that can fill every entry. */
function nodeForAll(existing: Reservation, room: InventoryRoom, now: string): string | undefined {
  const { buyer, backordered } = existing;
  const demands = sumBySku(backordered);
  const offers = buyer ? offersFor({ demands, buyer }, room, now) : [];
  if ('kind' in offers || !buyer) return undefined;
  const shelf = Object.fromEntries(offers.map((offer) => [offer.sku, leftFor(existing, offer, room, now)]));
  const sourced = source({ demands, region: buyer.region, maxShipments: 1, excludedNodes: [] }, shelf);
  return sourced.kind === 'sourced' ? sourced.allocations[0]?.nodeId : undefined;
}

/** Returns the stock that other orders' entries ahead of the last entry for an item leave, by node. */
function leftFor(
  existing: Reservation,
  offer: Offer,
  room: InventoryRoom,
  now: string,
): readonly NodeTerms[] {
  const { id, backordered } = existing;
  const last = Math.max(...backordered.filter(({ sku }) => sku === offer.sku).map(({ place }) => place));
  const ahead = room.walks
    .at(offer.sku)
    .claims.filter(({ entry }) => entry.place < last && entry.reservationId !== id)
    .flatMap(({ allocations }) => allocations);
  const isOut = (nodeId: string) => offer.excluded.some((node) => node.nodeId === nodeId);
  return ownOffer(offer, closedNodes(existing, offer.sku, room, now))
    .nodes.filter(({ nodeId }) => !isOut(nodeId))
    .map((node) => ({
      ...node,
      atp: Math.max(0, node.atp + node.queued - quantityOf(ahead, ({ nodeId }) => nodeId === node.nodeId)),
    }));
}

/** Returns the content after the fill of each entry, in order. Each fill is an event of its own. */
function filledOneByOne({ allocations, backordered, filled }: Reservation, nodeId: string, now: string) {
  let content = { allocations, backordered, filled };
  return backordered.map((entry) => {
    const { sku, place, quantity } = entry;
    const units = { sku, nodeId, quantity };
    content = {
      allocations: joined(content.allocations, [{ ...units, grantedAt: now }]),
      backordered: content.backordered.filter((waiting) => waiting !== entry),
      filled: [...content.filled, { ...units, place }],
    };
    return { ...content, entry: { sku, place, allocations: [units] } };
  });
}

function quantityOf<Part extends { readonly quantity: number }>(
  parts: readonly Part[],
  is: (part: Part) => boolean,
): number {
  return parts.filter(is).reduce((sum, { quantity }) => sum + quantity, 0);
}
