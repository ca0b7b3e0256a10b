import { setTimeout } from 'node:timers/promises';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { HeavyReads } from '../../../src/http/framework/heavy-reads';

const LONGEST_REST_MS = 500;
/** A timer cuts its delay to whole milliseconds, and its clock may be a millisecond old. */
const TIMER_ROUNDS_BY_MS = 2;

/** A read that ends when the test ends it. */
function heldRead() {
  let end = (_: string): void => undefined;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  const read = () => {
    begin();
    return ended;
  };
  return { read, begun, end };
}

test('a read begins when the one before it has ended', async () => {
  const reads = new HeavyReads(new CommandTraffic());
  const order: string[] = [];
  const first = heldRead();
  const running = reads.run('a', first.read).then((answer) => order.push(answer));
  const next = reads.run('b', async () => order.push('second began'));
  await first.begun;
  first.end('first ended');
  await Promise.all([running, next]);
  expect(order).toEqual(['first ended', 'second began']);
});

test('a read that fails ends its turn', async () => {
  const reads = new HeavyReads(new CommandTraffic());
  await expect(reads.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await reads.run('a', async () => 'next')).toBe('next');
});

test('a caller may have 16 reads waiting; further ones are refused, and other callers are served', async () => {
  const reads = new HeavyReads(new CommandTraffic());
  const first = heldRead();
  const running = [reads.run('a', first.read)];
  await first.begun;
  for (let waiting = 0; waiting < 16; waiting++) running.push(reads.run('a', async () => 'done'));
  await expect(reads.run('a', async () => 'one too many')).rejects.toMatchObject({ status: 429 });
  const other = reads.run('b', async () => 'of another');
  first.end('done');
  expect(await Promise.all([...running, other])).toEqual([...Array(17).fill('done'), 'of another']);
  expect(await reads.run('a', async () => 'room again')).toBe('room again');
});

test('at most 64 reads of all callers wait', async () => {
  const reads = new HeavyReads(new CommandTraffic());
  const first = heldRead();
  const running = [reads.run('first', first.read)];
  await first.begun;
  for (let waiting = 0; waiting < 64; waiting++)
    running.push(reads.run(`caller ${waiting % 8}`, async () => 'done'));
  await expect(reads.run('another', async () => 'one too many')).rejects.toMatchObject({ status: 503 });
  first.end('done');
  expect(await Promise.all(running)).toEqual(Array(65).fill('done'));
});

test('the answer is written within the turn: the next read waits for that too', async () => {
  const traffic = new CommandTraffic();
  const reads = new HeavyReads(traffic);
  const until = await reads
    .run('a', async () => traffic.note())
    .then(() => {
      const writtenAt = performance.now() + 40;
      while (performance.now() < writtenAt);
      return writtenAt;
    });
  const rested = await reads.run('a', async () => performance.now() - until);
  expect(rested).toBeGreaterThanOrEqual(40 * 3 - TIMER_ROUNDS_BY_MS);
});

test('after a read, while commands arrive, the next one waits three times as long as the read took', async () => {
  const traffic = new CommandTraffic();
  const reads = new HeavyReads(traffic);
  let duration = 0;
  let until = 0;
  await reads.run('a', async () => {
    const since = performance.now();
    await setTimeout(40);
    traffic.note();
    until = performance.now();
    duration = until - since;
  });
  const rested = await reads.run('a', async () => performance.now() - until);
  expect(rested).toBeGreaterThanOrEqual(Math.min(duration * 3, LONGEST_REST_MS) - TIMER_ROUNDS_BY_MS);
});
