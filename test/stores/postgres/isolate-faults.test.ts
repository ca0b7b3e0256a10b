import { isolateFaults } from '../../../src/stores/postgres/isolate-faults';

const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });

/** Returns a batch function that fails on the bad items, the batches it got, and the items done. */
function processing(bad: readonly number[], error = new Error('bad data')) {
  const batches: number[][] = [];
  const isDone = new Set<number>();
  const run = async (items: readonly number[]) => {
    batches.push([...items]);
    if (items.some((item) => bad.includes(item))) throw error;
    for (const item of items) isDone.add(item);
  };
  return { batches, run, done: () => [...isDone].sort((a, b) => a - b) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('processes a batch without faults at once', async () => {
  const { batches, run } = processing([]);
  expect(await isolateFaults(upTo(8), run)).toEqual([]);
  expect(batches).toEqual([upTo(8)]);
});

test('processes an empty batch without a call', async () => {
  const { batches, run } = processing([]);
  expect(await isolateFaults([], run)).toEqual([]);
  expect(batches).toEqual([]);
});

test.each([[[0]], [[7]], [[3, 4]], [upTo(8)]])(
  'returns the faults of %p and processes every other item',
  async (bad) => {
    const { run, done } = processing(bad);
    const faults = await isolateFaults(upTo(8), run);
    expect(faults.map(({ item }) => item)).toEqual(bad);
    expect(faults.map(({ error }) => String(error))).toEqual(bad.map(() => 'Error: bad data'));
    expect(done()).toEqual(upTo(8).filter((item) => !bad.includes(item)));
  },
);

test('throws an outage at once, because no item causes it', async () => {
  const { batches, run } = processing([3], down);
  await expect(isolateFaults(upTo(8), run)).rejects.toBe(down);
  expect(batches).toHaveLength(1);
});
