import {
  decideAgainstTrip,
  noteCancelled,
  noteReply,
  tripProgress,
} from '../../../src/domain/trip/decide-trip';
import { type Party, type PartyReply, progressOf, undosOf, type Wish } from '../../../src/domain/trip/trip';
import { booked, folded, refused, TripStory, unreachable, wish } from './trip-samples';

const BOTH = [wish('hotel'), wish('flight')];
const ALL = [...BOTH, wish('car')];
const OPTIONAL_CAR = [...BOTH, wish('car', true)];

function hearing(wishes: readonly Wish[], ...heard: readonly (readonly [Party, PartyReply])[]): TripStory {
  const story = new TripStory(wishes);
  for (const [party, reply] of heard) story.hear(party, reply);
  return story;
}

const against = (story: TripStory) =>
  story.take((trip, command) => decideAgainstTrip(trip, command, 'PROCESSING_FAILED'));
const cancelled = (story: TripStory, ...parties: readonly Party[]) =>
  story.take((trip, command) => noteCancelled(trip, command, parties));
const undone = (story: TripStory) => undosOf(story.now).map(({ party }) => party);
const types = (story: TripStory) =>
  story.events.map(({ type }) => type.replace('orders.trip-', '').replace('.v1', ''));

describe('recording a trip', () => {
  test('notes that the first party is asked, before it is', () => {
    const story = hearing(ALL);
    expect(types(story)).toEqual(['recorded', 'booking-asked']);
    expect(story.states).toEqual(['hotel ASKED', 'flight WANTED', 'car WANTED']);
    expect(progressOf(story.now)).toMatchObject({
      kind: 'ask',
      asking: { party: 'hotel', what: { traveller: 'Mary', city: 'Lisbon', nights: 3 } },
    });
  });

  test('asks in the same words, in whatever order a row gives them back', () => {
    const story = hearing([{ ...wish('flight'), what: { to: 'LIS', from: 'HAM' } }]);
    const progress = progressOf(story.now);
    expect(JSON.stringify(progress.kind === 'ask' && progress.asking.what)).toBe(
      '{"from":"HAM","to":"LIS","traveller":"Mary"}',
    );
  });

  test('is what a run that takes it up goes on from, and changes nothing', () => {
    const story = hearing(ALL, ['hotel', booked('h1')]);
    const change = story.take((trip) => tripProgress(trip, 'trp_1'));
    expect(change).toEqual({ answer: progressOf(story.now), events: [], commands: [] });
    expect(() => tripProgress(undefined, 'trp_x')).toThrow('trip trp_x was not found');
  });
});

describe('a reply', () => {
  test('has the next party asked in the same decision, and the last one books the trip', () => {
    const story = hearing(ALL, ['hotel', booked('h1')], ['flight', booked('f1')]);
    expect(story.row).toMatchObject({ decision: null, isClosed: false });
    story.hear('car', booked('c1'));
    expect(types(story).slice(-4)).toEqual([
      'booking-answered',
      'booking-asked',
      'booking-answered',
      'booked',
    ]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos: [] });
    expect(story.now.bookings.map(({ reference }) => reference)).toEqual(['h1', 'f1', 'c1']);
    expect(story.row).toMatchObject({ decision: { kind: 'booked' }, isClosed: true });
  });

  test('that refuses ends the trip; every party that was asked is told to cancel, the last first', () => {
    const story = hearing(ALL, ['hotel', booked('h1')], ['flight', booked('f1')], ['car', refused]);
    expect(progressOf(story.now)).toMatchObject({
      kind: 'rejected',
      reason: 'BOOKING_REFUSED',
      undos: [
        { party: 'car', keep: null },
        { party: 'flight', keep: null },
        { party: 'hotel', keep: null },
      ],
    });
    const decision = { kind: 'rejected', reason: 'BOOKING_REFUSED' };
    expect(story.row).toMatchObject({ decision, isClosed: false });
  });

  test('that does not come ends the trip: the party may have booked all the same', () => {
    const story = hearing(ALL, ['hotel', booked('h1')], ['flight', unreachable]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'rejected', reason: 'PARTY_UNREACHABLE' });
    expect(undone(story)).toEqual(['flight', 'hotel']);
    expect(story.states).toEqual(['hotel BOOKED', 'flight UNKNOWN', 'car WANTED']);
  });

  test('of the first party ends it too, and that party is told to cancel what it says it has not', () => {
    const story = hearing(ALL, ['hotel', refused]);
    expect(undone(story)).toEqual(['hotel']);
    cancelled(story, 'hotel');
    expect(story.states).toEqual(['hotel REFUSED', 'flight WANTED', 'car WANTED']);
    expect(story.row.isClosed).toBe(true);
  });

  test.each([
    ['refused', refused, 'REFUSED'],
    ['out of reach', unreachable, 'UNKNOWN'],
  ] as const)('about an optional car that is %s leaves the trip booked without it', (_name, reply, state) => {
    const story = hearing(OPTIONAL_CAR, ['hotel', booked('h1')], ['flight', booked('f1')], ['car', reply]);
    expect(story.now.status).toBe('BOOKED');
    expect(story.states[2]).toBe(`car ${state}`);
    expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos: [{ party: 'car', keep: null }] });
    expect(story.row).toMatchObject({ decision: { kind: 'booked' }, isClosed: false });
    cancelled(story, 'car');
    expect(story.row.isClosed).toBe(true);
  });
});

