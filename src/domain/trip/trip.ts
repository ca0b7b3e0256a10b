import { type Decision, never, unchanged } from '../decision';
import type { Attention, Order } from '../order/order';

export const TRIP_STATUSES = ['PENDING', 'BOOKED', 'REJECTED'] as const;
export const BOOKING_STATES = ['WANTED', 'ASKED', 'BOOKED', 'REFUSED', 'UNKNOWN', 'CANCELLED'] as const;
/** Why a trip was not booked; which of its bookings it was, and that party's own word, stand with the booking. */
export const TRIP_REASONS = [
  'BOOKING_REFUSED',
  'CANCELLED',
  'IDEMPOTENCY_KEY_REUSED',
  'PARTY_UNREACHABLE',
  'PROCESSING_FAILED',
  'RECLAIMED',
] as const;
/** In the order they are asked: what is scarce and hard to replace comes first, what may be left out comes last. */
export const PARTIES = ['hotel', 'flight', 'car'] as const;

export type TripReason = (typeof TRIP_REASONS)[number];
export type Party = (typeof PARTIES)[number];

/** What a traveller wants of one party. */
export interface Wish {
  readonly party: Party;
  /** In the party's own terms: city and nights, from and to, days. */
  readonly what: Readonly<Record<string, string | number>>;
  /** The trip is booked without it where it cannot be had. */
  readonly isOptional: boolean;
}

export interface Booking extends Wish {
  /** ASKED and UNKNOWN: the party may have booked it, or may do so yet. */
  readonly state: (typeof BOOKING_STATES)[number];
  /** The party's own name for it. */
  readonly reference: string | null;
  /** The party's own word for a refusal. */
  readonly reason: string | null;
  /** The party has booked it more than once. */
  readonly hasSurplus: boolean;
}

