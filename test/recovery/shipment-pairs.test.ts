import { REJECTIONS } from './scenarios/reject';
import { RETURNS } from './scenarios/return';
import { SHIPMENTS } from './scenarios/ship';
import { PLAYED } from './support/drawn';
import { everyPairOf } from './support/every-pair';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(REJECTIONS)(`a rejection $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(SHIPMENTS)(`a shipment $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test.each(RETURNS)(`a return $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});
