import { FILLED_CREATES } from './scenarios/create';
import { FILLED_REJECTIONS } from './scenarios/reject';
import { FILLED_REVISIONS } from './scenarios/revise';
import { PLAYED } from './support/drawn';
import { everyPairOf } from './support/every-pair';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(FILLED_CREATES)(`an order $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(FILLED_REVISIONS)(`a revision $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(FILLED_REJECTIONS)(`a rejection $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});
