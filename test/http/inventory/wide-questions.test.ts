import type { AvailabilityFacts } from '../../../src/http/inventory/availability-routes';
import { eventually } from '../../support/saga-fixture';
import { type Answer, type ApiUnderTest, startApi } from '../support/api-under-test';

/** One is computed, and 16 of a caller wait for their turn. */
const MOST_OF_A_CALLER = 1 + 16;

let api: ApiUnderTest;
let asked: number[];
let answer: () => void;

beforeEach(async () => {
  asked = [];
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const availability: AvailabilityFacts = {
    known: () => Promise.reject(new Error('no question asks for an explanation')),
    async offers(skus) {
      asked.push(skus.length);
      if (skus.length > 100) await held;
      return { asOf: new Date(0).toISOString(), offers: [] };
    },
  };
  api = await startApi({ availability });
});

afterEach(() => api.close());

const ask = (items: number, headers = {}) => {
  const skus = Array.from({ length: items }, (_, index) => `SKU-${index}`);
  return api.call('POST', '/v1/availability', { skus, region: 'north' }, headers);
};

test('questions for more than 100 items are computed one at a time, and those for 100 go on beside them', async () => {
  const wide = [ask(101), ask(1_000)];
  await eventually(async () => expect(asked).toHaveLength(1));
  expect((await ask(100)).status).toBe(200);
  expect(asked).toHaveLength(2);
  answer();
  expect((await Promise.all(wide)).map(({ status }) => status)).toEqual([200, 200]);
  expect(asked.toSorted((a, b) => a - b)).toEqual([100, 101, 1_000]);
});

test('a caller with too many of them waiting is refused, and other callers are served', async () => {
  const { json } = await api.call('POST', '/v1/keys', { caller: 'shop', scopes: ['inventory:read'] });
  const refused: Answer[] = [];
  const sent = Array.from({ length: MOST_OF_A_CALLER + 3 }, () =>
    ask(101).then((one) => {
      if (one.status !== 200) refused.push(one);
    }),
  );
  await eventually(async () => expect(refused).toHaveLength(3));
  const other = ask(101, { Authorization: `Bearer ${json.key}` });
  answer();
  expect((await other).status).toBe(200);
  await Promise.all(sent);
  expect(refused.map(({ status, json: problem }) => [status, problem.type])).toEqual(
    Array(3).fill([429, '/problems/too-many-requests']),
  );
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
});
