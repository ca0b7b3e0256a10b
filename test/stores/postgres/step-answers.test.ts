import { StepAnswers } from '../../../src/stores/log/step-answers';
import { openShops, type Shop } from '../shop';

let shops: Awaited<ReturnType<typeof openShops>>;
let shop: Shop;

beforeEach(async () => {
  shops = await openShops(1);
  [shop] = shops.shops as [Shop];
});

afterEach(() => shops.close());

const rows = () =>
  shop.stores.orders.client.stepAnswer.findMany({
    select: { commandId: true, step: true, answer: true },
    orderBy: [{ commandId: 'asc' }, { step: 'asc' }],
  });

/** Returns the stored answers, and the number of the store's queries. */
function counted() {
  const { pool } = shop.stores.orders;
  let asked = 0;
  const answers = new StepAnswers({
    $queryRaw: (query, ...values) => {
      asked += 1;
      return pool.$queryRaw(query, ...values);
    },
    $executeRaw: (query, ...values) => pool.$executeRaw(query, ...values),
  });
  return { answers, asked: () => asked };
}

const BY_HAND = { kind: 'done', isByHand: true };

test('answers by hand fill the gaps, and change no answer that a step has stored', async () => {
  const { answers } = shop.stores.orders;
  await shop.stores.orders.pool.$executeRaw`
    INSERT INTO step_answer (command_id, step, answer) VALUES ('c', 'first', '{"kind": "refused"}')`;
  await answers.answerByHand('c', ['first', 'second']);
  await answers.answerByHand('c', ['second']);
  await answers.answerByHand('c', []);
  expect(await rows()).toEqual([
    { commandId: 'c', step: 'first', answer: { kind: 'refused' } },
    { commandId: 'c', step: 'second', answer: BY_HAND },
  ]);
});

test('only answers that other processes committed are read from the store', async () => {
  const { answers, asked } = counted();
  await shop.stores.orders.answers.answerByHand('theirs', ['step']);
  answers.remember('step', new Map([['ours', { kind: 'done' }]]));
  expect(await answers.of('step', ['ours'])).toEqual(new Map([['ours', { kind: 'done' }]]));
  expect(asked()).toBe(0);
  expect(await answers.of('step', ['ours', 'theirs', 'nobody'])).toEqual(
    new Map<string, object>([
      ['ours', { kind: 'done' }],
      ['theirs', BY_HAND],
    ]),
  );
  expect(asked()).toBe(1);
});

test('an answer counts for its own step alone', async () => {
  const { answers } = counted();
  answers.remember('one', new Map([['c', { kind: 'done' }]]));
  expect(await answers.of('another', ['c'])).toEqual(new Map());
});

test('answers that the cache has dropped are read from the store', async () => {
  const { answers, asked } = counted();
  await shop.stores.orders.answers.answerByHand('first', ['step']);
  answers.remember('step', new Map([['first', BY_HAND]]));
  for (let index = 0; index < 5_000; index += 1) answers.remember('step', new Map([[`${index}`, BY_HAND]]));
  expect(await answers.of('step', ['first'])).toEqual(new Map([['first', BY_HAND]]));
  expect(asked()).toBe(1);
});
