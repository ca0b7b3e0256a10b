import { type Decision, done, never, refusedForNow, type StepAnswer } from '../../decision';
import { refused } from '../../refusal';
import type { Backordered } from '../limits/backorder';
import { type Demand, sumBySku } from '../limits/demand';
import type { Buyer } from '../limits/eligibility';
import { withRefusal } from '../limits/exclusion';
import type { Allocation } from '../offer/sourcing';
import { sectionsFor } from '../supply/departure';
import type { FoundStock } from './extend';
import { closedNodes, ownOffer, parcelsLeft } from './own-offer';
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
  suppliesAt,
} from './reservation-changes';
import { capsKept, lessClaims, lessLines, takeBack } from './reservation-units';
import { offersFor, promiseOf, turnOf } from './reserve';
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
 * allows it, and the remainder leaves the reservation and its caps. The search leaves the node out. Later searches do so as
 * its exclusion says.
 */
export function decideReplaceUnits(
  existing: Reservation | undefined,
  request: ReplaceRequest,
  room: InventoryRoom,
  { now, saidAt, retrySeconds }: ReplaceMoments,
): Decision<StepAnswer<FoundStock & SurplusGiven>, InventoryEvent> {
  const { nodeId, reason, elsewhere, exhausted } = request;
  const lost = sumBySku([...elsewhere, ...exhausted]);
  const { buyer } = existing ?? {};
  const releases = lost.map((demand) => ({ ...demand, nodeId, place: null }));
  const parted = existing?.state === 'COMMITTED' ? takeBack(existing, releases) : undefined;
  if (!existing || !buyer || !parted)
    return refusedForNow(refused('RESERVATION_MISMATCH', `it has not what ${nodeId} gives back`));
  const skus = lost.map(({ sku }) => sku);
  const refusal = { nodeId, skus, reason, refusedAt: saidAt, retrySeconds };
  const exclusions = withRefusal(existing.exclusions, refusal);
  const left = { ...existing, buyer, allocations: parted.allocations };
  const { released } = parted;
  const effects = [
    ...givenBackPartly(existing, { released, withdrawn: [], capsReturned: [] }),
    ...effectsOf(released, { reservationId: existing.id, reason, room, now: saidAt }),
    ...restricted({ ...existing, exclusions }, skus),
  ];
  const found = findAgain(left, request, roomAfter(room, effects, now), now);
  const gained = found.allocations.map((units) => ({ ...units, grantedAt: now }));
  const dropped = lessLines(lost, [...found.allocations, ...found.backordered]);
  const lines = lessLines(existing.lines, dropped);
  const data = {
    lines,
    allocations: joined(parted.allocations, gained),
    backordered: [...existing.backordered, ...found.backordered],
    filled: existing.filled,
    caps: capsKept(existing, lines, room.caps),
    exclusions,
  };
  const capsReturned = lessClaims(existing.caps, data.caps);
  return {
    answer: {
      ...done,
      ...found,
      ...surplusIn(released, room),
    },
    events: [
      onReservation(existing.id, { type: 'inventory.reservation-replaced.v1', data }),
      ...effects,
      ...onCaps('inventory.cap-claim-returned.v1', capsReturned, existing),
      ...committed(gained, existing.id),
      ...placed(found.backordered, { ...existing, exclusions }),
    ],
  };
}

type Left = Pick<Reservation, 'allocations' | 'exclusions'> & { readonly buyer: Buyer };

function findAgain(left: Left, request: ReplaceRequest, room: InventoryRoom, now: string): FoundStock {
  const allocations: Allocation[] = [];
  const backordered: Backordered[] = [];
  for (const { sku, quantity } of sumBySku([...request.elsewhere, ...request.exhausted])) {
    const here = { ...left, allocations: [...left.allocations, ...allocations] };
    const wanted = request.elsewhere
      .filter((demand) => demand.sku === sku)
      .reduce((sum, demand) => sum + demand.quantity, 0);
    const found = findOne(here, { sku, quantity, wanted, refusedBy: request.nodeId }, room, now);
    allocations.push(...found.allocations);
    backordered.push(...found.backordered);
  }
  return { allocations, backordered };
}

/**
 * Finds `quantity` units of one item: as many as possible from stock, up to `wanted`, and a backorder entry for the
 * rest.
 */
function findOne(
  {
    allocations: had,
    exclusions,
    buyer,
  }: Pick<Left, 'exclusions' | 'buyer'> & {
    readonly allocations: readonly Pick<Allocation, 'nodeId'>[];
  },
  { sku, quantity, wanted, refusedBy }: Demand & { readonly wanted: number; readonly refusedBy: string },
  room: InventoryRoom,
  now: string,
): FoundStock {
  const offers = offersFor({ demands: [{ sku, quantity }], buyer }, room, now);
  const [offer] = 'kind' in offers ? [] : offers;
  if (!offer || offer.isDenied) return { allocations: [], backordered: [] };
  const maxSplits = parcelsLeft(had);
  const closed = closedNodes({ exclusions }, sku, room, now);
  const own = ownOffer(offer, new Set([...closed, refusedBy]), maxSplits);
  const fromStock = Math.min(wanted, own.shippable);
  const request = {
    demands: [{ sku, quantity: fromStock }],
    region: buyer.region,
    maxSplits,
    mayWait: false,
  };
  const allocations = fromStock > 0 ? (promiseOf(request, [own])?.allocations ?? []) : [];
  const missing = quantity - allocations.reduce((sum, units) => sum + units.quantity, 0);
  const waiting = Math.min(missing, own.backorderRoom);
  return { allocations, backordered: waiting > 0 ? [turnOf({ sku, quantity: waiting }, room)] : [] };
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
      return onStock(lost, ({ quantity }) => ({
        type: 'inventory.stock-refused.v1',
        data: { reservationId, quantity, reason, refusedAt: now },
      }));
    case 'MISMATCH':
      return onStock(lost, ({ sku, nodeId, quantity, grantedAt }) => {
        const supplies = suppliesAt(room, { sku, nodeId });
        const sections = sectionsFor(supplies, { quantity, grantedAt, leftAt: now });
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
