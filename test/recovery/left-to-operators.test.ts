import { LEFT_CREATES } from './scenarios/create';
import { LEFT_REJECTIONS } from './scenarios/reject';
import { LEFT_REVISIONS } from './scenarios/revise';
import { PLAYED } from './support/drawn';
import { everyPairOf } from './support/every-pair';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(LEFT_CREATES)(`an order $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(LEFT_REVISIONS)(`a revision $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(LEFT_REJECTIONS)(`a rejection $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});