describe('a reply that nobody expected', () => {
  test('of two bookings: the trip keeps the first and the surplus goes', () => {
    const story = hearing(BOTH, ['hotel', booked('h1', 'h2')], ['flight', booked('f1')]);
    expect(progressOf(story.now)).toMatchObject({ kind: 'booked', undos: [{ party: 'hotel', keep: 'h1' }] });
    cancelled(story, 'hotel');
    expect(story.now.status).toBe('BOOKED');
    expect(story.states).toEqual(['hotel BOOKED', 'flight BOOKED']);
    expect(story.now.bookings[0]?.reference).toBe('h1');
    expect(story.row.isClosed).toBe(true);
  });

  test('of two bookings, refused elsewhere: all of it goes', () => {
    const story = hearing(BOTH, ['hotel', booked('h1', 'h2')], ['flight', refused]);
    expect(undosOf(story.now)).toContainEqual({ party: 'hotel', keep: null });
  });

  test.each<[string, Party, PartyReply]>([
    ['of a party that has replied before', 'hotel', refused],
    ['of a party that was not asked yet', 'car', booked('c1')],
  ])('%s changes nothing', (_name, party, reply) => {
    const story = hearing(ALL, ['hotel', booked('h1')]);
    const expected = { answer: progressOf(story.now), events: [], commands: [] };
    expect(noteReply(story.trip, story.row, { party, reply })).toEqual(expected);
  });

  test('after the trip was decided against is taken back all the same', () => {
    const story = hearing(ALL);
    against(story);
    const { answer, events } = story.hear('hotel', booked('h1'));
    expect(events).toEqual([]);
    expect(answer).toMatchObject({ kind: 'rejected', undos: [{ party: 'hotel', keep: null }] });
  });
});

describe('deciding against a trip', () => {
  test('takes back what was asked, answered or not, and nothing that was not', () => {
    const story = hearing(ALL, ['hotel', booked('h1')]);
    expect(against(story).answer).toMatchObject({ kind: 'rejected', reason: 'PROCESSING_FAILED' });
    expect(undone(story)).toEqual(['flight', 'hotel']);
    const decision = { kind: 'rejected', reason: 'PROCESSING_FAILED' };
    expect(story.row).toMatchObject({ decision, isClosed: false });
  });

  test.each<[string, TripStory]>([
    ['booked', hearing(BOTH, ['hotel', booked('h1')], ['flight', booked('f1')])],
    ['rejected', hearing(BOTH, ['hotel', refused])],
  ])('leaves one alone that is %s', (_name, story) => {
    const before = story.now;
    const { events, commands } = against(story);
    expect({ events, commands }).toEqual({ events: [], commands: [] });
    expect(story.now).toBe(before);
  });

  test('is a fault where nobody knows the trip', () => {
    const { row } = hearing(BOTH);
    expect(() => decideAgainstTrip(undefined, row, 'PROCESSING_FAILED')).toThrow('trip trp_1 was not found');
  });
});

describe('a cancellation that a party has confirmed', () => {
  const rejected = () => hearing(BOTH, ['hotel', booked('h1')], ['flight', unreachable]);

  test('is noted, and the last one closes the command', () => {
    const story = rejected();
    expect(cancelled(story, 'flight').answer).toMatchObject({ undos: [{ party: 'hotel', keep: null }] });
    expect(story.row.isClosed).toBe(false);
    expect(cancelled(story, 'hotel').answer).toMatchObject({ kind: 'rejected', undos: [] });
    expect(story.states).toEqual(['hotel CANCELLED', 'flight CANCELLED']);
    expect(story.row.isClosed).toBe(true);
  });

  test('is noted once', () => {
    const story = rejected();
    cancelled(story, 'flight');
    const before = story.now;
    expect(cancelled(story, 'flight').events).toEqual([]);
    expect(story.now).toBe(before);
  });

  test('is noted for all parties at once where an operator has seen to it', () => {
    const story = rejected();
    cancelled(story, 'hotel', 'flight', 'car');
    expect(undone(story)).toEqual([]);
    expect(story.row.isClosed).toBe(true);
  });

  test('is no matter of a trip that keeps everything, nor of one that is not decided', () => {
    const kept = hearing(BOTH, ['hotel', booked('h1')], ['flight', booked('f1')]);
    expect(cancelled(kept, 'hotel').events).toEqual([]);
    const pending = hearing(BOTH, ['hotel', booked('h1')]);
    expect(cancelled(pending, 'hotel')).toMatchObject({ events: [], commands: [], answer: { kind: 'ask' } });
  });
});

test('the log alone gives the trip', () => {
  const story = hearing(BOTH, ['hotel', booked('h1')], ['flight', refused]);
  cancelled(story, 'flight');
  expect(folded(JSON.parse(JSON.stringify(story.events)))).toEqual(story.now);
  expect(folded([{ type: 'orders.trip-booked.v1', data: {} }])).toBeUndefined();
});
