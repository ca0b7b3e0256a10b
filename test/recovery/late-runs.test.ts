import { OVERLAPS, SUCCESSIONS } from './scenarios/successions';
import { PLAYED } from './support/drawn';
import { everyLateRunOf, everyOverlapOf } from './support/late-runs';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(SUCCESSIONS)(
  `a late run changes nothing beside the next command ${PLAYED}: $name`,
  async (succession) => {
    expect(await everyLateRunOf(matrix, succession)).toEqual([]);
  },
);

test.each(OVERLAPS)(
  `a command that is still open ends well beside the next one ${PLAYED}: $name`,
  async (succession) => {
    expect(await everyOverlapOf(matrix, succession)).toEqual([]);
  },
);
