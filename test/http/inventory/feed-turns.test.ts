import { setTimeout as sleep } from 'node:timers/promises';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { FeedTurns } from '../../../src/http/inventory/feed-turns';

const LONGEST_REST_MS = 500;
/** A timer cuts its delay to whole milliseconds, and its clock may be a millisecond old. */
const TIMER_ROUNDS_BY_MS = 2;

/** Runs two portions side by side. Returns the begins and ends, in order. */
async function playedTogether(turns: FeedTurns): Promise<readonly string[]> {
  const seen: string[] = [];
  const portion = (name: string) => async () => {
    seen.push(`${name} begins`);
    await sleep(5);
    seen.push(`${name} ends`);
  };
  await Promise.all([turns.run(portion('one')), turns.run(portion('two'))]);
  return seen;
}

test('portions run side by side while no command arrives', async () => {
  expect(await playedTogether(new FeedTurns(new CommandTraffic()))).toEqual([
    'one begins',
    'two begins',
    'one ends',
    'two ends',
  ]);
});

test('portions run one after the other while commands arrive', async () => {
  const traffic = new CommandTraffic();
  traffic.note();
  expect(await playedTogether(new FeedTurns(traffic))).toEqual([
    'one begins',
    'one ends',
    'two begins',
    'two ends',
  ]);
});

test('after a portion, while commands arrive, the next one waits as long as the portion took', async () => {
  const traffic = new CommandTraffic();
  const turns = new FeedTurns(traffic);
  traffic.note();
  let duration = 0;
  let until = 0;
  const first = turns.run(async () => {
    const since = performance.now();
    await sleep(40);
    traffic.note();
    until = performance.now();
    duration = until - since;
  });
  const rested = await turns.run(async () => performance.now() - until);
  await first;
  expect(rested).toBeGreaterThanOrEqual(Math.min(duration, LONGEST_REST_MS) - TIMER_ROUNDS_BY_MS);
});

test('a portion that fails ends its turn', async () => {
  const traffic = new CommandTraffic();
  const turns = new FeedTurns(traffic);
  traffic.note();
  await expect(turns.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  traffic.note();
  expect(await turns.run(async () => 'next')).toBe('next');
});
