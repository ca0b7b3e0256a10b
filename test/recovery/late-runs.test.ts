import { SUCCESSIONS } from './scenarios/successions';
import { everyLateRunOf } from './support/late-runs';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(SUCCESSIONS)('a late run changes nothing beside the next command: $name', async (succession) => {
  expect(await everyLateRunOf(matrix, succession)).toEqual([]);
});
