import { compositeName } from '../../../names/composite-name';
import { type Demand, sumBySku } from '../limits/demand';
import type { Allocation } from '../offer/sourcing';
import { type PartnerReply, type PartnerRequest, standing } from './partner-request';
import type { InventoryRoom, Reservation } from './reservation';
import { isAtPartner } from './reservation-changes';
import type { NodeRefusal } from './resource';

/**
 * Returns the key of one booking at a partner: repeated calls under it have one effect.
 */
export function bookingKey(reservationId: string, nodeId: string, round: number): string {
  return compositeName(reservationId, nodeId, round);
}

/** The part of a reservation that says what partners were asked for. It remains after everything is given back. */
export interface AskedReservation extends Pick<Reservation, 'id' | 'state' | 'partnerRequests'> {
  readonly allocations: readonly Allocation[];
  readonly consumed: readonly Allocation[];
}

/** A request with its booking key. */
export interface Asking extends PartnerRequest {
  readonly key: string;
}

/** Every request that one partner ever got for a reservation. */
export interface AskedPartner {
  readonly partner: string;
  /** In the order of asking. */
  readonly askings: readonly Asking[];
  /** Units at the partner, and units shipped from there. */
  readonly delivers: readonly Demand[];
}

/** A booking that the order counts on: the units asked for, and those still needed. */
export interface NeededBooking {
  readonly key: string;
  readonly asked: readonly Demand[];
  readonly needed: readonly Demand[];
  /** The booking that the partner delivers; it may have made others under the same key. */
  readonly reference: string | undefined;
}

/** Returns every partner that was asked for a part of a reservation. */
export function partnersAsked({
  id,
  state,
  allocations,
  consumed,
  partnerRequests,
}: AskedReservation): readonly AskedPartner[] {
  // A released reservation still lists its allocations: they do not count.
  const delivered = state === 'COMMITTED' ? [...allocations, ...consumed] : consumed;
  const names = [...new Set(partnerRequests.map(({ nodeId }) => nodeId))].sort();
  return names.map((partner) => ({
    partner,
    askings: partnerRequests
      .filter(({ nodeId }) => nodeId === partner)
      .map((request) => ({ ...request, key: bookingKey(id, partner, request.round) })),
    delivers: sumBySku(delivered.filter(({ nodeId }) => nodeId === partner)),
  }));
}

/** Returns true when any partner was asked for a part of these reservations. */
export function wereAsked(reservations: readonly Pick<AskedReservation, 'partnerRequests'>[]): boolean {
  return reservations.some(({ partnerRequests }) => partnerRequests.length > 0);
}

/**
 * Returns the bookings that the order counts on: confirmed by the partner, not failed since, and still delivered. Units
 * that the partner no longer delivers are taken off its last request.
 */
export function bookingsNeeded({
  askings,
  delivers,
}: Pick<AskedPartner, 'askings' | 'delivers'>): readonly NeededBooking[] {
  const open = new Map(delivers.map(({ sku, quantity }) => [sku, quantity]));
  return standing(askings).flatMap(({ key, lines, word }) => {
    const needed = lines
      .map(({ sku, quantity }) => ({ sku, quantity: Math.min(quantity, open.get(sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    for (const { sku, quantity } of needed) open.set(sku, (open.get(sku) ?? 0) - quantity);
    const reference = word?.kind === 'confirmed' ? word.references[0] : undefined;
    return needed.length > 0 ? [{ key, asked: lines, needed, reference }] : [];
  });
}

/**
 * Returns true when partners may have more of a reservation than it needs, by its log alone. Every key given out
 * counts, even after a refusal or no answer, because its booking may have arrived late.
 */
export function hasSurplus(reservation: AskedReservation): boolean {
  return partnersAsked(reservation).some((asked) => {
    const needed = new Map(bookingsNeeded(asked).map((need) => [need.key, need]));
    return asked.askings.some(({ key, word }) => {
      const need = needed.get(key);
      return !need || isTooMuch(need) || (word?.kind === 'confirmed' && word.references.length > 1);
    });
  });
}

/**
 * Returns true when a partner must be told that less of a booking is needed. A partner that reports no quantity is
 * assumed to hold the full booking.
 */
export function isTooMuch(
  { asked, needed }: Pick<NeededBooking, 'asked' | 'needed'>,
  booked: readonly Demand[] = asked,
): boolean {
  return exceeds(booked, needed);
}

/** Returns true when a partner that agreed to a reduction reports that it keeps more. A partner need not report. */
export function keepsMore({ needed }: Pick<NeededBooking, 'needed'>, left: readonly Demand[] = []): boolean {
  return exceeds(left, needed);
}

/** Returns true when any item exceeds the quantity needed. */
export function exceeds(lines: readonly Demand[], needed: readonly Demand[]): boolean {
  const most = new Map(needed.map(({ sku, quantity }) => [sku, quantity]));
  return sumBySku(lines).some(({ sku, quantity }) => quantity > (most.get(sku) ?? 0));
}

/** The output of a step that may leave partners with more than an order needs. */
export interface SurplusGiven {
  /** True when partners may have booked more than the order needs. */
  readonly hasSurplus?: boolean;
}

/** Notes a surplus when any unit that an approved order gives back was booked at a partner. */
export function surplusIn(
  released: readonly Pick<Allocation, 'sku' | 'nodeId'>[],
  room: Pick<InventoryRoom, 'facts'>,
): SurplusGiven {
  const hasSurplus = released.some((units) => isAtPartner(units, room));
  return hasSurplus ? { hasSurplus } : {};
}

/**
 * Returns what a partner's failure says of its stock. An unknown reason says nothing, nor does the refusal of a partner
 * that had confirmed a part of these units.
 */
export function refusalReasonOf(
  word: Exclude<PartnerReply, { kind: 'confirmed' }>,
  hadConfirmed: boolean,
): NodeRefusal['reason'] {
  if (word.kind === 'unreachable') return 'UNREACHABLE';
  return word.reason === 'NOT_IN_STOCK' && !hadConfirmed ? 'NOT_IN_STOCK' : 'NO_CAPACITY';
}
