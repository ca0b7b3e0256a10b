import fc from 'fast-check';
import {
  decideAnswer,
  decideRecordTrip,
  decideResolveTrip,
  decideSealTrip,
  decideSettleTrip,
} from '../../src/domain/trip/decide-trip';
import {
  PARTIES,
  type Party,
  type PartyWord,
  progressOf,
  type Trip,
  undosOf,
  type Wish,
} from '../../src/domain/trip/trip';
import { folded, parties, TripStory, wanted, wishes, words } from './trip-samples';

const RUNS = { numRuns: 400 };

type Move =
  | { readonly do: 'record' }
  | { readonly do: 'answer'; readonly party: Party; readonly word: PartyWord }
  | { readonly do: 'hear'; readonly word: PartyWord }
  | { readonly do: 'seal' }
  | { readonly do: 'retry' }
  | { readonly do: 'settle'; readonly isFailing: readonly boolean[] }
  | { readonly do: 'settle-anything'; readonly undone: readonly Party[]; readonly failed: readonly Party[] }
  | { readonly do: 'resolve' };

const some = fc.uniqueArray(parties, { maxLength: PARTIES.length });
const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('hear' as const), word: words }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), party: parties, word: words }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('record', 'seal', 'retry', 'resolve') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      isFailing: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('settle-anything' as const), undone: some, failed: some }),
  },
);
const stories = fc.record({
  wishes,
  moves: fc.array(moves, { maxLength: 14 }),
});

function play({ wishes: wanting, moves: made }: { wishes: readonly Wish[]; moves: readonly Move[] }) {
  const story = new TripStory();
  story.take((trip, id) => decideRecordTrip(trip, id, wanted(...wanting), false));
  const states: Trip[] = [story.now];
  for (const move of made) {
    take(story, move, wanting);
    states.push(story.now);
  }
  return { story, states };
}

function take(story: TripStory, move: Move, wanting: readonly Wish[]): void {
  switch (move.do) {
    case 'record':
      story.take((trip, id) => decideRecordTrip(trip, id, wanted(...wanting), false));
      return;
    case 'answer':
      story.take((trip, id) => decideAnswer(trip, id, move));
      return;
    case 'hear': {
      const progress = progressOf(story.now);
      if (progress.kind !== 'ask') return;
      const { party } = progress.asking;
      story.take((trip, id) => decideAnswer(trip, id, { party, word: move.word }));
      return;
    }
    case 'seal':
      story.take((trip, id) => decideSealTrip(trip, id, { reason: 'RECLAIMED' }));
      return;
    case 'retry':
      if (story.now.status === 'PENDING') return;
      story.take((trip, id) => decideSealTrip(trip, id, { reason: 'RECLAIMED', retriedBy: 'olga' }));
      return;
    case 'settle': {
      if (story.now.status === 'PENDING') return;
      const due = undosOf(story.now).map(({ party }) => party);
      const failed = due.filter((_, index) => move.isFailing[index]);
      const undone = due.filter((party) => !failed.includes(party));
      story.take((trip, id) => decideSettleTrip(trip, id, { undone, failed, failure: 'down' }));
      return;
    }
    case 'settle-anything': {
      if (story.now.status === 'PENDING') return;
      const failed = move.failed.filter((party) => !move.undone.includes(party));
      story.take((trip, id) => decideSettleTrip(trip, id, { undone: move.undone, failed, failure: 'down' }));
      return;
    }
    case 'resolve':
      story.take((trip, id) => decideResolveTrip(trip, id, { by: 'olga', note: 'by hand' }));
  }
}

const played = stories.map(({ wishes: wanting, moves: made }) => play({ wishes: wanting, moves: made }));

test('a trip is booked with everything that it cannot do without, or with nothing', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const { status, bookings, compensation } of states) {
        const required = bookings.filter(({ isOptional }) => !isOptional);
        if (status === 'BOOKED')
          expect(required.every(({ state, reference }) => state === 'BOOKED' && reference !== null)).toBe(
            true,
          );
        if (status === 'REJECTED' && (compensation === 'none' || compensation === 'done'))
          expect(bookings.filter(({ state }) => ['ASKED', 'BOOKED', 'UNKNOWN'].includes(state))).toEqual([]);
      }
    }),
    RUNS,
  );
});

test('nothing is left anywhere once the compensation is over, and nobody says so before', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const trip of states) {
        const isOver = trip.compensation === 'none' || trip.compensation === 'done';
        expect(undosOf(trip).length > 0).toBe(trip.status !== 'PENDING' && !isOver);
        expect(trip.attention !== null && !isOver).toBe(trip.attention !== null);
      }
    }),
    RUNS,
  );
});

test('one party at a time is asked, in order, and taken back in reverse', () => {
  fc.assert(
    fc.property(played, ({ states }) => {
      for (const trip of states) {
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
      const first = states.find(({ status }) => status !== 'PENDING');
      const last = states.at(-1);
      if (!first || !last) return;
      expect([last.status, last.reason]).toEqual([first.status, first.reason]);
      if (first.status === 'BOOKED') expect(kept(last)).toEqual(kept(first));
    }),
    RUNS,
  );
});

test('every decision taken a second time changes nothing and says the same', () => {
  fc.assert(
    fc.property(stories, moves, ({ wishes: wanting, moves: made }, move) => {
      const { story } = play({ wishes: wanting, moves: made });
      // Hearing is of whoever is asked by then: as a command it names its party.
      const progress = progressOf(story.now);
      const command: Move =
        move.do === 'hear' && progress.kind === 'ask'
          ? { do: 'answer', party: progress.asking.party, word: move.word }
          : move;
      if (command.do === 'settle' || command.do === 'hear') return;
      take(story, command, wanting);
      const [trip, length] = [story.now, story.events.length];
      take(story, command, wanting);
      expect(story.now).toEqual(trip);
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
