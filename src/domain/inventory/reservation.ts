import { type Decision, done, never, type StepAnswer, unchanged } from '../decision';
import { type RefusalReason, refused } from '../refusal';
import { nodeTerms, type StockFacts } from './node-terms';
import type { Item } from './set-up';
import { type Allocation, type Demand, type SourcingRequest, source, totalAvailable } from './sourcing';
import type { StockEvent } from './stock';

export const RESERVATION_STATES = ['HELD', 'COMMITTED', 'RELEASED', 'EXPIRED'] as const;

/**
 * A promise of stock. HELD (a stand-alone hold, with an expiry) -> COMMITTED | RELEASED | EXPIRED;
 * COMMITTED (an order's) -> RELEASED. Final states never reopen; RELEASED with no lines is a tombstone.
 */
export interface Reservation {
  readonly id: string;
  readonly caller: string;
  readonly orderId: string | null;
  readonly state: (typeof RESERVATION_STATES)[number];
  readonly lines: readonly Demand[];
  readonly allocations: readonly Allocation[];
  readonly expiresAt: string | null;
  readonly reason: string | null;
}

type Granted = Pick<Reservation, 'caller' | 'orderId' | 'lines' | 'allocations' | 'expiresAt'>;

export type ReservationEvent =
  | { readonly type: 'inventory.reservation-held.v1'; readonly data: Granted }
  | { readonly type: 'inventory.reservation-committed.v1'; readonly data: Granted }
  | { readonly type: 'inventory.hold-adopted.v1'; readonly data: { readonly orderId: string } }
  | { readonly type: 'inventory.reservation-released.v1'; readonly data: { readonly reason: string } }
  | { readonly type: 'inventory.reservation-expired.v1'; readonly data: Record<string, never> }
  | {
      readonly type: 'inventory.reservation-forestalled.v1';
      readonly data: { readonly caller: string; readonly orderId: string | null; readonly reason: string };
    };

/** An event of one of the streams a reservation touches: its own, and one for each stock row it takes from. */
export type InventoryEvent =
  | { readonly of: 'reservation'; readonly reservationId: string; readonly event: ReservationEvent }
  | { readonly of: 'stock'; readonly sku: string; readonly nodeId: string; readonly event: StockEvent };

export interface ReserveRequest {
  readonly reservationId: string;
  readonly caller: string;
  readonly orderId: string | null;
  /** Summed by SKU. */
  readonly demands: readonly Demand[];
  readonly region: string;
  /** Seconds for a stand-alone hold; null commits at once. */
  readonly ttlSeconds: number | null;
}

/** Everything a decision about the items of a request looks at. */
export interface StockRoom {
  readonly items: Pick<ReadonlyMap<string, Item>, 'get' | 'has'>;
  readonly facts: Pick<ReadonlyMap<string, readonly StockFacts[]>, 'get'>;
}

export interface ReservationGiven {
  readonly reservationId: string;
  readonly allocations: readonly Allocation[];
  readonly expiresAt: string | null;
}

type ReservationDecision = Decision<StepAnswer<ReservationGiven>, InventoryEvent>;

/** More parcels than this for one order cost more than the order is worth. */
const MOST_SHIPMENTS = 4;

export function evolveReservation(
  reservation: Reservation | undefined,
  id: string,
  event: ReservationEvent,
): Reservation | undefined {
  switch (event.type) {
    case 'inventory.reservation-held.v1':
      return { id, ...event.data, state: 'HELD', reason: null };
    case 'inventory.reservation-committed.v1':
      return { id, ...event.data, state: 'COMMITTED', reason: null };
    case 'inventory.hold-adopted.v1':
      return reservation && { ...reservation, ...event.data, state: 'COMMITTED', expiresAt: null };
    case 'inventory.reservation-released.v1':
      return reservation && { ...reservation, ...event.data, state: 'RELEASED' };
    case 'inventory.reservation-expired.v1':
      return reservation && { ...reservation, state: 'EXPIRED' };
    case 'inventory.reservation-forestalled.v1':
      return { ...tombstone, id, ...event.data };
    default:
      return never(event);
  }
}

