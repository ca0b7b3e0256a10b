import {
  decideAnswer,
  decideRecordTrip,
  decideResolveTrip,
  decideSettleTrip,
} from '../../src/domain/trip/decide-trip';
import type { Party, PartyWord } from '../../src/domain/trip/trip';
import { stepsOfTrip } from '../../src/domain/trip/trip-steps';
import { booked, outOfReach, refused, TripStory, wanted, wish } from './trip-samples';

function told(...heard: readonly (readonly [Party, PartyWord])[]): TripStory {
  const story = new TripStory();
  const wishes = [wish('hotel'), wish('flight'), wish('car', true)];
  story.take((trip, id) => decideRecordTrip(trip, id, wanted(...wishes), false));
  for (const [party, word] of heard) story.take((trip, id) => decideAnswer(trip, id, { party, word }));
  return story;
}

const hotel = ['hotel', booked('h1')] as const;
const flight = ['flight', booked('f1')] as const;
const steps = (story: TripStory) => stepsOfTrip(story.now);

test('bookings are done one after the other', () => {
  expect(steps(told())).toEqual({ done: [], remaining: ['bookHotel', 'bookFlight', 'bookCar'], undone: [] });
  expect(steps(told(hotel))).toEqual({
    done: ['bookHotel'],
    remaining: ['bookFlight', 'bookCar'],
    undone: [],
  });
  expect(steps(told(hotel, flight, ['car', booked('c1')]))).toEqual({
    done: ['bookHotel', 'bookFlight', 'bookCar'],
    remaining: [],
    undone: [],
  });
});

test('a refused trip takes back what was booked, and what may have been', () => {
  const story = told(hotel, ['flight', outOfReach]);
  expect(steps(story)).toEqual({
    done: ['bookHotel'],
    remaining: ['cancelFlight', 'cancelHotel'],
    undone: [],
  });
  const undone = { undone: ['hotel'] as const, failed: ['flight'] as const, failure: 'flight: down' };
  story.take((trip, id) => decideSettleTrip(trip, id, undone));
  expect(story.now.compensation).toBe('needs_attention');
  expect(steps(story)).toEqual({
    done: ['bookHotel'],
    remaining: ['cancelFlight'],
    undone: ['cancelHotel'],
  });
  story.take((trip, id) => decideResolveTrip(trip, id, { by: 'ann', note: 'telephoned' }));
  expect(steps(story)).toEqual({
    done: ['bookHotel'],
    remaining: [],
    undone: ['cancelFlight', 'cancelHotel'],
  });
});

test('a booked trip gives back only what a party did twice, and a refusal leaves nothing', () => {
  const twice = told(hotel, ['flight', booked('f1', 'f2')], ['car', refused]);
  expect(steps(twice)).toEqual({
    done: ['bookHotel', 'bookFlight'],
    remaining: ['cancelFlight'],
    undone: [],
  });
  expect(steps(told(['hotel', refused]))).toEqual({ done: [], remaining: [], undone: [] });
});
