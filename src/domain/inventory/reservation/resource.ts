import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import { type Demand, sumBySku } from '../limits/demand';
import { withRefusal } from '../limits/exclusion';
import type { Offer } from '../offer/offer';
import { type Allocation, type Sourced, source } from '../offer/sourcing';
import { closedNodes } from './own-offer';
import type {
  GrantedAllocation,
  InventoryEvent,
  InventoryRoom,
  Reservation,
  ReservationGiven,
} from './reservation';
import { committed, joined, onReservation, onStock, placed, restricted } from './reservation-changes';
import { lessLines } from './reservation-units';
import {
  backorderAll,
  givenBy,
  mostShipments,
  notSourced,
  offersFor,
  outOfStock,
  type Promised,
  shelfOf,
  shipmentsLeft,
  turnOf,
} from './reserve';
import { roomAfter } from './room-after';

/**
 * Reasons why a node could not deliver, and their effect on its stock. NOT_IN_STOCK: zero until the node reports again.
 * NO_CAPACITY and UNREACHABLE: none.
 */
export const NODE_REFUSALS = ['NOT_IN_STOCK', 'NO_CAPACITY', 'UNREACHABLE'] as const;

export interface NodeRefusal {
  readonly nodeId: string;
  readonly reason: (typeof NODE_REFUSALS)[number];
  /** True when no other node is searched any more. */
  readonly isLast?: boolean;
  /** How long the node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retrySeconds: number;
}

export type ResourceDecision = Decision<StepAnswer<ReservationGiven>, InventoryEvent>;

/**
 * Reallocates the units that a node of a reservation cannot deliver. This search leaves the node out; later searches
 * leave it out until its exclusion ends. The node's statement about its stock is noted even when no replacement is
 * found and the order is refused. `now` is the database's clock.
 */
export function decideResource(
  existing: Reservation | undefined,
  refusal: NodeRefusal,
  room: InventoryRoom,
  now: string,
): ResourceDecision {
  if (existing?.state !== 'COMMITTED') return unchanged(refused('RELEASED_EARLIER'));
  const lost = existing.allocations.filter(({ nodeId }) => nodeId === refusal.nodeId);
  if (lost.length === 0) {
    return unchanged(
      isWhole(existing) ? { ...done, ...givenBy(existing, room) } : incompleteBecause(existing, room, now),
    );
  }
  const kept = existing.allocations.filter(({ nodeId }) => nodeId !== refusal.nodeId);
  const skus = [...new Set(lost.map(({ sku }) => sku))];
  const { nodeId, reason, retrySeconds } = refusal;
  const refusedItems = { nodeId, skus, reason, refusedAt: now, retrySeconds };
  const exclusions = withRefusal(existing.exclusions, refusedItems);
  // A reservation that is already incomplete is refused: nothing more is taken for it.
  const maySearch = isWhole(existing) && !refusal.isLast;
  const effects = [
    ...leaving(lost, existing.id, refusal, now),
    ...restricted({ ...existing, exclusions }, skus),
  ];
  const roomNow = roomAfter(room, effects, now);
  const found = maySearch
    ? elsewhere(existing, { lost, kept, exclusions, refusedBy: nodeId }, roomNow, now)
    : undefined;
  const gained = (found?.allocations ?? []).map((allocation) => ({ ...allocation, grantedAt: now }));
  const more = (found?.missing ?? []).map((demand) => turnOf(demand, room));
  const data = {
    allocations: joined(kept, gained),
    backordered: [...existing.backordered, ...more],
    exclusions,
  };
  const events = [
    onReservation(existing.id, { type: 'inventory.reservation-resourced.v1', data }),
    ...effects,
    ...committed(gained, existing.id),
    ...placed(more, { ...existing, exclusions }),
  ];
  const after = { ...existing, ...data };
  const answer = found ? { ...done, ...givenBy(after, room) } : incompleteBecause(after, roomNow, now);
  return { answer, events };
}

/**
 * Returns other nodes' stock for all lost units or, when that is impossible and the items allow it, backorders for all.
 */
function elsewhere(
  existing: Reservation,
  left: Left & { readonly lost: readonly Allocation[] },
  room: InventoryRoom,
  now: string,
): Promised | undefined {
  const demands = sumBySku(left.lost);
  const offers = openOffers(existing, { ...left, demands }, room, now);
  if (!offers) return undefined;
  const isThere = offers.every((offer, at) => (demands[at]?.quantity ?? 0) <= freeAt(offer));
  const sourced = isThere ? search(existing, left.kept, demands, offers) : undefined;
  if (sourced?.kind === 'sourced') return { allocations: sourced.allocations, missing: [] };
  return backorderAll(demands, offers);
}

/** The nodes that still deliver a part of the order, and those that are not asked for some items. */
interface Left extends Pick<Reservation, 'exclusions'> {
  readonly kept: readonly Allocation[];
  /** The node whose refusal triggers the search. */
  readonly refusedBy: string;
}

function openOffers(
  { buyer }: Reservation,
  {
    demands,
    exclusions,
    refusedBy,
  }: { readonly demands: readonly Demand[]; readonly refusedBy?: string } & Pick<Reservation, 'exclusions'>,
  room: InventoryRoom,
  now: string,
): readonly Offer[] | undefined {
  const offers = buyer ? offersFor({ demands, buyer }, room, now) : [];
  if ('kind' in offers || !buyer) return undefined;
  return offers.map((offer) => {
    const closed = closedNodes({ exclusions }, offer.sku, room, now);
    const isOpen = ({ nodeId }: Pick<Allocation, 'nodeId'>) => nodeId !== refusedBy && !closed.has(nodeId);
    return { ...offer, nodes: offer.nodes.filter(isOpen) };
  });
}

/** Searches nodes for units of an order that is not approved: its nodes each send one shipment. */
function search(
  existing: Reservation,
  kept: readonly Allocation[],
  demands: readonly Demand[],
  offers: readonly Offer[],
): Sourced {
  const nodesInUse = [...new Set(kept.map(({ nodeId }) => nodeId))];
  const request = {
    demands,
    region: existing.buyer?.region ?? '',
    maxShipments: shipmentsLeft(existing, nodesInUse.length),
    nodesInUse,
    excludedNodes: [],
  };
  return source(request, shelfOf(offers));
}

/**
 * Returns the reason why a reservation with gaps cannot be completed: OUT_OF_STOCK where an item is short at the nodes
 * that have not failed, with all that the order could have of it.
 */
export function incompleteBecause(existing: Reservation, room: InventoryRoom, now: string): Refusal {
  const { lines, allocations, backordered, exclusions } = existing;
  const gaps = lessLines(lines, [...allocations, ...backordered]);
  const offers = openOffers(existing, { demands: gaps, exclusions }, room, now);
  if (!offers) return refused('OUT_OF_STOCK');
  const isShort = gaps.some(({ quantity }, at) => quantity > freeAt(offers[at]));
  if (!isShort) {
    const sourced = search(existing, allocations, gaps, offers);
    const maxShipments = mostShipments(existing);
    // Where the search finds nodes, the order has reached its number of attempts.
    return sourced.kind === 'sourced'
      ? refused('NO_SOURCING_FOUND', 'too many nodes have failed to deliver')
      : notSourced(sourced, { demands: gaps, maxShipments }, offers);
  }
  const demands = lines.filter(({ sku }) => gaps.some((gap) => gap.sku === sku));
  const has = (sku: string) => unitsOf([...allocations, ...backordered].filter((units) => units.sku === sku));
  return outOfStock(
    { demands },
    offers.map((offer) => ({ ...offer, atp: freeAt(offer) + has(offer.sku) })),
  );
}

function freeAt(offer: Offer | undefined): number {
  return offer?.nodes.reduce((sum, { atp }) => sum + atp, 0) ?? 0;
}

/**
 * Returns true when every line is allocated, backordered or consumed. A reallocation that found nothing leaves gaps.
 */
export function isWhole({ lines, allocations, backordered, consumed }: Reservation): boolean {
  const has = new Map(
    sumBySku([...allocations, ...backordered, ...consumed]).map(({ sku, quantity }) => [sku, quantity]),
  );
  return lines.every(({ sku, quantity }) => has.get(sku) === quantity);
}

function unitsOf(units: readonly Demand[]): number {
  return units.reduce((sum, { quantity }) => sum + quantity, 0);
}

function leaving(
  lost: readonly GrantedAllocation[],
  reservationId: string,
  { reason }: NodeRefusal,
  now: string,
): readonly InventoryEvent[] {
  const released = onStock(lost, ({ quantity, grantedAt }) => ({
    type: 'inventory.committed-stock-released.v1',
    data: { reservationId, quantity, grantedAt },
  }));
  if (reason !== 'NOT_IN_STOCK') return released;
  const emptied = onStock(lost, ({ quantity }) => ({
    type: 'inventory.stock-refused.v1',
    data: { reservationId, quantity, reason, refusedAt: now },
  }));
  return [...released, ...emptied];
}
