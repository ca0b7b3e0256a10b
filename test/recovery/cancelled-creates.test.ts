import { CANCELLED_CREATES } from './scenarios/cancel';
import { PLAYED } from './support/drawn';
import { everyPairOf } from './support/every-pair';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(CANCELLED_CREATES)(`a cancelled order $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});
