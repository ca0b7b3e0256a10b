import { cancelOf } from '../support/new-commands';
import { RESOLUTIONS, RESOLVED } from './scenarios/resolved';
import { booksOf } from './support/books-of';
import { recorded, rowNow, runOf } from './support/command-runs';
import { PLAYED } from './support/drawn';
import { everyPairOf } from './support/every-pair';
import { openGrounds } from './support/grounds';
import { type Matrix, openMatrix } from './support/matrix';
import { orderOn } from './support/orders';
import { everyResolutionOf } from './support/resolutions';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

test.each(RESOLVED)(
  `a resolution and a late run of its target end well ${PLAYED}: $name`,
  async (scenario) => {
    expect(await everyResolutionOf(matrix, scenario)).toEqual([]);
  },
);

test.each(RESOLUTIONS)(`a resolution $name ends alike in two runs ${PLAYED}`, async (scenario) => {
  expect(await everyPairOf(matrix, scenario)).toEqual([]);
});

test('a cancelled order that needed an operator gives everything back by itself', async () => {
  const [ground] = await openGrounds(matrix.first, matrix.nextName(), 1, { stock: { w1: 9 }, limit: 1_000 });
  if (!ground) throw new Error('there is no ground');
  const [row] = await recorded(matrix.first, [orderOn(ground, 2)]);
  if (!row) throw new Error('the order was not recorded');
  await runOf(matrix.first, ground, row, { fault: { at: 'decideOrder', isProvable: false } }).finish();
  expect((await rowNow(matrix.second, row)).attention).not.toBeNull();
  await recorded(matrix.second, [cancelOf({ id: row.id, customerId: ground.customerId })]);
  const decided = await rowNow(matrix.second, row);
  expect(decided).toMatchObject({ decision: { kind: 'rejected', reason: 'CANCELLED' }, attention: null });
  expect(await matrix.first.commands.takeDue(10)).toMatchObject([{ workflowId: row.workflowId }]);
  await runOf(matrix.second, ground, decided).finish();
  const [books] = await booksOf(matrix.sql, [ground]);
  expect(books).toMatchObject({ status: 'REJECTED', credit: 0 });
  expect(books?.commands.filter(({ isClosed }) => !isClosed)).toEqual([]);
});