export interface Trip {
  readonly id: string;
  readonly caller: string;
  readonly traveller: string;
  readonly status: (typeof TRIP_STATUSES)[number];
  readonly reason: TripReason | null;
  readonly bookings: readonly Booking[];
  readonly compensation: Order['compensation'];
  readonly attention: Attention | null;
  readonly sagaId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type RecordedTrip = Pick<Trip, 'caller' | 'traveller' | 'sagaId'> & {
  readonly wishes: readonly Wish[];
};

/** What a party had to say in the end. Out of reach: it may have booked all the same, or book later. */
export type PartyWord =
  | { readonly kind: 'booked'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'out-of-reach' };

type Begun = 'none' | 'running';

export type TripEvent =
  | { readonly type: 'orders.trip-recorded.v1'; readonly data: RecordedTrip }
  /** Logged before the call: from here on there may be something to undo. */
  | { readonly type: 'orders.trip-booking-asked.v1'; readonly data: { readonly party: Party } }
  | {
      readonly type: 'orders.trip-booking-answered.v1';
      readonly data: { readonly party: Party; readonly word: PartyWord };
    }
  | { readonly type: 'orders.trip-booked.v1'; readonly data: { readonly compensation: Begun } }
  | {
      readonly type: 'orders.trip-rejected.v1';
      readonly data: { readonly reason: TripReason; readonly compensation: Begun };
    }
  /** A booking that is not needed is cancelled, or what a party had booked more than once. */
  | { readonly type: 'orders.trip-booking-undone.v1'; readonly data: { readonly party: Party } }
  | { readonly type: 'orders.trip-compensation-finished.v1'; readonly data: Record<string, never> }
  | { readonly type: 'orders.trip-attention-needed.v1'; readonly data: Attention }
  | { readonly type: 'orders.trip-compensation-retried.v1'; readonly data: { readonly by: string } }
  | {
      readonly type: 'orders.trip-attention-resolved.v1';
      readonly data: { readonly by: string; readonly note: string };
    };

/** A trip after an event that happened at `at` (RFC 3339); undefined before it was recorded. */
export function evolveTrip(
  trip: Trip | undefined,
  id: string,
  event: TripEvent,
  at: string,
): Trip | undefined {
  if (event.type === 'orders.trip-recorded.v1') return recorded(id, event.data, at);
  return trip && { ...trip, ...changesOf(trip, event), updatedAt: at };
}

function recorded(id: string, { wishes, ...data }: RecordedTrip, at: string): Trip {
  return {
    id,
    ...data,
    status: 'PENDING',
    reason: null,
    bookings: wishes.map((wish) => ({
      ...wish,
      state: 'WANTED',
      reference: null,
      reason: null,
      hasSurplus: false,
    })),
    compensation: 'none',
    attention: null,
    createdAt: at,
    updatedAt: at,
  };
}

function changesOf(
  trip: Trip,
  event: Exclude<TripEvent, { type: 'orders.trip-recorded.v1' }>,
): Partial<Trip> {
  switch (event.type) {
    case 'orders.trip-booking-asked.v1':
      return withBooking(trip, event.data.party, (booking) => ({ ...booking, state: 'ASKED' }));
    case 'orders.trip-booking-answered.v1':
      return withBooking(trip, event.data.party, (booking) => answered(booking, event.data.word));
    case 'orders.trip-booked.v1':
      return { status: 'BOOKED', ...event.data };
    case 'orders.trip-rejected.v1':
      return { status: 'REJECTED', ...event.data };
    case 'orders.trip-booking-undone.v1':
      return withBooking(trip, event.data.party, (booking) => undone(trip, booking));
    case 'orders.trip-compensation-finished.v1':
      return { compensation: 'done', attention: null };
    case 'orders.trip-attention-needed.v1':
      return { compensation: 'needs_attention', attention: event.data };
    case 'orders.trip-compensation-retried.v1':
      return { compensation: 'running' };
    case 'orders.trip-attention-resolved.v1':
      return {
        compensation: 'done',
        attention: null,
        bookings: trip.bookings.map((booking) => (mustGo(trip, booking) ? undone(trip, booking) : booking)),
      };
    default:
      return never(event);
  }
}

function withBooking(
  { bookings }: Trip,
  party: Party,
  change: (booking: Booking) => Booking,
): Pick<Trip, 'bookings'> {
  return { bookings: bookings.map((booking) => (booking.party === party ? change(booking) : booking)) };
}

function answered(booking: Booking, word: PartyWord): Booking {
  switch (word.kind) {
    case 'booked': {
      const [reference = null, ...surplus] = word.references;
      return { ...booking, state: 'BOOKED', reference, hasSurplus: surplus.length > 0 };
    }
    case 'refused':
      return { ...booking, state: 'REFUSED', reason: word.reason };
    case 'out-of-reach':
      return { ...booking, state: 'UNKNOWN' };
    default:
      return never(word);
  }
}

function undone(trip: Trip, booking: Booking): Booking {
  return { ...booking, hasSurplus: false, state: isNeeded(trip, booking) ? 'BOOKED' : 'CANCELLED' };
}

/** A trip that is booked keeps what was booked for it. */
function isNeeded({ status }: Pick<Trip, 'status'>, { state }: Booking): boolean {
  return status === 'BOOKED' && state === 'BOOKED';
}

/** Whether a party may have something under a trip's key that the trip, as it was decided, has no use for. */
function mustGo(trip: Pick<Trip, 'status'>, booking: Booking): boolean {
  if (isNeeded(trip, booking)) return booking.hasSurplus;
  return booking.state === 'ASKED' || booking.state === 'BOOKED' || booking.state === 'UNKNOWN';
}

/** A booking to take back; of one that is kept, only what there is beside `keep`. */
export interface BookingUndo {
  readonly party: Party;
  readonly keep: string | null;
}

/** What a decided trip has to give back: the last thing asked for goes first. */
export function undosOf(trip: Pick<Trip, 'status' | 'bookings'>): readonly BookingUndo[] {
  if (trip.status === 'PENDING') return [];
  return trip.bookings
    .filter((booking) => mustGo(trip, booking))
    .map((booking) => ({ party: booking.party, keep: isNeeded(trip, booking) ? booking.reference : null }))
    .reverse();
}

/** The name that a booking stands for at its party: one a trip, whoever asks and however often. */
export function bookingKeyOf(tripId: string, party: Party): string {
  return `${tripId}/${party}`;
}

interface Shown {
  readonly bookings: readonly Pick<Booking, 'party' | 'state' | 'reference' | 'reason'>[];
}

interface Asking extends Shown {
  readonly kind: 'ask';
  readonly asking: Pick<Wish, 'party' | 'what'>;
}

/** A trip that has been decided, and what of it is still to be undone. */
export type DecidedTrip = Shown & { readonly undos: readonly BookingUndo[] } & (
    | { readonly kind: 'booked' }
    | { readonly kind: 'rejected'; readonly reason: TripReason }
  );

/** How far a trip is, and what is to be done next. */
export type TripProgress = Asking | DecidedTrip;

/** What a saga has to do next for a trip, told from nothing but how the trip stands. */
export function progressOf(trip: Trip): TripProgress {
  const bookings = trip.bookings.map(({ party, state, reference, reason }) => ({
    party,
    state,
    reference,
    reason,
  }));
  const undos = trip.compensation === 'running' ? undosOf(trip) : [];
  switch (trip.status) {
    case 'PENDING': {
      const asked = trip.bookings.find(({ state }) => state === 'ASKED');
      if (!asked) throw new Error(`trip ${trip.id} is pending and asks nobody`);
      const { party, what } = asked;
      return {
        kind: 'ask',
        asking: { party, what: inOrder({ traveller: trip.traveller, ...what }) },
        bookings,
      };
    }
    case 'BOOKED':
      return { kind: 'booked', undos, bookings };
    case 'REJECTED':
      return { kind: 'rejected', reason: trip.reason ?? 'PROCESSING_FAILED', undos, bookings };
    default:
      return never(trip.status);
  }
}

/**
 * A row gives an object's fields back in an order of its own; whoever asks a second time must say the same, or a party
 * may take it for another wish under the same key.
 */
function inOrder(what: Wish['what']): Wish['what'] {
  return Object.fromEntries(Object.entries(what).sort(([a], [b]) => (a < b ? -1 : 1)));
}

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
 * for another body is recorded as refused, so that its 202 has an outcome.
 */
export function decideRecordTrip(
  trip: Trip | undefined,
  id: string,
  wanted: RecordedTrip,
  claimedByOther: boolean,
): Decision<TripProgress, TripEvent> {
  if (trip) return unchanged(progressOf(trip));
  const recordedNow: TripEvent = { type: 'orders.trip-recorded.v1', data: wanted };
  const next = claimedByOther
    ? rejectedEvent('IDEMPOTENCY_KEY_REUSED', [])
    : nextAsked(recordedAs(id, wanted));
  return leadingTo(undefined, id, [recordedNow, ...(next ? [next] : [])]);
}

function recordedAs(id: string, wanted: RecordedTrip): Trip {
  return recorded(id, wanted, '');
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

/** What an undo is called before an operator. */
export function undoNameOf(party: Party): string {
  switch (party) {
    case 'hotel':
      return 'cancelHotel';
    case 'flight':
      return 'cancelFlight';
    case 'car':
      return 'cancelCar';
    default:
      return never(party);
  }
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
