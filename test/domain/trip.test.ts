import {
  decideAnswer,
  decideRecordTrip,
  decideResolveTrip,
  decideSealTrip,
  decideSettleTrip,
} from '../../src/domain/trip/decide-trip';
import { type Party, type PartyWord, progressOf, undosOf, type Wish } from '../../src/domain/trip/trip';
import { booked, folded, outOfReach, refused, TripStory, wanted, wish } from './trip-samples';

const BOTH = [wish('hotel'), wish('flight')];
const ALL = [...BOTH, wish('car')];
const OPTIONAL_CAR = [...BOTH, wish('car', true)];

function begun(wishes: readonly Wish[] = ALL): TripStory {
  const story = new TripStory();
  story.take((trip, id) => decideRecordTrip(trip, id, wanted(...wishes), false));
  return story;
}

function hearing(story: TripStory, ...heard: readonly (readonly [Party, PartyWord])[]): TripStory {
  for (const [party, word] of heard) story.take((trip, id) => decideAnswer(trip, id, { party, word }));
  return story;
}

const types = (story: TripStory) =>
  story.events.map(({ type }) => type.replace('orders.trip-', '').replace('.v1', ''));

describe('recording a trip', () => {
  test('asks the first party in the same breath', () => {
    const story = begun();
    expect(types(story)).toEqual(['recorded', 'booking-asked']);
    expect(story.states).toEqual(['hotel ASKED', 'flight WANTED', 'car WANTED']);
    expect(progressOf(story.now)).toMatchObject({
      kind: 'ask',
      asking: { party: 'hotel', what: { traveller: 'Mary', city: 'Lisbon', nights: 3 } },
    });
  });

  test('asks in the same words, in whatever order a row gives them back', () => {
    const story = begun([{ ...wish('flight'), what: { to: 'LIS', from: 'HAM' } }]);
    const progress = progressOf(story.now);
    expect(JSON.stringify(progress.kind === 'ask' && progress.asking.what)).toBe(
      '{"from":"HAM","to":"LIS","traveller":"Mary"}',
    );
  });

  test('again changes nothing, however far the trip is', () => {
    const story = hearing(begun(), ['hotel', booked('h1')]);
    const again = story.take((trip, id) => decideRecordTrip(trip, id, wanted(...ALL), false));
    expect(again).toEqual({ answer: progressOf(story.now), events: [] });
  });

  test('under a key that stands for another body gives the trip its refusal, and asks nobody', () => {
    const story = new TripStory();
    const byHand = decideRecordTrip(undefined, 'trp_1', wanted(...ALL), true, true);
    expect(byHand.answer).toMatchObject({ kind: 'rejected', reason: 'PROCESSING_FAILED', undos: [] });
    const { answer } = story.take((trip, id) => decideRecordTrip(trip, id, wanted(...ALL), true));
    expect(answer).toMatchObject({ kind: 'rejected', reason: 'IDEMPOTENCY_KEY_REUSED', undos: [] });
    expect(story.now.compensation).toBe('none');
  });
});

