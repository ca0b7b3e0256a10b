import { type Batch, everyPairOfBatch } from './support/batches';
import { PLAYED } from './support/drawn';
import { type Matrix, openMatrix } from './support/matrix';

let matrix: Matrix;

beforeAll(async () => {
  matrix = await openMatrix();
});

afterAll(() => matrix.close());

const APPROVED = { means: { stock: { w1: 9 }, limit: 1_000 }, quantity: 2 };
const SHORT = { means: { stock: { w1: 1 }, limit: 1_000 }, quantity: 2 };
const AT_PARTNER = { means: { stock: { w1: 1, pa: 9 }, limit: 1_000 }, quantity: 5 };
const ENDED = ['APPROVED', 'REJECTED'];

const BATCHES: readonly Batch[] = [
  { name: 'approved, short and at a partner', members: [APPROVED, SHORT, AT_PARTNER], statuses: ENDED },
  {
    name: 'one of which fails to get stock in one run',
    members: [APPROVED, APPROVED, SHORT],
    fault: { at: 'commitStock', member: 0 },
    statuses: ENDED,
  },
  {
    name: 'one of which fails to give stock back in one run',
    members: [APPROVED, SHORT, SHORT],
    fault: { at: 'releaseStock', member: 1 },
    statuses: ENDED,
  },
];

test.each(BATCHES)(`orders in one batch, $name, end alike in two runs ${PLAYED}`, async (batch) => {
  expect(await everyPairOfBatch(matrix, batch)).toEqual([]);
});
