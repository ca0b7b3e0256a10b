import { type Decision, done, never, type StepAnswer, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import type { Backordered } from '../limits/backorder';
import type { Demand } from '../limits/demand';
import type { Buyer } from '../limits/eligibility';
import { capRoom, claimsOn } from '../limits/sales-cap';
import { type Offer, offerOf } from '../offer/offer';
import { type Allocation, type Shelf, type Sourced, type SourcingRequest, source } from '../offer/sourcing';
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
  readonly shipComplete: boolean;
  /** The most shipments of the order, or nodes of the hold; null for no limit. */
  readonly maxShipments: number | null;
}

export type ReserveDecision = Decision<StepAnswer<ReservationGiven>, InventoryEvent>;

/** The units to promise, and the limits of the promise. */
export interface Wanted {
  readonly demands: readonly Demand[];
  readonly region: string;
  /** The most shipments that it may take; Infinity for no limit. */
  readonly maxShipments: number;
  /** True when a part of the request may be backordered. */
  readonly mayWait: boolean;
  /** True when the whole request waits as soon as a part of it waits. */
  readonly waitsWhole: boolean;
}

/** The part of an offer that a promise is made of. */
export type Supplied = Pick<Offer, 'sku' | 'nodes' | 'atp' | 'backorderRoom'>;

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
  return 'kind' in promise ? unchanged(promise) : grant(request, promise, room, now);
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
    if (!item) return refused('UNKNOWN_SKU', `item ${sku} does not exist`);
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
  if (tooMany)
    return refused(
      'PER_ORDER_MAX_EXCEEDED',
      `${tooMany.sku}: ${tooMany.quantity} asked, more than one order may have`,
    );
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

function wantedBy({ demands, buyer, orderId, shipComplete, maxShipments }: ReserveRequest): Wanted {
  return {
    demands,
    region: buyer.region,
    maxShipments: mostShipments({ shipComplete, maxShipments }),
    mayWait: orderId !== null,
    waitsWhole: shipComplete,
  };
}

/** Returns the most shipments of an order: one where it ships complete, Infinity for no limit. */
export function mostShipments({
  shipComplete,
  maxShipments,
}: Pick<Reservation, 'shipComplete' | 'maxShipments'>): number {
  return shipComplete ? 1 : (maxShipments ?? Number.POSITIVE_INFINITY);
}

/** Returns how many more shipments an order may have. `shipments`: the live and shipped ones that it has. */
export function shipmentsLeft(
  limits: Pick<Reservation, 'shipComplete' | 'maxShipments'>,
  shipments: number,
): number {
  return Math.max(0, mostShipments(limits) - shipments);
}

/**
 * Plans a promise of all wanted units from some offers. Where an item is short, the plan takes the stock there is and
 * backorders the rest. If that needs too many shipments, it backorders the short items whole.
 * @returns the refusal where that is impossible: OUT_OF_STOCK only where an item is short and may not wait
 */
export function promiseOf(wanted: Wanted, offers: readonly Supplied[]): Promised | Refusal {
  const { demands, mayWait, waitsWhole } = wanted;
  const available = demands.map(({ quantity }, at) => Math.min(quantity, offerAt(offers, at).atp));
  const isShort = demands.some(({ quantity }, at) => quantity > (available[at] ?? 0));
  if (!isShort) return partly(wanted, offers, available);
  if (!mayWait) return outOfStock(wanted, offers);
  if (waitsWhole) return backorderAll(demands, offers) ?? outOfStock(wanted, offers);
  const whole = demands.map(({ quantity }, at) => (quantity > (available[at] ?? 0) ? 0 : quantity));
  const [first = outOfStock(wanted, offers), ...others] = [available, whole].flatMap((taken) =>
    canWaitFor(demands, taken, offers) ? [partly(wanted, offers, taken)] : [],
  );
  return [first, ...others].find((plan) => !('kind' in plan)) ?? first;
}

function canWaitFor(
  demands: readonly Demand[],
  taken: readonly number[],
  offers: readonly Supplied[],
): boolean {
  return demands.every(
    ({ quantity }, at) => quantity - (taken[at] ?? 0) <= offerAt(offers, at).backorderRoom,
  );
}

/** Backorders all wanted units. @returns undefined where an item may not wait that much */
export function backorderAll(
  demands: readonly Demand[],
  offers: readonly Pick<Supplied, 'backorderRoom'>[],
): Promised | undefined {
  const canWait = demands.every(({ quantity }, at) => quantity <= (offers[at]?.backorderRoom ?? 0));
  return canWait ? { allocations: [], missing: demands } : undefined;
}

/** Plans these quantities from stock and the rest as backorders. */
function partly(
  wanted: Wanted,
  offers: readonly Supplied[],
  quantities: readonly number[],
): Promised | Refusal {
  const demands = wanted.demands.flatMap(({ sku }, at) => unitsOf(sku, quantities[at] ?? 0));
  const missing = wanted.demands.flatMap(({ sku, quantity }, at) =>
    unitsOf(sku, quantity - (quantities[at] ?? 0)),
  );
  const sourced = source({ ...sourcingOf(wanted), demands }, shelfOf(offers));
  return sourced.kind === 'sourced'
    ? { allocations: sourced.allocations, missing }
    : notSourced(sourced, wanted, offers);
}

function unitsOf(sku: string, quantity: number): readonly Demand[] {
  return quantity > 0 ? [{ sku, quantity }] : [];
}

/** Returns the refusal for a search without result. */
export function notSourced(
  { kind }: Exclude<Sourced, { readonly kind: 'sourced' }>,
  { demands, maxShipments }: Pick<Wanted, 'demands' | 'maxShipments'>,
  offers: readonly Supplied[],
): Refusal {
  switch (kind) {
    case 'short':
      return outOfStock({ demands }, offers);
    case 'too-many-shipments':
      return refused('TOO_MANY_SHIPMENTS', `it takes more than ${maxShipments}`);
    case 'gave-up':
      return refused('NO_SOURCING_FOUND', `no way was found to ship it in ${maxShipments}`);
    default:
      return never(kind);
  }
}

function sourcingOf({ demands, region, maxShipments }: Wanted): SourcingRequest {
  return { demands, region, maxShipments, excludedNodes: [] };
}

export function shelfOf(offers: readonly Pick<Offer, 'sku' | 'nodes'>[]): Shelf {
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
    available: offerAt(offers, at).atp,
  }));
  const short = shortages.find(({ requested, available }) => requested > available);
  const detail = short && `${short.sku}: ${short.requested} asked, ${short.available} available`;
  return refused('OUT_OF_STOCK', detail, shortages);
}

function grant(
  request: ReserveRequest,
  { allocations: chosen, missing }: Promised,
  room: InventoryRoom,
  now: string,
): ReserveDecision {
  const { reservationId, ttlSeconds, demands: lines, caller, orderId, buyer } = request;
  const { shipComplete, maxShipments } = request;
  const expiresAt = ttlSeconds === null ? null : new Date(Date.parse(now) + ttlSeconds * 1000).toISOString();
  const allocations = chosen.map((allocation) => ({ ...allocation, grantedAt: now }));
  const backordered = missing.map((demand) => turnOf(demand, room));
  const caps = claimsOn(room.caps, lines, buyer, now).map(({ facts, quantity }) => ({
    capId: facts.cap.id,
    quantity,
  }));
  const terms = { shipComplete, maxShipments };
  const data = { caller, orderId, buyer, lines, allocations, backordered, caps, expiresAt, ...terms };
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
