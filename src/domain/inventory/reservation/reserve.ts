import { type Decision, done, never, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import type { Backordered } from '../limits/backorder';
import type { Demand } from '../limits/demand';
import type { Buyer } from '../limits/eligibility';
import { capRoom, claimsOn } from '../limits/sales-cap';
import { type Offer, offerOf } from '../offer/offer';
import { type Allocation, MOST_SHIPMENTS, type SourcingRequest, source } from '../offer/sourcing';
import type { InventoryEvent, InventoryRoom, Reservation, ReservationGiven } from './reservation';
import { isAtPartner, onCaps, onReservation, onStock, placed } from './reservation-changes';

export interface ReserveRequest {
  readonly reservationId: string;
  readonly caller: string;
  readonly orderId: string | null;
  /** Summed by SKU. */
  readonly demands: readonly Demand[];
  readonly buyer: Buyer;
  /** Seconds for a stand-alone hold; null commits at once. */
  readonly ttlSeconds: number | null;
}

export type ReserveDecision = Decision<StepAnswer<ReservationGiven>, InventoryEvent>;

/** The units to promise, and the limits of the promise. */
export interface Wanted {
  readonly demands: readonly Demand[];
  readonly region: string;
  /** The most nodes it may come from. */
  readonly maxSplits: number;
  /** True when a part of it may be backordered. */
  readonly mayWait: boolean;
}

/** The part of an offer that a promise is made of. */
export type Supplied = Pick<Offer, 'sku' | 'nodes' | 'shippable' | 'backorderRoom'>;

/** The plan for a request: allocations from stock, and the units left to backorder. */
export interface Promised {
  readonly allocations: readonly Allocation[];
  readonly missing: readonly Demand[];
}

/**
 * Promises stock under the request's key, all or nothing. A repeated request gets the same promise, and one whose
 * release came first is refused. An order may be promised units that are still to come, where the item allows it; a
 * stand-alone hold may not. `now` is the database's clock.
 */
export function decideReserve(
  existing: Reservation | undefined,
  request: ReserveRequest,
  room: InventoryRoom,
  now: string,
): ReserveDecision {
  if (existing) return unchanged(answerFor(existing, room));
  const offers = offersFor(request, room, now);
  if ('kind' in offers) return unchanged(offers);
  const refusal = refusalOf(request, offers, room, now);
  if (refusal) return unchanged(refusal);
  const promise = promiseOf(wantedBy(request), offers);
  return promise ? grant(request, promise, room, now) : unchanged(outOfStock(request, offers));
}

/** Returns the offer for each item of a request, or a refusal when an item is unknown. */
export function offersFor(
  { demands, buyer }: Pick<ReserveRequest, 'demands' | 'buyer'>,
  { items, facts, queues, walks, caps, rules }: InventoryRoom,
  now: string,
): readonly Offer[] | Refusal {
  const offers: Offer[] = [];
  for (const { sku } of demands) {
    const item = items.get(sku);
    if (!item) return refused('UNKNOWN_SKU', sku);
    const { claimed } = walks.at(sku);
    const about = { item, shelves: facts.get(sku) ?? [], rules, caps, queue: queues.get(sku), claimed };
    offers.push(offerOf(about, buyer, now));
  }
  return offers;
}

/** Returns the refusal by a rule, the per-order maximum or a cap, whatever the stock. */
export function refusalOf(
  { demands, buyer }: Pick<ReserveRequest, 'demands' | 'buyer'>,
  offers: readonly Offer[],
  room: InventoryRoom,
  now: string,
): Refusal | undefined {
  const denied = offers.find(({ isDenied }) => isDenied);
  if (denied) return refused('NOT_ELIGIBLE', `${denied.sku}: ${denied.excluded[0]?.reason ?? 'denied'}`);
  const tooMany = demands.find(({ quantity }, at) => quantity > (offers[at]?.perOrderMax ?? Infinity));
  if (tooMany) return refused('PER_ORDER_MAX_EXCEEDED', tooMany.sku);
  return capRefusal(room, demands, buyer, now);
}

/** Returns the refusal when a request exceeds a cap. Items of one cap are summed: alone each might fit. */
export function capRefusal(
  { caps }: Pick<InventoryRoom, 'caps'>,
  demands: readonly Demand[],
  buyer: Buyer,
  now: string,
): Refusal | undefined {
  return refusalOfClaims(claimsOn(caps, demands, buyer, now));
}

/** Returns the refusal when any of these claims exceeds what is left of its cap. */
export function refusalOfClaims(claims: ReturnType<typeof claimsOn>): Refusal | undefined {
  const passed = claims.find(({ facts, quantity }) => quantity > capRoom(facts));
  if (!passed) return undefined;
  const { facts, quantity } = passed;
  return refused('CAP_REACHED', `${facts.cap.id}: ${quantity} asked, ${capRoom(facts)} left`);
}

function wantedBy({ demands, buyer, orderId }: ReserveRequest): Wanted {
  return { demands, region: buyer.region, maxSplits: MOST_SHIPMENTS, mayWait: orderId !== null };
}

/** Plans a promise of all wanted units from some offers; undefined when that is impossible. */
export function promiseOf(wanted: Wanted, offers: readonly Supplied[]): Promised | undefined {
  const { demands, mayWait } = wanted;
  const isShort = (demand: Demand, offer: Supplied) => demand.quantity > offer.shippable;
  const anyShort = demands.some((demand, at) => isShort(demand, offerAt(offers, at)));
  const whole = anyShort ? undefined : source(sourcingOf(wanted), shelfOf(offers));
  if (whole) return { allocations: whole, missing: [] };
  if (!mayWait) return undefined;
  // Take the stock there is and backorder the rest. If that needs too many shipments, backorder short items whole.
  const less = (part: (demand: Demand, offer: Supplied) => number) =>
    partly(
      wanted,
      offers,
      demands.map((demand, at) => part(demand, offerAt(offers, at))),
    );
  return (
    less(({ quantity }, { shippable }) => Math.min(quantity, shippable)) ??
    less((demand, offer) => (isShort(demand, offer) ? 0 : demand.quantity))
  );
}

/** Plans these quantities from stock and the rest as backorders; undefined when either is impossible. */
function partly(
  wanted: Wanted,
  offers: readonly Supplied[],
  quantities: readonly number[],
): Promised | undefined {
  const fromStock = wanted.demands.map(({ sku }, at) => ({ sku, quantity: quantities[at] ?? 0 }));
  const missing = wanted.demands.map(({ sku, quantity }, at) => ({
    sku,
    quantity: quantity - (quantities[at] ?? 0),
  }));
  if (missing.some(({ quantity }, at) => quantity > offerAt(offers, at).backorderRoom)) return undefined;
  const demands = fromStock.filter(({ quantity }) => quantity > 0);
  // An order that is backordered whole needs no node.
  const allocations = demands.length === 0 ? [] : source({ ...sourcingOf(wanted), demands }, shelfOf(offers));
  return allocations && { allocations, missing: missing.filter(({ quantity }) => quantity > 0) };
}

function sourcingOf({ demands, region, maxSplits }: Wanted): SourcingRequest {
  return { demands, region, maxSplits, excludedNodes: [] };
}

export function shelfOf(offers: readonly Pick<Offer, 'sku' | 'nodes'>[]): Parameters<typeof source>[1] {
  return Object.fromEntries(offers.map(({ sku, nodes }) => [sku, nodes]));
}

function offerAt(offers: readonly Supplied[], at: number): Supplied {
  const offer = offers[at];
  if (!offer) throw new RangeError(`no offer for demand ${at}`);
  return offer;
}

/** Refuses a request, with the available quantity of each item. */
export function outOfStock({ demands }: Pick<Wanted, 'demands'>, offers: readonly Supplied[]): Refusal {
  const shortages = demands.map(({ sku, quantity }, at) => ({
    sku,
    requested: quantity,
    available: offerAt(offers, at).shippable,
  }));
  const short = shortages.find(({ requested, available }) => requested > available);
  const detail = short
    ? `${short.sku}: ${short.requested} asked, ${short.available} available`
    : 'too many shipments';
  return refused('OUT_OF_STOCK', detail, shortages);
}

function grant(
  request: ReserveRequest,
  { allocations: chosen, missing }: Promised,
  room: InventoryRoom,
  now: string,
): ReserveDecision {
  const { reservationId, ttlSeconds, demands: lines, caller, orderId, buyer } = request;
  const expiresAt = ttlSeconds === null ? null : new Date(Date.parse(now) + ttlSeconds * 1000).toISOString();
  const allocations = chosen.map((allocation) => ({ ...allocation, grantedAt: now }));
  const backordered = missing.map((demand) => turnOf(demand, room));
  const caps = claimsOn(room.caps, lines, buyer, now).map(({ facts, quantity }) => ({
    capId: facts.cap.id,
    quantity,
  }));
  const data = { caller, orderId, buyer, lines, allocations, backordered, caps, expiresAt };
  const type = expiresAt === null ? 'inventory.reservation-committed.v1' : 'inventory.reservation-held.v1';
  const taken = onStock(allocations, ({ quantity }) =>
    expiresAt === null
      ? { type: 'inventory.stock-committed.v1', data: { reservationId, quantity } }
      : { type: 'inventory.stock-held.v1', data: { reservationId, quantity, expiresAt } },
  );
  return {
    answer: { ...done, ...givenBy({ ...data, id: reservationId }, room) },
    events: [
      onReservation(reservationId, { type, data }),
      ...taken,
      ...placed(backordered, { id: reservationId, buyer, exclusions: [] }),
      ...onCaps('inventory.cap-claimed.v1', caps, { id: reservationId, expiresAt }),
    ],
  };
}

/** Returns a backorder entry at the end of an item's queue. */
export function turnOf({ sku, quantity }: Demand, { items, queues }: InventoryRoom): Backordered {
  const promiseDate = items.get(sku)?.backorder.promiseDate ?? null;
  return { sku, quantity, place: (queues.get(sku)?.placed ?? 0) + 1, promiseDate };
}

function answerFor(reservation: Reservation, room: InventoryRoom): StepAnswer<ReservationGiven> {
  switch (reservation.state) {
    case 'HELD':
    case 'COMMITTED':
    case 'CONSUMED':
      return { ...done, ...givenBy(reservation, room) };
    case 'EXPIRED':
    case 'RELEASED':
      return refused('RELEASED_EARLIER');
    default:
      return never(reservation.state);
  }
}

/** Returns a reservation's holdings, and the partners among its nodes. */
export function givenBy(
  {
    id: reservationId,
    allocations,
    backordered,
    expiresAt,
  }: Pick<Reservation, 'id' | 'allocations' | 'backordered' | 'expiresAt'>,
  room: Pick<InventoryRoom, 'facts'>,
): ReservationGiven {
  const asked = allocations.filter((units) => isAtPartner(units, room));
  const partners = [...new Set(asked.map(({ nodeId }) => nodeId))];
  return {
    reservationId,
    allocations: allocations.map(({ sku, nodeId, quantity }) => ({ sku, nodeId, quantity })),
    backordered,
    partners,
    expiresAt,
  };
}