const tombstone = {
  state: 'RELEASED',
  lines: [],
  allocations: [],
  expiresAt: null,
} as const;

/**
 * Promises stock under the request's key: the same request again gets the same promise, one whose release came
 * first is refused, and everything is promised or nothing. `now` is the database's clock.
 */
export function decideReserve(
  existing: Reservation | undefined,
  request: ReserveRequest,
  room: StockRoom,
  now: string,
): ReservationDecision {
  if (existing) return unchanged(answerFor(existing));
  const unknown = request.demands.find(({ sku }) => !room.items.has(sku));
  if (unknown) return unchanged(refused('UNKNOWN_SKU', unknown.sku));
  const tooMany = request.demands.find(
    ({ sku, quantity }) => quantity > (room.items.get(sku)?.perOrderMax ?? Infinity),
  );
  if (tooMany) return unchanged(refused('PER_ORDER_MAX_EXCEEDED', tooMany.sku));
  const shelf = Object.fromEntries(
    request.demands.map(({ sku }) => [
      sku,
      (room.facts.get(sku) ?? []).map((facts) => nodeTerms(facts, now)),
    ]),
  );
  const sourcing: SourcingRequest = {
    demands: request.demands,
    region: request.region,
    maxSplits: MOST_SHIPMENTS,
    excludedNodes: [],
  };
  const allocations = source(sourcing, shelf);
  return allocations ? grant(request, allocations, now) : unchanged(outOfStock(sourcing, shelf));
}

function outOfStock(request: SourcingRequest, shelf: Parameters<typeof source>[1]) {
  const shortages = request.demands.map(({ sku, quantity }) => ({
    sku,
    requested: quantity,
    available: totalAvailable(sku, request, shelf),
  }));
  const short = shortages.find(({ requested, available }) => requested > available);
  const detail = short
    ? `${short.sku}: ${short.requested} asked, ${short.available} available`
    : 'too many shipments';
  return refused('OUT_OF_STOCK', detail, shortages);
}

function grant(
  request: ReserveRequest,
  allocations: readonly Allocation[],
  now: string,
): ReservationDecision {
  const { reservationId, ttlSeconds, demands, caller, orderId } = request;
  const expiresAt = ttlSeconds === null ? null : new Date(Date.parse(now) + ttlSeconds * 1000).toISOString();
  const data = { caller, orderId, lines: demands, allocations, expiresAt };
  const type = expiresAt === null ? 'inventory.reservation-committed.v1' : 'inventory.reservation-held.v1';
  const taken = onStock(allocations, ({ quantity }) =>
    expiresAt === null
      ? { type: 'inventory.stock-committed.v1', data: { reservationId, quantity } }
      : { type: 'inventory.stock-held.v1', data: { reservationId, quantity, expiresAt } },
  );
  return {
    answer: { ...done, reservationId, allocations, expiresAt },
    events: [{ of: 'reservation', reservationId, event: { type, data } }, ...taken],
  };
}

function answerFor(reservation: Reservation): StepAnswer<ReservationGiven> {
  switch (reservation.state) {
    case 'HELD':
    case 'COMMITTED':
      return { ...done, ...givenBy(reservation) };
    case 'EXPIRED':
    case 'RELEASED':
      return refused('RELEASED_EARLIER');
    default:
      return never(reservation.state);
  }
}

function givenBy({ id, allocations, expiresAt }: Reservation): ReservationGiven {
  return { reservationId: id, allocations, expiresAt };
}

/**
 * Commits the hold an order names, in one step, when it is the caller's own and for the same summed lines.
 * Undefined where a fresh reservation has to be made instead: the hold ran out.
 */
