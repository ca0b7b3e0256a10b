import fc from 'fast-check';
import {
  decideAgainstTrip,
  noteCancelled,
  noteReply,
  tripProgress,
} from '../../../src/domain/trip/decide-trip';
import {
  PARTIES,
  type Party,
  type PartyReply,
  progressOf,
  type Trip,
  undosOf,
  type Wish,
} from '../../../src/domain/trip/trip';
import { folded, ID, parties, replies, TripStory, wishes } from './trip-samples';

const RUNS = { numRuns: 400 };

type Move =
  /** A run resumes the trip. */
  | { readonly do: 'resume' }
  /** A late run's reply of any party, asked or not. */
  | { readonly do: 'reply'; readonly party: Party; readonly reply: PartyReply }
  /** A reply of the party that is asked. */
  | { readonly do: 'hear'; readonly reply: PartyReply }
  | { readonly do: 'against' }
  /** Parties confirm cancellations, requested or not. */
  | { readonly do: 'cancelled'; readonly parties: readonly Party[] };

const some = fc.uniqueArray(parties, { maxLength: PARTIES.length });
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('hear' as const), reply: replies }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reply' as const), party: parties, reply: replies }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('resume' as const, 'against' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancelled' as const), parties: some }) },
);
const stories = fc.record({ wishes, moves: fc.array(moves, { maxLength: 14 }) });

interface State {
  readonly trip: Trip;
  readonly row: TripStory['row'];
}

function play({ wishes: wanting, moves: made }: { wishes: readonly Wish[]; moves: readonly Move[] }) {
  const story = new TripStory(wanting);
  const states: State[] = [{ trip: story.now, row: story.row }];
  for (const move of made) {
    take(story, move);
    states.push({ trip: story.now, row: story.row });
  }
  return { story, states };
}

function take(story: TripStory, move: Move) {
  switch (move.do) {
    case 'resume':
      return story.take((trip) => tripProgress(trip, ID));
    case 'reply':
      return story.take((trip, command) => noteReply(trip, command, move));
    case 'hear': {
      const progress = progressOf(story.now);
      return progress.kind === 'ask' ? story.hear(progress.asking.party, move.reply) : undefined;
    }
    case 'against':
      return story.take((trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED'));
    case 'cancelled':
      return story.take((trip, command) => noteCancelled(trip, command, move.parties));
  }
}

const played = stories.map(play);

test('a booked trip has all that is required of it, and a rejected one that is closed has nothing left', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const { trip, row } of states) {
        const required = trip.bookings.filter(({ isOptional }) => !isOptional);
        const has = required.map(({ state, reference }) => state === 'BOOKED' && reference !== null);
        if (trip.status === 'BOOKED') expect(has).not.toContain(false);
        const mayBeThere = trip.bookings.filter(({ state }) =>
          ['ASKED', 'BOOKED', 'UNKNOWN'].includes(state),
        );
        if (trip.status === 'REJECTED' && row.isClosed) expect(mayBeThere).toEqual([]);
      }
    }),
    RUNS,
  );
});

test('the row says what the trip says: decided with it, and closed as soon as nothing is left to cancel', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const { trip, row } of states) {
        const { status, reason } = trip;
        if (status === 'PENDING') expect(row).toMatchObject({ decision: null, isClosed: false });
        else {
          const decision = status === 'BOOKED' ? { kind: 'booked' } : { kind: 'rejected', reason };
          expect(row).toMatchObject({ decision, isClosed: undosOf(trip).length === 0 });
        }
      }
    }),
    RUNS,
  );
});

test('every party that was asked and is no part of the decided trip is told to cancel, or has been', () => {
  fc.assert(
    fc.property(played, ({ story: { now: trip } }) => {
      const left = undosOf(trip).map(({ party }) => party);
      for (const { party, state, isUndone } of trip.bookings) {
        const isPart = trip.status === 'BOOKED' && state === 'BOOKED';
        if (trip.status === 'PENDING' || state === 'WANTED' || isPart) continue;
        expect(left.includes(party)).toBe(!isUndone);
      }
    }),
    RUNS,
  );
});

test('one party at a time is asked, in order, and taken back in reverse', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const { trip } of states) {
        const asked = trip.bookings.filter(({ state }) => state === 'ASKED');
        if (trip.status === 'PENDING') expect(asked).toHaveLength(1);
        const firstWanted = trip.bookings.findIndex(({ state }) => state === 'WANTED');
        if (firstWanted !== -1)
          expect(trip.bookings.slice(firstWanted).every(({ state }) => state === 'WANTED')).toBe(true);
        const places = undosOf(trip).map(({ party }) => PARTIES.indexOf(party));
        expect(places).toEqual([...places].sort((a, b) => b - a));
      }
    }),
    RUNS,
  );
});

test('a decision is final: what is booked stays booked with the same references, what is refused stays refused', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      const kept = ({ bookings }: Trip) =>
        bookings
          .filter(({ state }) => state === 'BOOKED')
          .map(({ party, reference }) => `${party} ${reference}`);
      const first = states.find(({ trip }) => trip.status !== 'PENDING')?.trip;
      const last = states.at(-1)?.trip;
      if (!first || !last) return;
      expect([last.status, last.reason]).toEqual([first.status, first.reason]);
      if (first.status === 'BOOKED') expect(kept(last)).toEqual(kept(first));
    }),
    RUNS,
  );
});

test('every decision taken a second time changes nothing and says the same', () => {
  fc.assert(
    fc.property(stories, moves, (made, move) => {
      const { story } = play(made);
      // `hear`: the reply of the party that is asked at that moment. Like a late run's reply, it names its party.
      const progress = progressOf(story.now);
      if (move.do === 'hear' && progress.kind !== 'ask') return;
      const command: Move =
        move.do === 'hear' && progress.kind === 'ask'
          ? { do: 'reply', party: progress.asking.party, reply: move.reply }
          : move;
      const first = take(story, command);
      const { now: trip, row } = story;
      const { length } = story.events;
      expect(take(story, command)?.answer).toEqual(first?.answer);
      expect(story.now).toEqual(trip);
      expect(story.row).toEqual(row);
      expect(story.events).toHaveLength(length);
    }),
    RUNS,
  );
});

test('folding the log, as it comes back from a database, gives the trip', () => {
  fc.assert(
    fc.property(played, ({ story }) => {
      expect(folded(JSON.parse(JSON.stringify(story.events)))).toEqual(story.now);
    }),
    RUNS,
  );
});
