import { Backoff } from '../../src/recovery/backoff';

test('a key that failed pauses for five seconds', () => {
  const backoff = new Backoff();
  backoff.failed('a', 0);
  expect(backoff.pausing(4_999)).toEqual(['a']);
  expect(backoff.pausing(5_000)).toEqual([]);
});

test('each pause is twice as long, up to five minutes', () => {
  const backoff = new Backoff();
  const pauses: number[] = [];
  for (let now = 0, look = 0; look < 9; look += 1) {
    backoff.failed('a', now);
    const since = now;
    while (backoff.pausing(now).length > 0) now += 2_500;
    pauses.push((now - since) / 1_000);
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('a key begins from the shortest pause after it has not failed for long', () => {
  const backoff = new Backoff();
  backoff.failed('a', 0);
  expect(backoff.pausing(305_001)).toEqual([]);
  backoff.failed('a', 400_000);
  expect([backoff.pausing(404_999), backoff.pausing(405_000)]).toEqual([['a'], []]);
});
