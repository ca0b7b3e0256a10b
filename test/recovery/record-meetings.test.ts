import { RECORDS } from './scenarios/successions';
import { type Matrix, openMatrix } from './support/matrix';
import { everyRecordBeside } from './support/record-meetings';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(RECORDS)('a record and a step wait for each other: $name', async (succession) => {
  expect(await everyRecordBeside(matrix, succession)).toEqual([]);
});