export function decideAdopt(
  hold: Reservation | undefined,
  request: ReserveRequest & { readonly orderId: string },
  now: string,
): ReservationDecision | undefined {
  const isOurs = hold?.caller === request.caller && sameDemands(hold.lines, request.demands);
  if (!hold || !isOurs) return unchanged(refused('RESERVATION_MISMATCH'));
  if (hold.state === 'COMMITTED' && hold.orderId === request.orderId) {
    return unchanged<StepAnswer<ReservationGiven>>({ ...done, ...givenBy(hold) });
  }
  if (hold.state === 'EXPIRED' || (hold.state === 'HELD' && isDue(hold, now))) return undefined;
  if (hold.state !== 'HELD')
    return unchanged(refused('RESERVATION_MISMATCH', `the reservation is ${hold.state}`));
  const { orderId } = request;
  const adopted: InventoryEvent = {
    of: 'reservation',
    reservationId: hold.id,
    event: { type: 'inventory.hold-adopted.v1', data: { orderId } },
  };
  const moved = onStock(hold.allocations, ({ quantity }) => ({
    type: 'inventory.held-stock-committed.v1',
    data: { reservationId: hold.id, quantity },
  }));
  return { answer: { ...done, ...givenBy(hold), expiresAt: null }, events: [adopted, ...moved] };
}

function sameDemands(left: readonly Demand[], right: readonly Demand[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ sku, quantity }, index) => right[index]?.sku === sku && right[index].quantity === quantity)
  );
}

/**
 * Gives a reservation's stock back. One that never was leaves a tombstone under its id, so that the reserve
 * this release has overtaken is refused when it arrives.
 */
export function decideRelease(
  existing: Reservation | undefined,
  release: {
    readonly reservationId: string;
    readonly caller: string;
    readonly orderId: string | null;
    readonly reason: RefusalReason | 'CALLER';
  },
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.state === 'RELEASED' || existing?.state === 'EXPIRED') return unchanged(done);
  if (existing) return { answer: done, events: giveBack(existing, release.reason) };
  const { reservationId, caller, orderId, reason } = release;
  const event = { type: 'inventory.reservation-forestalled.v1', data: { caller, orderId, reason } } as const;
  return { answer: done, events: [{ of: 'reservation', reservationId, event }] };
}

/** Gives a stand-alone hold back for the caller who made it. What an order has committed is the order's to release. */
export function decideReleaseByCaller(
  existing: Reservation | undefined,
  caller: string,
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.caller !== caller) return unchanged(refused('RESERVATION_MISMATCH'));
  if (existing.state === 'COMMITTED')
    return unchanged(refused('RESERVATION_MISMATCH', 'it belongs to an order'));
  return decideRelease(existing, { reservationId: existing.id, caller, orderId: null, reason: 'CALLER' });
}

/** Tidies a hold whose time has run out. Its stock counted as free from that moment on, swept or not. */
export function decideExpire(
  existing: Reservation | undefined,
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  if (existing?.state !== 'HELD' || !isDue(existing, now)) return unchanged(done);
  const event = { type: 'inventory.reservation-expired.v1', data: {} } as const;
  return {
    answer: done,
    events: [{ of: 'reservation', reservationId: existing.id, event }, ...stockOf(existing)],
  };
}

function isDue({ expiresAt }: Reservation, now: string): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function giveBack(existing: Reservation, reason: string): readonly InventoryEvent[] {
  const event = { type: 'inventory.reservation-released.v1', data: { reason } } as const;
  return [{ of: 'reservation', reservationId: existing.id, event }, ...stockOf(existing)];
}

function stockOf({ id, state, allocations }: Reservation): readonly InventoryEvent[] {
  const type =
    state === 'HELD' ? 'inventory.held-stock-released.v1' : 'inventory.committed-stock-released.v1';
  return onStock(allocations, ({ quantity }) => ({ type, data: { reservationId: id, quantity } }));
}

function onStock(
  allocations: readonly Allocation[],
  eventOf: (allocation: Allocation) => StockEvent,
): readonly InventoryEvent[] {
  return allocations.map((allocation) => ({
    of: 'stock',
    sku: allocation.sku,
    nodeId: allocation.nodeId,
    event: eventOf(allocation),
  }));
}

/** The key an order's own reservation is made under. */
export function reservationIdOf(orderId: string): string {
  return orderId.replace(/^ord_/, 'rsv_');
}
