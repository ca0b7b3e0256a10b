import { type Demand, sumBySku } from '../limits/demand';
import type { Allocation } from '../offer/sourcing';
import { type PartnerReply, type PartnerRequest, standing } from './partner-request';
import type { InventoryRoom, Reservation } from './reservation';
import { isAtPartner } from './reservation-changes';
import type { NodeRefusal } from './resource';

/** The key of one booking at a partner: asking again under it has one effect. Its parts may contain a slash. */
export function bookingKey(reservationId: string, nodeId: string, round: number): string {
  return [reservationId, nodeId, String(round)].map(encodeURIComponent).join('/');
}

/** The part of a reservation that says which partners were asked for what. It outlives all that the reservation has. */
export interface AskedReservation extends Pick<Reservation, 'id' | 'state' | 'partnerRequests'> {
  readonly allocations: readonly Allocation[];
  readonly consumed: readonly Allocation[];
}

/** A request under its booking key. */
export interface Asking extends PartnerRequest {
  readonly key: string;
}

/** Everything one partner was ever asked for a reservation. */
export interface AskedPartner {
  readonly partner: string;
  /** In the order of asking. */
  readonly askings: readonly Asking[];
  /** What is at the partner, and what has shipped from there. */
  readonly delivers: readonly Demand[];
}

/** A booking that is counted on: what it was asked for, and how much of that is still needed. */
export interface NeededBooking {
  readonly key: string;
  readonly asked: readonly Demand[];
  readonly needed: readonly Demand[];
  /** The booking that the partner delivers; it may have made others under the same key. */
  readonly reference: string | undefined;
}

/** Every partner that was asked for some of a reservation. */
export function partnersAsked({
  id,
  state,
  allocations,
  consumed,
  partnerRequests,
}: AskedReservation): readonly AskedPartner[] {
  // A released reservation still says what it had.
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

/** Whether any partner was asked for some of these reservations. */
export function wereAsked(reservations: readonly Pick<AskedReservation, 'partnerRequests'>[]): boolean {
  return reservations.some(({ partnerRequests }) => partnerRequests.length > 0);
}

/**
 * The bookings that are counted on: those the partner has confirmed and not failed since, as far as it still delivers
 * them. What it does not deliver any more is taken off the last it was asked for.
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
 * Whether partners may have more of a reservation than it needs, by its log alone: every key given out counts, also
 * one that was refused or not answered, as its booking may have arrived late.
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

/** Whether a partner is to be told that less of a booking is needed: one that does not say what it is of has all. */
export function isTooMuch(
  { asked, needed }: Pick<NeededBooking, 'asked' | 'needed'>,
  booked: readonly Demand[] = asked,
): boolean {
  return exceeds(booked, needed);
}

/** Whether one that was told so, and has agreed, says that it keeps more all the same. It need not say anything. */
export function keepsMore({ needed }: Pick<NeededBooking, 'needed'>, left: readonly Demand[] = []): boolean {
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

/**
 * What a failure says of the stock of the partner. A word that is not known says nothing of it, nor does the refusal of
 * a partner that had confirmed a part of what is taken from it now.
 */
export function refusalReasonOf(
  word: Exclude<PartnerReply, { kind: 'confirmed' }>,
  hadConfirmed: boolean,
): NodeRefusal['reason'] {
  if (word.kind === 'unreachable') return 'UNREACHABLE';
  return word.reason === 'NOT_IN_STOCK' && !hadConfirmed ? 'NOT_IN_STOCK' : 'NO_CAPACITY';
}
