import { type Matrix, openMatrix } from './support/matrix';
import { everyRivalry, type Rivalry } from './support/rivals';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

const RIVALRIES: readonly Rivalry[] = [
  { name: 'enough of everything', means: { stock: { w1: 9 }, limit: 100_000 }, quantity: 2, approved: 2 },
  { name: 'stock for one', means: { stock: { w1: 3 }, limit: 100_000 }, quantity: 2, approved: 1 },
  { name: 'credit for one', means: { stock: { w1: 9 }, limit: 300 }, quantity: 2, approved: 1 },
];

test.each(RIVALRIES)('orders that meet in every step wait for each other: $name', async (rivalry) => {
  expect(await everyRivalry(matrix, rivalry)).toEqual([]);
});
