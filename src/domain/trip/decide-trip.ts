import { type Decision, unchanged } from '../decision';
import { type Begun, evolveTrip, type TripEvent } from './evolve-trip';
import {
  type Booking,
  type BookingUndo,
  type DecidedTrip,
  type Party,
  type PartyWord,
  progressOf,
  type RecordedTrip,
  type Trip,
  type TripProgress,
  type TripReason,
  undoNameOf,
  undosOf,
} from './trip';

/** The events, and how far they bring the trip. */
function leadingTo(
  trip: Trip | undefined,
  id: string,
  events: readonly TripEvent[],
): Decision<TripProgress, TripEvent> {
  return { answer: progressOf(existing(afterwards(trip, id, events), id)), events };
}

function afterwards(trip: Trip | undefined, id: string, events: readonly TripEvent[]): Trip | undefined {
  return events.reduce((state, event) => evolveTrip(state, id, event, trip?.updatedAt ?? ''), trip);
}

function existing(trip: Trip | undefined, id: string): Trip {
  if (!trip) throw new Error(`there is no trip ${id}`);
  return trip;
}

/**
 * Records a trip and that its first party is about to be asked. A trip whose idempotency key was claimed meanwhile
 * for another body is recorded as refused, so that its 202 has an outcome; so is one that could not be recorded before,
 * and that an operator has ended by hand: whoever asked was told so.
 */
export function decideRecordTrip(
  trip: Trip | undefined,
  id: string,
  wanted: RecordedTrip,
  claimedByOther: boolean,
  isEndedByHand = false,
): Decision<TripProgress, TripEvent> {
  if (trip) return unchanged(progressOf(trip));
  const recordedNow: TripEvent = { type: 'orders.trip-recorded.v1', data: wanted };
  const reason = isEndedByHand ? 'PROCESSING_FAILED' : claimedByOther ? 'IDEMPOTENCY_KEY_REUSED' : undefined;
  const next = reason
    ? rejectedEvent(reason, [])
    : nextAsked(existing(afterwards(undefined, id, [recordedNow]), id));
  return leadingTo(undefined, id, [recordedNow, ...(next ? [next] : [])]);
}

function nextAsked({ bookings }: Trip): TripEvent | undefined {
  const next = bookings.find(({ state }) => state === 'WANTED');
  return next && { type: 'orders.trip-booking-asked.v1', data: { party: next.party } };
}

function rejectedEvent(reason: TripReason, undos: readonly BookingUndo[]): TripEvent {
  return { type: 'orders.trip-rejected.v1', data: { reason, compensation: begun(undos) } };
}

function begun(undos: readonly BookingUndo[]): Begun {
  return undos.length > 0 ? 'running' : 'none';
}

/**
 * Takes note of what a party has said, and of what follows in the same breath: the next party is asked, or the trip
 * is booked (the pivot), or it is refused. An answer that nobody waits for any more changes nothing.
 */
export function decideAnswer(
  trip: Trip | undefined,
  id: string,
  { party, word }: { readonly party: Party; readonly word: PartyWord },
): Decision<TripProgress, TripEvent> {
  const known = existing(trip, id);
  const asked = known.bookings.find((booking) => booking.party === party);
  if (known.status !== 'PENDING' || asked?.state !== 'ASKED') return unchanged(progressOf(known));
  const heard: TripEvent = { type: 'orders.trip-booking-answered.v1', data: { party, word } };
  const after = existing(afterwards(known, id, [heard]), id);
  return leadingTo(known, id, [heard, consequenceOf(after, asked, word)]);
}

function consequenceOf(after: Trip, { isOptional }: Booking, word: PartyWord): TripEvent {
  if (word.kind !== 'booked' && !isOptional) {
    const reason = word.kind === 'refused' ? 'BOOKING_REFUSED' : 'PARTY_UNREACHABLE';
    return rejectedEvent(reason, undosOf({ ...after, status: 'REJECTED' }));
  }
  const compensation = begun(undosOf({ ...after, status: 'BOOKED' }));
  return nextAsked(after) ?? { type: 'orders.trip-booked.v1', data: { compensation } };
}

