import type { InventoryRoom, Reservation } from './reservation';
import { isAtPartner } from './reservation-changes';
import type { NodeRefusal } from './resource';
import { type Allocation, type Demand, sumBySku } from './sourcing';

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
  readonly rounds: readonly (readonly Allocation[])[];
}

/** What one partner may have been asked for, whether anybody knows of it or not. */
export interface AskedPartner {
  readonly partner: string;
  /** Round by round: all that it was to deliver then, what it had agreed to before included. */
  readonly askings: readonly { readonly key: string; readonly units: readonly Demand[] }[];
  /** Of these items something is at the partner, or was and has shipped. */
  readonly delivers: readonly string[];
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
    delivers: skusAt(delivered, partner),
  }));
}

/**
 * The keys of the bookings that are counted on, when the partner has `booked` these. In each round it is asked for what
 * it has not agreed to yet. A booking is not given up in parts: it is needed as long as the partner delivers any of its
 * items. A node that refuses loses all it had for good, as it is blocked for it, so that nothing of that is needed.
 */
export function keysNeeded(
  { askings, delivers }: Pick<AskedPartner, 'askings' | 'delivers'>,
  booked: readonly string[],
): readonly string[] {
  const agreed = new Map<string, number>();
  return askings.flatMap(({ key, units }) => {
    const lacking = units.filter(({ sku, quantity }) => quantity > (agreed.get(sku) ?? 0));
    if (booked.includes(key)) for (const { sku, quantity } of units) agreed.set(sku, quantity);
    return lacking.some(({ sku }) => delivers.includes(sku)) ? [key] : [];
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
