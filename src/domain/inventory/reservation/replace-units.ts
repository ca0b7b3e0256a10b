import { type Decision, done, never, refusedForNow, type StepAnswer } from '../../decision';
import { refused } from '../../refusal';
import { type Demand, sumBySku } from '../limits/demand';
import type { Buyer } from '../limits/eligibility';
import { withRefusal } from '../limits/exclusion';
import { type Allocation, type Shelf, type SourcingRequest, source } from '../offer/sourcing';
import { sectionsFor } from '../supply/departure';
import { sinceRefusal } from '../supply/refusal';
import type { FoundStock } from './extend';
import { closedNodes, ownOffer } from './own-offer';
import { type SurplusGiven, surplusIn } from './partner-booking';
import type { GrantedAllocation, InventoryEvent, InventoryRoom, Reservation } from './reservation';
import {
  committed,
  givenBackPartly,
  joined,
  onCaps,
  onReservation,
  onStock,
  placed,
  restricted,
  stockAt,
} from './reservation-changes';
import { capsKept, lessClaims, lessLines, type Release, takeBack } from './reservation-units';
import { backorderAll, offersFor, type Supplied, shelfOf, shipmentsLeft, turnOf } from './reserve';

import { roomAfter } from './room-after';

/**
 * Reasons why a node gives back units of an approved order. NO_RESPONSE, like NO_CAPACITY, says nothing of its stock.
 */
export type GivenBackReason = 'NOT_IN_STOCK' | 'MISMATCH' | 'DAMAGED' | 'NO_CAPACITY' | 'NO_RESPONSE';

/** The units that a node gives back of an approved order. */
export interface ReplaceRequest {
  readonly nodeId: string;
  readonly reason: GivenBackReason;
  /** Units to look for elsewhere. Units not found are backordered where the item allows it. */
  readonly elsewhere: readonly Demand[];
  /** Units to backorder where the item allows it, because the search has reached its limit of refusals or time. */
  readonly exhausted: readonly Demand[];
  /**
   * Units that the node still has and that move together with the rejected units: the rest of an order that ships
   * complete.
   */
  readonly together: readonly Demand[];
  /** The live and shipped shipments of the order, without the units that it moves. */
  readonly shipments: number;
}