describe('what a party says', () => {
  test('has the next one asked, and the last one books the trip', () => {
    const story = hearing(begun(), ['hotel', booked('h1')], ['flight', booked('f1')], ['car', booked('c1')]);
    expect(types(story)).toEqual([
      'recorded',
      'booking-asked',
      'booking-answered',
      'booking-asked',
      'booking-answered',
      'booking-asked',
      'booking-answered',
      'booked',
    ]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos: [] });
    expect(story.now.bookings.map(({ reference }) => reference)).toEqual(['h1', 'f1', 'c1']);
  });

  test('refusing ends the trip, and what was booked goes, the last first', () => {
    const story = hearing(begun(), ['hotel', booked('h1')], ['flight', booked('f1')], ['car', refused]);
    expect(progressOf(story.now)).toMatchObject({
      kind: 'rejected',
      reason: 'BOOKING_REFUSED',
      undos: [
        { party: 'flight', keep: null },
        { party: 'hotel', keep: null },
      ],
    });
  });

  test('nothing, out of reach, ends the trip, and its own booking goes too: it may be there', () => {
    const story = hearing(begun(), ['hotel', booked('h1')], ['flight', outOfReach]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'rejected', reason: 'PARTY_UNREACHABLE' });
    expect(undosOf(story.now).map(({ party }) => party)).toEqual(['flight', 'hotel']);
    expect(story.states).toEqual(['hotel BOOKED', 'flight UNKNOWN', 'car WANTED']);
  });

  test('refusing at the first party leaves nothing to undo', () => {
    const story = hearing(begun(), ['hotel', refused]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'rejected', undos: [] });
    expect(story.now.compensation).toBe('none');
  });

  test.each([
    ['refused', refused, 'REFUSED', 'none', []],
    ['out of reach', outOfReach, 'UNKNOWN', 'running', [{ party: 'car', keep: null }]],
  ] as const)(
    'an optional car that is %s leaves the trip booked without it',
    (_, word, state, compensation, undos) => {
      const story = hearing(
        begun(OPTIONAL_CAR),
        ['hotel', booked('h1')],
        ['flight', booked('f1')],
        ['car', word],
      );
      expect(story.now).toMatchObject({ status: 'BOOKED', compensation });
      expect(story.states[2]).toBe(`car ${state}`);
      expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos });
    },
  );
});

describe('what a party says that nobody expected', () => {
  test('twice over: the trip keeps one and the surplus goes', () => {
    const story = hearing(begun(BOTH), ['hotel', booked('h1', 'h2')], ['flight', booked('f1')]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos: [{ party: 'hotel', keep: 'h1' }] });
    story.take((trip, id) => decideSettleTrip(trip, id, { undone: ['hotel'], failed: [], failure: '' }));
    expect(story.now).toMatchObject({ status: 'BOOKED', compensation: 'done' });
    expect(story.states).toEqual(['hotel BOOKED', 'flight BOOKED']);
    expect(story.now.bookings[0]?.reference).toBe('h1');
  });

  test('twice over and then refused elsewhere: all of it goes', () => {
    const story = hearing(begun(BOTH), ['hotel', booked('h1', 'h2')], ['flight', refused]);
    expect(undosOf(story.now)).toEqual([{ party: 'hotel', keep: null }]);
  });

  test('to a question that nobody waits for an answer to changes nothing', () => {
    const story = hearing(begun(), ['hotel', booked('h1')]);
    for (const party of ['hotel', 'car'] as const) {
      const late = story.take((trip, id) => decideAnswer(trip, id, { party, word: refused }));
      expect(late).toEqual({ answer: progressOf(story.now), events: [] });
    }
  });

  test('after the trip was ended from outside: what it says is taken back all the same', () => {
    const story = begun();
    story.take((trip, id) => decideSealTrip(trip, id, { reason: 'RECLAIMED' }));
    const { answer, events } = story.take((trip, id) =>
      decideAnswer(trip, id, { party: 'hotel', word: booked('h1') }),
    );
    expect(events).toEqual([]);
    expect(answer).toMatchObject({ kind: 'rejected', undos: [{ party: 'hotel', keep: null }] });
  });
});

describe('ending a trip that does not go on', () => {
  test('undoes what was asked, answered or not, and nothing that was not', () => {
    const story = hearing(begun(), ['hotel', booked('h1')]);
    const { answer } = story.take((trip, id) => decideSealTrip(trip, id, { reason: 'CANCELLED' }));
    expect(answer).toMatchObject({ kind: 'rejected', reason: 'CANCELLED' });
    expect(undosOf(story.now).map(({ party }) => party)).toEqual(['flight', 'hotel']);
  });

  test('finds one that is booked, and leaves it alone', () => {
    const story = hearing(begun(BOTH), ['hotel', booked('h1')], ['flight', booked('f1')]);
    const { answer, events } = story.take((trip, id) => decideSealTrip(trip, id, { reason: 'RECLAIMED' }));
    expect([events, answer.kind, answer.undos]).toEqual([[], 'booked', []]);
  });

  test('records one that never was, so that its 202 has an outcome', () => {
    const story = new TripStory();
    const sealing = { reason: 'PROCESSING_FAILED', unrecorded: wanted(...ALL) } as const;
    story.take((trip, id) => decideSealTrip(trip, id, sealing));
    expect(story.now).toMatchObject({ status: 'REJECTED', compensation: 'none' });
    expect(story.states).toEqual(['hotel WANTED', 'flight WANTED', 'car WANTED']);
  });

  test('is a fault where nobody knows the trip', () => {
    expect(() => decideSealTrip(undefined, 'trp_x', { reason: 'RECLAIMED' })).toThrow(
      'there is no trip trp_x',
    );
  });
});

