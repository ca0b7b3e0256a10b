import type { CommandChange, CommandRow, TripDecision, WantedTrip } from '../command/recorded-command';
import { evolveTrip, type TripEvent } from './evolve-trip';
import {
  type Booking,
  type Party,
  type PartyReply,
  progressOf,
  type Trip,
  type TripProgress,
  type TripReason,
  undosOf,
} from './trip';

/** A decision in a trip's row: the trip's progress, its events, and the changes to the command's row. */
export interface TripChange {
  readonly answer: TripProgress;
  readonly events: readonly TripEvent[];
  readonly commands: readonly CommandChange[];
}

/** Returns the events that record a trip as PENDING and note that its first party is about to be asked. */
export function recordedTrip(caller: string, id: string, wanted: WantedTrip): readonly TripEvent[] {
  const { traveller, wishes } = wanted;
  const recorded: TripEvent = { type: 'orders.trip-recorded.v1', data: { caller, traveller, wishes } };
  const next = nextAsked(afterwards(undefined, id, [recorded]));
  return next ? [recorded, next] : [recorded];
}

/** Returns a trip's progress, for a run that resumes it. */
export function tripProgress(trip: Trip | undefined, id: string): TripChange {
  return unchanged(existing(trip, id));
}

/**
 * Stores a party's reply and decides what follows: ask the next party, book the trip or reject it. A reply that the
 * trip no longer expects changes nothing.
 */
export function noteReply(
  trip: Trip | undefined,
  { id, subject }: Pick<CommandRow<'trip'>, 'id' | 'subject'>,
  { party, reply }: { readonly party: Party; readonly reply: PartyReply },
): TripChange {
  const known = existing(trip, subject);
  const asked = known.bookings.find((booking) => booking.party === party);
  if (known.status !== 'PENDING' || asked?.state !== 'ASKED') return unchanged(known);
  const heard: TripEvent = { type: 'orders.trip-booking-answered.v1', data: { party, reply } };
  const after = afterwards(known, subject, [heard]);
  return leadingTo(known, id, [heard, consequenceOf(after, asked, reply)]);
}

function consequenceOf(after: Trip, { isOptional }: Booking, reply: PartyReply): TripEvent {
  if (reply.kind !== 'booked' && !isOptional)
    return rejectedEvent(reply.kind === 'refused' ? 'BOOKING_REFUSED' : 'PARTY_UNREACHABLE');
  return nextAsked(after) ?? { type: 'orders.trip-booked.v1', data: {} };
}

/** Rejects a pending trip that cannot go on. A decided trip stays as it is. */
export function decideAgainstTrip(
  trip: Trip | undefined,
  { id, subject }: Pick<CommandRow<'trip'>, 'id' | 'subject'>,
  reason: TripReason,
): TripChange {
  const known = existing(trip, subject);
  return known.status === 'PENDING' ? leadingTo(known, id, [rejectedEvent(reason)]) : unchanged(known);
}

/**
 * Notes the parties whose cancellation is done, by the party itself or by an operator. The last one closes the command.
 */
export function noteCancelled(
  trip: Trip | undefined,
  { id, subject }: Pick<CommandRow<'trip'>, 'id' | 'subject'>,
  parties: readonly Party[],
): TripChange {
  const known = existing(trip, subject);
  const left = undosOf(known).filter(({ party }) => parties.includes(party));
  const events = left.map(
    ({ party }): TripEvent => ({ type: 'orders.trip-booking-undone.v1', data: { party } }),
  );
  return leadingTo(known, id, events);
}

function nextAsked({ bookings }: Trip): TripEvent | undefined {
  const next = bookings.find(({ state }) => state === 'WANTED');
  return next && { type: 'orders.trip-booking-asked.v1', data: { party: next.party } };
}

function rejectedEvent(reason: TripReason): TripEvent {
  return { type: 'orders.trip-rejected.v1', data: { reason } };
}

/**
 * Returns a change with these events and the progress after them. A decided trip also decides its command, and closes
 * it when no cancellation is left.
 */
function leadingTo(trip: Trip, commandId: string, events: readonly TripEvent[]): TripChange {
  const after = afterwards(trip, trip.id, events);
  const answer = progressOf(after);
  if (answer.kind === 'ask') return { answer, events, commands: [] };
  const decision: TripDecision =
    answer.kind === 'booked' ? { kind: 'booked' } : { kind: 'rejected', reason: answer.reason };
  const change: CommandChange = {
    id: commandId,
    decision,
    ...(answer.undos.length === 0 ? { close: true } : {}),
  };
  return { answer, events, commands: [change] };
}

function unchanged(trip: Trip): TripChange {
  return { answer: progressOf(trip), events: [], commands: [] };
}

function afterwards(trip: Trip | undefined, id: string, events: readonly TripEvent[]): Trip {
  const after = events.reduce((state, event) => evolveTrip(state, id, event, trip?.updatedAt ?? ''), trip);
  return existing(after, id);
}

function existing(trip: Trip | undefined, id: string): Trip {
  if (!trip) throw new Error(`trip ${id} was not found`);
  return trip;
}