/** The moments of a replacement, RFC 3339, and the time for which its node is left out. */
export interface ReplaceMoments {
  /** The database's clock. */
  readonly now: string;
  /** When the node's report was recorded: its statement about its stock is as of this moment. */
  readonly saidAt: string;
  /** How long a node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retrySeconds: number;
}

/**
 * Replaces units that a node gives back, item by item: stock elsewhere is taken, the rest is backordered where the item
 * allows it, and the remainder leaves the reservation and its caps. This search leaves the node out; later searches
 * leave it out until its exclusion ends. An order that ships complete moves whole.
 */
export function decideReplaceUnits(
  existing: Reservation | undefined,
  request: ReplaceRequest,
  room: InventoryRoom,
  { now, saidAt, retrySeconds }: ReplaceMoments,
): Decision<StepAnswer<FoundStock & SurplusGiven>, InventoryEvent> {
  const { nodeId, reason } = request;
  const { buyer } = existing ?? {};
  const lost = sumBySku([...request.elsewhere, ...request.exhausted]);
  const skus = lost.map(({ sku }) => sku);
  const refusal = { nodeId, skus, reason, refusedAt: saidAt, retrySeconds };
  const exclusions = withRefusal(existing?.exclusions ?? [], refusal);
  const open = existing?.state === 'COMMITTED' && buyer ? { ...existing, buyer, exclusions } : undefined;
  const without = open && takeBack(open, releasesAt(nodeId, lost));
  if (!open || !without) return hasNot(nodeId);
  const effects = [
    ...givenBackPartly(open, { ...NOTHING_GONE, released: without.released }),
    ...effectsOf(without.released, { reservationId: open.id, reason, room, now: saidAt }),
    ...restricted(open, skus),
  ];
  const found = findAgain(open, request, roomAfter(room, effects, now), now);
  const moved = found.isMoved ? request.together : [];
  const left = takeBack(without, releasesAt(nodeId, moved));
  if (!left) return hasNot(nodeId);
  const { allocations, backordered } = found;
  const gained = allocations.map((units) => ({ ...units, grantedAt: now }));
  const dropped = lessLines([...lost, ...moved], [...allocations, ...backordered]);
  const lines = lessLines(open.lines, dropped);
  const data = {
    lines,
    allocations: joined(left.allocations, gained),
    backordered: [...open.backordered, ...backordered],
    filled: open.filled,
    caps: capsKept(open, lines, room.caps),
    exclusions,
  };
  const stays = found.isMoved ? [] : request.together.map((units) => ({ ...units, nodeId }));
  return {
    answer: {
      ...done,
      allocations: [...stays, ...allocations],
      backordered,
      ...surplusIn([...without.released, ...left.released], room),
    },
    events: [
      onReservation(open.id, { type: 'inventory.reservation-replaced.v1', data }),
      ...effects,
      ...givenBackPartly(open, { ...NOTHING_GONE, released: left.released }),
      ...onCaps('inventory.cap-claim-returned.v1', lessClaims(open.caps, data.caps), open),
      ...committed(gained, open.id),
      ...placed(backordered, open),
    ],
  };
}

const NOTHING_GONE = { released: [], withdrawn: [], capsReturned: [] };

function releasesAt(nodeId: string, units: readonly Demand[]): readonly Release[] {
  return units.map((demand) => ({ ...demand, nodeId, place: null }));
}

function hasNot(nodeId: string) {
  return refusedForNow(
    refused('RESERVATION_MISMATCH', `the reservation does not contain the units that ${nodeId} rejects`),
  );
}

type Open = Reservation & { readonly buyer: Buyer };

/** The units found, and whether the units that go together with the lost ones move with them. */
interface FoundAgain extends FoundStock {
  readonly isMoved: boolean;
}

function findAgain(open: Open, request: ReplaceRequest, room: InventoryRoom, now: string): FoundAgain {
  const { elsewhere, exhausted, together } = request;
  const demands = sumBySku([...elsewhere, ...exhausted, ...together]);
  const offers = offersFor({ demands, buyer: open.buyer }, room, now);
  if ('kind' in offers) return { allocations: [], backordered: [], isMoved: false };
  // Where rules deny the buyer every node, nothing is found and nothing waits.
  const own = offers.map((offer) =>
    offer.isDenied ? nothingOf(offer) : ownOffer(offer, closedFor(open, request, offer.sku, room, now)),
  );
  const limit = { region: open.buyer.region, maxShipments: shipmentsLeft(open, request.shipments) };
  if (open.shipComplete) return findWhole(demands, exhausted.length === 0, own, limit, room);
  const wanted = demands.map(({ sku, quantity }, at) => {
    const most = elsewhere.find((units) => units.sku === sku)?.quantity ?? 0;
    return { sku, quantity: Math.min(quantity, most, own[at]?.atp ?? 0) };
  });
  const allocations = fromStock(wanted, own, limit);
  const missing = lessLines(demands, allocations);
  const backordered = missing.flatMap(({ sku, quantity }) => {
    const waiting = Math.min(quantity, own.find((offer) => offer.sku === sku)?.backorderRoom ?? 0);
    return waiting > 0 ? [turnOf({ sku, quantity: waiting }, room)] : [];
  });
  return { allocations, backordered, isMoved: true };
}

/** Returns the nodes that are not asked for an item, the one that gives it back included. */
function closedFor(
  open: Open,
  { nodeId, elsewhere, exhausted }: ReplaceRequest,
  sku: string,
  room: InventoryRoom,
  now: string,
): ReadonlySet<string> {
  const closed = closedNodes(open, sku, room, now);
  const isGivenBack = [...elsewhere, ...exhausted].some((units) => units.sku === sku);
  return isGivenBack ? new Set([...closed, nodeId]) : closed;
}

function nothingOf({ sku }: Supplied): Supplied {
  return { sku, nodes: [], atp: 0, backorderRoom: 0 };
}

type Limit = Pick<SourcingRequest, 'region' | 'maxShipments'>;

/**
 * Finds one node for the whole order, or backorders all of it. Where neither is possible, the units that are left stay
 * where they are.
 */
function findWhole(
  demands: readonly Demand[],
  maySearch: boolean,
  own: readonly Supplied[],
  limit: Limit,
  room: InventoryRoom,
): FoundAgain {
  const isThere = demands.every(({ quantity }, at) => quantity <= (own[at]?.atp ?? 0));
  const sourced =
    maySearch && isThere ? source({ demands, ...limit, excludedNodes: [] }, shelfOf(own)) : undefined;
  if (sourced?.kind === 'sourced')
    return { allocations: sourced.allocations, backordered: [], isMoved: true };
  const waiting = backorderAll(demands, own)?.missing.map((demand) => turnOf(demand, room));
  return { allocations: [], backordered: waiting ?? [], isMoved: waiting !== undefined };
}

/** Takes these units from stock. If all of them need too many shipments, takes as many as possible, item by item. */
function fromStock(wanted: readonly Demand[], own: readonly Supplied[], limit: Limit): readonly Allocation[] {
  const demands = wanted.filter(({ quantity }) => quantity > 0);
  const shelf = shelfOf(own);
  const together = source({ demands, ...limit, excludedNodes: [] }, shelf);
  if (together.kind === 'sourced') return together.allocations;
  const found: Allocation[] = [];
  for (const { sku, quantity } of demands) {
    const nodesInUse = [...new Set(found.map(({ nodeId }) => nodeId))];
    const maxShipments = limit.maxShipments - nodesInUse.length;
    const most = mostFrom(shelf[sku] ?? [], nodesInUse, maxShipments);
    const part = { ...limit, maxShipments, nodesInUse, excludedNodes: [] };
    const sourced = source({ ...part, demands: [{ sku, quantity: Math.min(quantity, most) }] }, shelf);
    if (most > 0 && sourced.kind === 'sourced') found.push(...sourced.allocations);
  }
  return found;
}

/** Returns the stock of the nodes in use and of the fullest others, as many as may send a shipment. */
function mostFrom(nodes: Shelf[string], inUse: readonly string[], shipments: number): number {
  const isInUse = ({ nodeId }: { readonly nodeId: string }) => inUse.includes(nodeId);
  const others = nodes.filter((node) => !isInUse(node)).sort((a, b) => b.atp - a.atp);
  return [...nodes.filter(isInUse), ...others.slice(0, shipments)].reduce((sum, { atp }) => sum + atp, 0);
}

/** Returns the effects on a node's stock of its reason for giving units back. */
function effectsOf(
  lost: readonly GrantedAllocation[],
  {
    reservationId,
    reason,
    room,
    now,
  }: {
    readonly reservationId: string;
    readonly reason: GivenBackReason;
    readonly room: InventoryRoom;
    readonly now: string;
  },
): readonly InventoryEvent[] {
  switch (reason) {
    case 'NOT_IN_STOCK':
      return onStock(lost, ({ sku, nodeId, quantity }) => {
        const since = sinceRefusal(stockAt(room, { sku, nodeId }), now, room.recent(sku, nodeId));
        const data = { reservationId, quantity, reason, refusedAt: now };
        return { type: 'inventory.stock-refused.v1', data: since.length === 0 ? data : { ...data, since } };
      });
    case 'MISMATCH':
      return onStock(lost, ({ sku, nodeId, quantity, grantedAt }) => {
        const sections = sectionsFor(stockAt(room, { sku, nodeId }), { quantity, grantedAt, leftAt: now });
        const data = { reservationId, quantity, grantedAt, missingAt: now, sections };
        return { type: 'inventory.stock-missing.v1', data };
      });
    case 'DAMAGED':
      return onStock(lost, ({ quantity, grantedAt }) => ({
        type: 'inventory.stock-damaged.v1',
        data: { reservationId, quantity, grantedAt },
      }));
    case 'NO_CAPACITY':
    case 'NO_RESPONSE':
      return [];
    default:
      return never(reason);
  }
}