describe('what cannot be undone', () => {
  const stuck = () => {
    const story = hearing(begun(BOTH), ['hotel', booked('h1')], ['flight', outOfReach]);
    story.take((trip, id) =>
      decideSettleTrip(trip, id, { undone: ['hotel'], failed: ['flight'], failure: 'flight: down' }),
    );
    return story;
  };

  test('waits for an operator, and what was undone stays undone', () => {
    const story = stuck();
    expect(story.now).toMatchObject({
      status: 'REJECTED',
      compensation: 'needs_attention',
      attention: { remaining: ['cancelFlight'], failure: 'flight: down' },
    });
    expect(story.states).toEqual(['hotel CANCELLED', 'flight UNKNOWN']);
    expect(progressOf(story.now)).toMatchObject({ undos: [] });
  });

  test('is run again when an operator says so, and only what is left', () => {
    const story = stuck();
    const sealing = { reason: 'RECLAIMED', retriedBy: 'olga' } as const;
    const { answer } = story.take((trip, id) => decideSealTrip(trip, id, sealing));
    expect(answer).toMatchObject({ reason: 'PARTY_UNREACHABLE', undos: [{ party: 'flight', keep: null }] });
    story.take((trip, id) => decideSettleTrip(trip, id, { undone: ['flight'], failed: [], failure: '' }));
    expect(story.now).toMatchObject({ compensation: 'done', attention: null });
    expect(story.states).toEqual(['hotel CANCELLED', 'flight CANCELLED']);
  });

  test('is put right by hand, and the note says how', () => {
    const story = stuck();
    const saying = { by: 'olga', note: 'called them' };
    expect(story.take((trip, id) => decideResolveTrip(trip, id, saying)).answer).toEqual({ kind: 'done' });
    expect(story.now).toMatchObject({ compensation: 'done', attention: null });
    expect(undosOf(story.now)).toEqual([]);
    const again = story.take((trip, id) => decideResolveTrip(trip, id, saying));
    expect(again).toEqual({ answer: { kind: 'not-stuck', compensation: 'done' }, events: [] });
  });

  test('is no matter of a trip that keeps everything, nor of one that is not decided', () => {
    const settlement = { undone: ['hotel' as const], failed: [], failure: '' };
    const story = hearing(begun(BOTH), ['hotel', booked('h1')], ['flight', booked('f1')]);
    expect(story.take((trip, id) => decideSettleTrip(trip, id, settlement)).events).toEqual([]);
    expect(() => begun().take((trip, id) => decideSettleTrip(trip, id, settlement))).toThrow('asks nobody');
  });

  test('a settlement that forgets a booking does not finish the compensation', () => {
    const story = hearing(begun(BOTH), ['hotel', booked('h1')], ['flight', outOfReach]);
    story.take((trip, id) => decideSettleTrip(trip, id, { undone: ['hotel'], failed: [], failure: '' }));
    expect(story.now.compensation).toBe('running');
    expect(undosOf(story.now)).toEqual([{ party: 'flight', keep: null }]);
  });
});

test('the log alone gives the trip', () => {
  const story = hearing(begun(), ['hotel', booked('h1')], ['flight', refused]);
  expect(folded(JSON.parse(JSON.stringify(story.events)))).toEqual(story.now);
  expect(folded([{ type: 'orders.trip-compensation-finished.v1', data: {} }])).toBeUndefined();
});
