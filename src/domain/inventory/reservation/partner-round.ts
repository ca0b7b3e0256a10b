import { type Decision, done, unchanged } from '../../decision';
import { type Refusal, refused } from '../../refusal';
import { hasSurplus, refusalReasonOf } from './partner-booking';
import {
  lastFailure,
  nextToAsk,
  type PartnerAsk,
  type PartnerReply,
  roundOf,
  standing,
} from './partner-request';
import {
  evolveReservation,
  type InventoryEvent,
  type InventoryRoom,
  type Reservation,
  type ReservationGiven,
} from './reservation';
import { onReservation } from './reservation-changes';
import { givenBy } from './reserve';
import { decideResource, incompleteBecause, isWhole } from './resource';
import { roomAfter } from './room-after';

/** The most partner failures that lead to another search. One more ends the order. */
const MOST_FAILURES = 4;

/** The next step of confirming an order at its partners. */
export type PartnerStep =
  | ({ readonly kind: 'ask'; readonly reservationId: string } & PartnerAsk)
  | ({ readonly kind: 'done'; readonly hasSurplus: boolean } & ReservationGiven)
  | Refusal;

export type PartnerDecision = Decision<PartnerStep, InventoryEvent>;

/**
 * Selects the partner to ask next and stores the request, or reports that all have confirmed. The step follows from the
 * stored replies alone, so that every run of a command gets the same.
 */
export function decideAskPartners(
  existing: Reservation | undefined,
  room: InventoryRoom,
  now: string,
): PartnerDecision {
  if (existing?.state !== 'COMMITTED') return unchanged(refused('RELEASED_EARLIER'));
  const { id, partnerRequests: requests, allocations } = existing;
  const pending = requests.find(({ word }) => word === null);
  if (pending) return asking(id, pending, []);
  if (!isWhole(existing)) return unchanged(nobodyElse(existing, room, now));
  const given = givenBy(existing, room);
  const next = nextToAsk(given.partners, allocations, requests);
  if (!next) return unchanged({ ...done, ...given, hasSurplus: hasSurplus(existing) });
  return asking(id, next, [onReservation(id, { type: 'inventory.partner-asked.v1', data: next })]);
}

/** Returns the request. It is not stored as the command's answer: the next request takes its place. */
function asking(
  reservationId: string,
  { nodeId, round, lines }: PartnerAsk,
  events: readonly InventoryEvent[],
): PartnerDecision {
  return { answer: { kind: 'ask', reservationId, nodeId, round, lines }, events, isForNow: true };
}

/** A partner's reply, and how long a partner that does not deliver is left out at first, in seconds. */
export type NotedReply = Pick<PartnerAsk, 'nodeId' | 'round'> & {
  readonly word: PartnerReply;
  readonly retrySeconds: number;
};

/**
 * Stores a partner's reply together with its consequences. The first reply to a request counts; a later one changes
 * nothing and returns the next step from the stored replies. `now` is the database's clock.
 * @throws Error when the partner was not asked in this round: a request is stored before the call
 */
export function decideNotePartnerReply(
  existing: Reservation | undefined,
  { nodeId, round, word, retrySeconds }: NotedReply,
  room: InventoryRoom,
  now: string,
): PartnerDecision {
  if (existing?.state !== 'COMMITTED') return unchanged(refused('RELEASED_EARLIER'));
  const request = existing.partnerRequests.find((one) => one.nodeId === nodeId && one.round === round);
  if (!request) throw new Error(`reservation ${existing.id} has no request to ${nodeId} in round ${round}`);
  if (request.word) return decideAskPartners(existing, room, now);
  const replied = {
    type: 'inventory.partner-replied.v1',
    data: { nodeId, round, lines: request.lines, word },
  } as const;
  const noted = onReservation(existing.id, replied);
  const followed =
    word.kind === 'confirmed' ? [] : reallocated(existing, { nodeId, word, retrySeconds }, room, now);
  const events = [noted, ...followed];
  const next = decideAskPartners(evolved(existing, events), roomAfter(room, events, now), now);
  return { ...next, events: [...events, ...next.events] };
}

/** Takes back all units that a partner was to deliver, confirmed ones included, and looks for them elsewhere. */
function reallocated(
  existing: Reservation,
  {
    nodeId,
    word,
    retrySeconds,
  }: Pick<NotedReply, 'nodeId' | 'retrySeconds'> & { word: Exclude<PartnerReply, { kind: 'confirmed' }> },
  room: InventoryRoom,
  now: string,
): readonly InventoryEvent[] {
  const requests = existing.partnerRequests;
  const hadConfirmed = standing(requests).some((request) => request.nodeId === nodeId);
  const refusal = {
    nodeId,
    reason: refusalReasonOf(word, hadConfirmed),
    isLast: roundOf(requests) > MOST_FAILURES,
    retrySeconds,
  };
  return decideResource(existing, refusal, room, now).events;
}

function evolved(existing: Reservation, events: readonly InventoryEvent[]): Reservation | undefined {
  return events.reduce<Reservation | undefined>(
    (reservation, entry) =>
      entry.of === 'reservation' ? evolveReservation(reservation, existing.id, entry.event) : reservation,
    existing,
  );
}

function nobodyElse(existing: Reservation, room: InventoryRoom, now: string): Refusal {
  const last = lastFailure(existing.partnerRequests);
  return last?.word?.kind === 'unreachable'
    ? refused('PARTNER_UNREACHABLE', `${last.nodeId} did not answer, and no other node can deliver`)
    : incompleteBecause(existing, room, now);
}
