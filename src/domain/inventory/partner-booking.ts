import type { InventoryRoom, Reservation } from './reservation';
import { isAtPartner } from './reservation-changes';
import type { NodeRefusal } from './resource';
import { type Allocation, type Demand, sumBySku } from './sourcing';

/** What a partner is asked under, once in its round: asking again has one effect. */
export function bookingKey(reservationId: string, nodeId: string, round: number): string {
  return `${reservationId}/${nodeId}/${round}`;
}

/** The part of a reservation, and of its log, that says which partners were asked. It outlives all that it has. */
export interface AskedReservation extends Pick<Reservation, 'id' | 'state'> {
  readonly allocations: readonly Allocation[];
  readonly consumed: readonly Allocation[];
  /** What it had while partners were asked: as it was made, and after each refusal. */
  readonly rounds: readonly (readonly Allocation[])[];
}

/** What one partner may have been asked for, whether anybody knows of it or not. */
export interface AskedPartner {
  readonly partner: string;
  /** Round by round: all that it was to deliver then, what it had agreed to before included. */
  readonly askings: readonly { readonly key: string; readonly units: readonly Demand[] }[];
  /** What is at the partner, and what has shipped from there. */
  readonly delivers: readonly Demand[];
}

/** A booking that is counted on: what it was asked for, and how much of that is still needed. */
export interface NeededBooking {
  readonly key: string;
  readonly asked: readonly Demand[];
  readonly needed: readonly Demand[];
}

/** Every partner that may have been asked for some of a reservation. */
export function partnersAsked(
  { id, state, allocations, consumed, rounds }: AskedReservation,
  partners: readonly string[],
): readonly AskedPartner[] {
  // A released reservation still says what it had.
  const delivered = state === 'COMMITTED' ? [...allocations, ...consumed] : consumed;
  const asked = new Set(rounds.flat().map(({ nodeId }) => nodeId));
  const names = [...asked].filter((nodeId) => partners.includes(nodeId)).sort();
  return names.map((partner) => ({
    partner,
    askings: rounds.flatMap((had, index) => {
      const units = sumBySku(had.filter(({ nodeId }) => nodeId === partner));
      return units.length > 0 ? [{ key: bookingKey(id, partner, index + 1), units }] : [];
    }),
    delivers: sumBySku(delivered.filter(({ nodeId }) => nodeId === partner)),
  }));
}

/** Whether any partner may have been asked for some of these reservations. */
export function wereAsked(reservations: readonly AskedReservation[], partners: readonly string[]): boolean {
  return reservations.some((reservation) => partnersAsked(reservation, partners).length > 0);
}

/**
 * The bookings that are counted on, when the partner has `booked` these. In each round it is asked for what it has not
 * agreed to yet, and what it does not deliver any more is taken off the last it was asked for. A node that refuses
 * loses all it had for good, as it is blocked for it, so that nothing of that is needed.
 */
export function bookingsNeeded(
  { askings, delivers }: Pick<AskedPartner, 'askings' | 'delivers'>,
  booked: readonly string[],
): readonly NeededBooking[] {
  const agreed = new Map<string, number>();
  const open = new Map(delivers.map(({ sku, quantity }) => [sku, quantity]));
  return askings.flatMap(({ key, units }) => {
    const asked = lessOf(units, ({ sku, quantity }) => quantity - (agreed.get(sku) ?? 0));
    const needed = lessOf(asked, ({ sku, quantity }) => Math.min(quantity, open.get(sku) ?? 0));
    if (booked.includes(key)) {
      for (const { sku, quantity } of units) agreed.set(sku, quantity);
      for (const { sku, quantity } of needed) open.set(sku, (open.get(sku) ?? 0) - quantity);
    }
    return needed.length > 0 ? [{ key, asked, needed }] : [];
  });
}

function lessOf(lines: readonly Demand[], left: (line: Demand) => number): readonly Demand[] {
  return lines.map((line) => ({ ...line, quantity: left(line) })).filter(({ quantity }) => quantity > 0);
}

/** Whether a partner is to be told that less of a booking is needed: one that does not say what it is of has all. */
export function isTooMuch({ asked, needed }: NeededBooking, booked: readonly Demand[] = asked): boolean {
  return exceeds(booked, needed);
}

/** Whether one that was told so, and has agreed, says that it keeps more all the same. It need not say anything. */
export function keepsMore({ needed }: NeededBooking, left: readonly Demand[] = []): boolean {
  return exceeds(left, needed);
}

/** Whether there is more of any item than is needed. */
export function exceeds(lines: readonly Demand[], needed: readonly Demand[]): boolean {
  const most = new Map(needed.map(({ sku, quantity }) => [sku, quantity]));
  return sumBySku(lines).some(({ sku, quantity }) => quantity > (most.get(sku) ?? 0));
}

/** Said by whatever leaves an order with less at partners than they may have booked for it. */
export interface SurplusGiven {
  /** Partners may have booked what the order does not need. */
  readonly hasSurplus?: boolean;
}

/** Whether any of the units that an approved order gives back had been booked at a partner. */
export function surplusIn(
  released: readonly Pick<Allocation, 'sku' | 'nodeId'>[],
  room: Pick<InventoryRoom, 'facts'>,
): SurplusGiven {
  const hasSurplus = released.some((units) => isAtPartner(units, room));
  return hasSurplus ? { hasSurplus } : {};
}

/** What a partner's own word for no means to us. A word nobody knows says nothing of its stock. */
export function refusalReasonOf(word: string): NodeRefusal['reason'] {
  return word === 'NOT_IN_STOCK' || word === 'UNREACHABLE' ? word : 'NO_CAPACITY';
}
