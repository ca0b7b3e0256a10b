import { setImmediate as turn } from 'node:timers/promises';
import { OpenCommands } from '../../src/intake/open-commands';

/** Returns counts as the test says, with at most 10 open commands allowed. */
function counting(...counts: readonly (number | Error)[]) {
  const asked: number[] = [];
  const countOpen = async (most: number) => {
    const count = counts[asked.length] ?? 0;
    asked.push(most);
    if (count instanceof Error) throw count;
    return count;
  };
  return { asked, open: new OpenCommands({ countOpen }, 10) };
}

test('nothing is refused before the first count is there', () => {
  expect(counting(10).open.isFull(0)).toBe(false);
});

test('new orders are refused from the bound on', async () => {
  const { open } = counting(9, 10);
  open.isFull(0);
  await turn();
  expect(open.isFull(1)).toBe(false);
  open.isFull(1_000);
  await turn();
  expect(open.isFull(1_001)).toBe(true);
});

test('a process counts once a second, and no further than the bound', async () => {
  const { asked, open } = counting(10, 3);
  for (const now of [0, 1, 500, 999]) open.isFull(now);
  expect(asked).toEqual([10]);
  await turn();
  expect(open.isFull(1_000)).toBe(true);
  await turn();
  expect(open.isFull(1_001)).toBe(false);
  expect(asked).toEqual([10, 10]);
});

test('a count that fails leaves the last one in force', async () => {
  const { open } = counting(10, new Error('away'));
  open.isFull(0);
  await turn();
  open.isFull(1_000);
  await turn();
  expect(open.isFull(1_001)).toBe(true);
});
