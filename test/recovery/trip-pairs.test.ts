import { PLAYED } from './support/drawn';
import { type Matrix, openMatrix } from './support/matrix';
import { everyTripPairOf, type PartyWords, type TripScenario } from './support/trip-pairs';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

const ALL: PartyWords = { hotel: 'confirms', flight: 'confirms', car: 'confirms' };
const EITHER = ['booked', 'rejected'];

const TRIPS: readonly TripScenario[] = [
  { name: 'that everybody confirms', words: [ALL, ALL], decisions: ['booked'] },
  {
    name: 'whose flight is refused',
    words: [
      { ...ALL, flight: 'refuses' },
      { ...ALL, flight: 'refuses' },
    ],
    decisions: ['rejected'],
  },
  { name: 'whose hotel refuses one run', words: [{ ...ALL, hotel: 'refuses' }, ALL], decisions: EITHER },
  {
    name: 'whose flight is booked unheard by one run, and twice by the other',
    words: [
      { ...ALL, flight: 'books unheard' },
      { ...ALL, flight: 'confirms twice' },
    ],
    decisions: EITHER,
  },
  {
    name: 'whose optional car is silent to one run',
    words: [ALL, { ...ALL, car: 'is silent' }],
    decisions: ['booked'],
  },
  {
    name: 'whose car is booked unheard, and whose hotel books twice',
    words: [
      { ...ALL, car: 'books unheard' },
      { ...ALL, hotel: 'confirms twice' },
    ],
    decisions: ['booked'],
  },
  { name: 'that one run meets a fault of', words: [ALL, ALL], faultAt: 'noteReply', decisions: EITHER },
];

test.each(TRIPS)(`a trip $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyTripPairOf(matrix, scenario)).toEqual([]);
});
