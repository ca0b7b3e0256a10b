import { PLANTED } from './scenarios/planted';
import { everyPairOf } from './support/every-pair';
import { type Matrix, openMatrix } from './support/matrix';
import { everyRivalry } from './support/rivals';
import { withoutLocks } from './support/without-locks';

let matrix: Matrix;

beforeEach(async () => {
  matrix = await openMatrix();
});

afterEach(() => matrix.close());

describe('pairs of runs find', () => {
  test.each(PLANTED)('$bug', async ({ scenario, finding, plant }) => {
    plant?.(matrix.first);
    plant?.(matrix.second);
    const found = await everyPairOf(matrix, scenario, (pairs) => pairs);
    expect(found.join('\n')).toMatch(finding);
  });

  test('a save without its lock', async () => {
    withoutLocks(matrix.first);
    withoutLocks(matrix.second);
    const found = await everyRivalry(matrix, {
      name: 'enough of everything',
      means: { stock: { w1: 9 }, limit: 100_000 },
      quantity: 2,
      approved: 2,
    });
    expect(found.join('\n')).toMatch(/by the log/);
  });
});
