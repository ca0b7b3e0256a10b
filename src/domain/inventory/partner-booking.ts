import type { InventoryRoom, Reservation } from './reservation';
import { isAtPartner } from './reservation-changes';
import type { NodeRefusal } from './resource';
import type { Allocation } from './sourcing';

/** What a partner is asked under, once in its round: asking again has one effect. */
export function bookingKey(reservationId: string, nodeId: string, round: number): string {
  return `${reservationId}/${nodeId}/${round}`;
}

type Units = Pick<Allocation, 'sku' | 'nodeId'>;

/** The part of a reservation, and of its log, that says which partners were asked. It outlives all that it has. */
export interface AskedReservation extends Pick<Reservation, 'id' | 'state'> {
  readonly allocations: readonly Units[];
  readonly consumed: readonly Units[];
  /** What it had while partners were asked: as it was made, and after each refusal. */
  readonly rounds: readonly (readonly Units[])[];
}

export interface PartnerBooking {
  readonly partner: string;
  readonly key: string;
  /** The reservation counts on it, or some of it has shipped. */
  readonly isNeeded: boolean;
}

/**
 * Every booking that may have been asked for, whether anybody knows of it or not. One is needed as long as anything of
 * an item that it may be for is at the partner, or was and has shipped: bookings are not given up in parts. A node that
 * refuses loses all it had for good, as it is blocked for it: what it was asked for up to then is not needed any more.
 */
export function bookingsOf(
  { id, state, allocations, consumed, rounds }: AskedReservation,
  partners: readonly string[],
): readonly PartnerBooking[] {
  // A released reservation still says what it had.
  const delivered = state === 'COMMITTED' ? [...allocations, ...consumed] : consumed;
  const asked = new Set(rounds.flat().map(({ nodeId }) => nodeId));
  return [...asked]
    .filter((nodeId) => partners.includes(nodeId))
    .sort()
    .flatMap((partner) => {
      const left = skusAt(delivered, partner);
      return rounds.flatMap((units, index) => {
        const skus = skusAt(units, partner);
        if (skus.length === 0) return [];
        const isNeeded = skus.some((sku) => left.includes(sku));
        return [{ partner, key: bookingKey(id, partner, index + 1), isNeeded }];
      });
    });
}

function skusAt(units: readonly Units[], node: string): readonly string[] {
  return units.filter(({ nodeId }) => nodeId === node).map(({ sku }) => sku);
}

/** Said by whatever leaves an order with less at partners than they may have booked for it. */
export interface SurplusGiven {
  /** Partners may have booked what the order does not need. */
  readonly hasSurplus?: boolean;
}

/** Whether units that are given back were the last of their item that a partner had for a reservation. */
export function surplusIn(
  released: readonly Units[],
  left: { readonly allocations: readonly Units[]; readonly consumed: readonly Units[] },
  room: Pick<InventoryRoom, 'facts'>,
): SurplusGiven {
  const remaining = [...left.allocations, ...left.consumed];
  const isGone = ({ sku, nodeId }: Units) => !skusAt(remaining, nodeId).includes(sku);
  const hasSurplus = released.some((units) => isAtPartner(units, room) && isGone(units));
  return hasSurplus ? { hasSurplus } : {};
}

/** What a partner's own word for no means to us. A word nobody knows says nothing of its stock. */
export function refusalReasonOf(word: string): NodeRefusal['reason'] {
  return word === 'NOT_IN_STOCK' || word === 'UNREACHABLE' ? word : 'NO_CAPACITY';
}