/**
 * Ends a trip that cannot go on, before anything of it is undone: whoever comes later finds it ended. One that was
 * booked, or ended, meanwhile stays as it is. One that was never recorded is recorded now.
 */
export function decideSealTrip(
  trip: Trip | undefined,
  id: string,
  wanted: Sealing,
): Decision<DecidedTrip, TripEvent> {
  return decided(sealing(trip, id, wanted));
}

function decided({ answer, events }: Decision<TripProgress, TripEvent>): Decision<DecidedTrip, TripEvent> {
  if (answer.kind === 'ask') throw new Error('a trip that was decided asks nobody');
  return { answer, events };
}

function sealing(
  trip: Trip | undefined,
  id: string,
  { reason, unrecorded, retriedBy }: Sealing,
): Decision<TripProgress, TripEvent> {
  if (!trip && unrecorded) {
    const recordedNow: TripEvent = { type: 'orders.trip-recorded.v1', data: unrecorded };
    return leadingTo(trip, id, [recordedNow, rejectedEvent(reason, [])]);
  }
  const known = existing(trip, id);
  if (known.status === 'PENDING') {
    return leadingTo(known, id, [rejectedEvent(reason, undosOf({ ...known, status: 'REJECTED' }))]);
  }
  if (retriedBy !== undefined && known.compensation === 'needs_attention') {
    return leadingTo(known, id, [{ type: 'orders.trip-compensation-retried.v1', data: { by: retriedBy } }]);
  }
  return unchanged(progressOf(known));
}

export interface Sealing {
  readonly reason: TripReason;
  readonly unrecorded?: RecordedTrip | undefined;
  /** The operator who has what is left run again. */
  readonly retriedBy?: string | undefined;
}

/** How the undos of a trip have ended: whose bookings are gone, whose are not, and what stopped the first. */
export interface Undone {
  readonly undone: readonly Party[];
  readonly failed: readonly Party[];
  readonly failure: string;
}

/** Says how the undos have ended: all done, or for an operator to look at. */
export function decideSettleTrip(
  trip: Trip | undefined,
  id: string,
  undone: Undone,
): Decision<DecidedTrip, TripEvent> {
  return decided(settling(trip, id, undone));
}

function settling(
  trip: Trip | undefined,
  id: string,
  { undone: parties, failed, failure }: Undone,
): Decision<TripProgress, TripEvent> {
  const known = existing(trip, id);
  if (known.compensation !== 'running') return unchanged(progressOf(known));
  const isLeft = (party: Party) => undosOf(known).some((undo) => undo.party === party);
  const gone = parties
    .filter(isLeft)
    .map((party): TripEvent => ({ type: 'orders.trip-booking-undone.v1', data: { party } }));
  const remaining = failed.filter(isLeft).map(undoNameOf);
  if (remaining.length > 0) {
    const needed: TripEvent = { type: 'orders.trip-attention-needed.v1', data: { remaining, failure } };
    return leadingTo(known, id, [...gone, needed]);
  }
  const isDone = undosOf(existing(afterwards(known, id, gone), id)).length === 0;
  const finished: TripEvent = { type: 'orders.trip-compensation-finished.v1', data: {} };
  return leadingTo(known, id, isDone ? [...gone, finished] : gone);
}

/** What an operator is told: that it was taken note of, or that there was nothing to put right. */
export type Resolved =
  | { readonly kind: 'done' }
  | { readonly kind: 'not-stuck'; readonly compensation: Trip['compensation'] };

/** An operator says that what was left has been put right by hand, and how. */
export function decideResolveTrip(
  trip: Trip | undefined,
  id: string,
  { by, note }: { readonly by: string; readonly note: string },
): Decision<Resolved, TripEvent> {
  const { compensation } = existing(trip, id);
  if (compensation !== 'needs_attention') return unchanged({ kind: 'not-stuck', compensation });
  return {
    answer: { kind: 'done' },
    events: [{ type: 'orders.trip-attention-resolved.v1', data: { by, note } }],
  };
}
