import { OVERLAPS, SUCCESSIONS } from './scenarios/successions';
import { everyLateRunOf, everyOverlapOf } from './support/late-runs';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(SUCCESSIONS)('a late run changes nothing beside the next command: $name', async (succession) => {
  expect(await everyLateRunOf(matrix, succession)).toEqual([]);
});

test.each(OVERLAPS)(
  'a command that is still open ends well beside the next one: $name',
  async (succession) => {
    expect(await everyOverlapOf(matrix, succession)).toEqual([]);
  },
);
