import { type Decision, done, refusedForNow, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import type { Backordered } from '../limits/backorder';
import { type Demand, sumBySku } from '../limits/demand';
import type { Buyer } from '../limits/eligibility';
import { type CapClaim, claimsOn } from '../limits/sales-cap';
import type { Offer } from '../offer/offer';
import type { Allocation } from '../offer/sourcing';
import { closedNodes, ownOffer } from './own-offer';
import type { Extension, InventoryEvent, InventoryRoom, Reservation } from './reservation';
import { committed, givenBackPartly, joined, onCaps, onReservation, placed } from './reservation-changes';
import { capsKept, lessClaims, lessLines, moreClaims, type Release, takeBack } from './reservation-units';
import {
  backorderAll,
  offersFor,
  type Promised,
  promiseOf,
  refusalOf,
  refusalOfClaims,
  type Supplied,
  shipmentsLeft,
  turnOf,
} from './reserve';
import { hasNotThat } from './shrink';

/** More units for an order that has stock already. */
export interface ExtendRequest {
  readonly commandId: string;
  /** Summed by SKU. */
  readonly demands: readonly Demand[];
  /** Units of other SKUs that the same command gives back once it is decided, summed by SKU. */
  readonly decreases: readonly Demand[];
  /** The live and shipped shipments of the order. */
  readonly shipments: number;
}

/** The stock found, and the backorder entries for the rest. */
export interface FoundStock {
  readonly allocations: readonly Allocation[];
  readonly backordered: readonly Backordered[];
}

/** The stock found, and the partners that were asked for a part of the reservation; absent when none was. */
export interface ExtendedStock extends FoundStock {
  readonly partners?: readonly string[];
}

/**
 * Promises an order more units, all or nothing, under the rules for a new order. The units that the order has already
 * count towards its per-order maximum. From each cap the order takes only the units that its decreases do not free
 * there. Partners are not asked, because the saga does not wait for their consent. A repeated command gets the same
 * answer, and a command whose compensation came first is refused. `now` is the database's clock.
 */
export function decideExtend(
  existing: Reservation | undefined,
  request: ExtendRequest,
  room: InventoryRoom,
  now: string,
): Decision<StepAnswer<ExtendedStock>, InventoryEvent> {
  const known = existing?.extensions.find(({ commandId }) => commandId === request.commandId);
  if (known) return unchanged(known.isUndone ? refused('RELEASED_EARLIER') : found(known, existing));
  if (request.demands.length === 0) return unchanged(found({ allocations: [], backordered: [] }, existing));
  const { buyer, state } = existing ?? {};
  if (!existing || !buyer || state !== 'COMMITTED') return unchanged(notOpen(existing));
  const offers = offersFor({ demands: request.demands, buyer }, room, now);
  if ('kind' in offers) return unchanged(offers);
  const claims = netClaims({ ...existing, buyer }, request, room.caps, now);
  const uncapped = { ...room, caps: [] };
  const refusal =
    refusalOf({ demands: request.demands, buyer }, withWhatItHas(offers, existing), uncapped, now) ??
    refusalOfClaims(claims);
  if (refusal) return unchanged(refusal);
  const own = offers.map((offer) => ownOffer(offer, closedNodes(existing, offer.sku, room, now)));
  const promise = promiseMore({ ...existing, buyer }, request, own);
  return 'kind' in promise
    ? unchanged(promise)
    : extended({ ...existing, buyer }, request, { ...promise, caps: claims.map(claimOf) }, room, now);
}

/**
 * Plans more units. An order that ships complete gets them as backorders while it waits; otherwise it may get no second
 * shipment.
 */
function promiseMore(
  existing: OfBuyer,
  { demands, shipments }: ExtendRequest,
  own: readonly Supplied[],
): Promised | Refusal {
  const { shipComplete, backordered, buyer } = existing;
  const isWaiting = shipComplete && backordered.length > 0;
  const waiting = isWaiting ? backorderAll(demands, own) : undefined;
  const maxShipments = isWaiting ? 0 : shipmentsLeft(existing, shipments);
  const wanted = {
    demands,
    region: buyer.region,
    maxShipments,
    mayWait: !shipComplete,
    waitsWhole: shipComplete,
  };
  return waiting ?? promiseOf(wanted, own);
}

function found(
  { allocations, backordered }: FoundStock,
  { partnerRequests }: Pick<Reservation, 'partnerRequests'> = { partnerRequests: [] },
): StepAnswer<ExtendedStock> {
  const partners = [...new Set(partnerRequests.map(({ nodeId }) => nodeId))];
  return { ...done, allocations, backordered, ...(partners.length > 0 ? { partners } : {}) };
}

type OfBuyer = Reservation & { readonly buyer: Buyer };

/** Returns what a request takes of each cap beyond the shares that its decreases free there. */
function netClaims(
  existing: OfBuyer,
  { demands, decreases }: ExtendRequest,
  caps: InventoryRoom['caps'],
  now: string,
): ReturnType<typeof claimsOn> {
  const kept = capsKept(existing, lessLines(existing.lines, decreases), caps);
  const freed = lessClaims(existing.caps, kept);
  return claimsOn(caps, demands, existing.buyer, now).flatMap(({ facts, quantity }) => {
    const share = freed.find(({ capId }) => capId === facts.cap.id)?.quantity ?? 0;
    return quantity > share ? [{ facts, quantity: quantity - share }] : [];
  });
}

function claimOf({ facts, quantity }: ReturnType<typeof claimsOn>[number]): CapClaim {
  return { capId: facts.cap.id, quantity };
}

function notOpen(existing: Reservation | undefined): Refusal {
  switch (existing?.state) {
    case 'CONSUMED':
      return refused('ALREADY_FINAL', 'all of it has shipped');
    case 'RELEASED':
    case 'EXPIRED':
      return refused('RELEASED_EARLIER');
    default:
      return refused('RESERVATION_MISMATCH');
  }
}

function withWhatItHas(offers: readonly Offer[], { lines }: Reservation): readonly Offer[] {
  const had = (sku: string) => lines.find((line) => line.sku === sku)?.quantity ?? 0;
  return offers.map((offer) => {
    const { perOrderMax } = offer;
    return perOrderMax === null ? offer : { ...offer, perOrderMax: perOrderMax - had(offer.sku) };
  });
}

function extended(
  existing: OfBuyer,
  { commandId, demands }: ExtendRequest,
  { allocations, missing, caps }: Promised & { readonly caps: readonly CapClaim[] },
  room: InventoryRoom,
  now: string,
): Decision<StepAnswer<ExtendedStock>, InventoryEvent> {
  const gained = allocations.map((allocation) => ({ ...allocation, grantedAt: now }));
  const backordered = missing.map((demand) => turnOf(demand, room));
  const extension: Extension = { commandId, isUndone: false, allocations, backordered, caps };
  const data = {
    lines: sumBySku([...existing.lines, ...demands]),
    allocations: joined(existing.allocations, gained),
    backordered: [...existing.backordered, ...backordered],
    filled: existing.filled,
    caps: moreClaims(existing.caps, caps),
    extensions: [...existing.extensions, extension],
  };
  return {
    answer: found(extension, existing),
    events: [
      onReservation(existing.id, { type: 'inventory.reservation-extended.v1', data }),
      ...committed(gained, existing.id),
      ...placed(backordered, existing),
      ...onCaps('inventory.cap-claimed.v1', caps, existing),
    ],
  };
}

/**
 * Compensates an extension: gives back exactly what it gained, also where its backorder entries were filled meanwhile.
 * Leaves a tombstone when the extension has not happened, so that a late one is refused.
 */
export function decideUndoExtend(
  existing: Reservation | undefined,
  { commandId }: Pick<ExtendRequest, 'commandId'>,
): Decision<StepAnswer, InventoryEvent> {
  // A reservation that is over or missing can no longer be extended.
  if (existing?.state !== 'COMMITTED') return unchanged(done);
  const known = existing.extensions.find((extension) => extension.commandId === commandId);
  if (known?.isUndone) return unchanged(done);
  const parted = takeBack(existing, known ? releasesOf(known) : []);
  if (!parted) return refusedForNow(hasNotThat(existing));
  const { released, withdrawn, ...left } = parted;
  const capsReturned = known?.caps ?? [];
  const undone = { commandId, isUndone: true, allocations: [], backordered: [], caps: [] };
  const data = {
    ...left,
    lines: lessLines(existing.lines, [...released, ...withdrawn]),
    caps: lessClaims(existing.caps, capsReturned),
    extensions: [...existing.extensions.filter((extension) => extension !== known), undone],
  };
  const event = { type: 'inventory.extension-undone.v1', data } as const;
  const gone = { released, withdrawn, capsReturned };
  return { answer: done, events: [onReservation(existing.id, event), ...givenBackPartly(existing, gone)] };
}

function releasesOf({ allocations, backordered }: Extension): readonly Release[] {
  return [
    ...allocations.map((units) => ({ ...units, place: null })),
    ...backordered.map(({ sku, quantity, place }) => ({ sku, quantity, nodeId: null, place })),
  ];
}
