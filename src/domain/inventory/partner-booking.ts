import type { NodeRefusal } from './resource';
import type { Allocation } from './sourcing';

/** What a partner is asked under, once in its round: asking again has one effect. */
export function bookingKey(reservationId: string, nodeId: string, round: number): string {
  return `${reservationId}/${nodeId}/${round}`;
}

/** The part of a reservation that says which partners were asked. It outlives the reservation's release. */
export interface AskedReservation {
  readonly id: string;
  readonly allocations: readonly Pick<Allocation, 'nodeId'>[];
  readonly blocked: readonly { readonly nodeId: string; readonly isApproved?: boolean }[];
}

export interface PartnerBooking {
  readonly partner: string;
  readonly key: string;
  /** The reservation counts on it. */
  readonly isNeeded: boolean;
}

/**
 * Every booking that may have been asked for, whether anybody knows of it or not. A refusal ends a round, and with it
 * everything the node had of the order: what it was asked for up to then is not needed any more.
 */
export function bookingsOf(
  { id, allocations, ...asked }: AskedReservation,
  partners: readonly string[],
): readonly PartnerBooking[] {
  // What was given back of an order that had been approved was not asked for again.
  const blocked = asked.blocked.filter(({ isApproved }) => !isApproved);
  const delivering = new Set(allocations.map(({ nodeId }) => nodeId));
  const refusing = blocked.map(({ nodeId }) => nodeId);
  const names = [...delivering, ...refusing].filter((nodeId) => partners.includes(nodeId));
  const lastRefusal = (node: string) => blocked.findLastIndex(({ nodeId }) => nodeId === node) + 1;
  const rounds = Array.from({ length: blocked.length + 1 }, (_, index) => index + 1);
  return [...new Set(names)].sort().flatMap((partner) =>
    rounds
      .filter((round) => delivering.has(partner) || round <= lastRefusal(partner))
      .map((round) => ({
        partner,
        key: bookingKey(id, partner, round),
        isNeeded: round > lastRefusal(partner),
      })),
  );
}

/** What a partner's own word for no means to us. A word nobody knows says nothing of its stock. */
export function refusalReasonOf(word: string): NodeRefusal['reason'] {
  return word === 'NOT_IN_STOCK' || word === 'UNREACHABLE' ? word : 'NO_CAPACITY';
}
