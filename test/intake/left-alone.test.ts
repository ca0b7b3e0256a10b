import type { CommandOutcome } from '../../src/contracts/commands';
import { LeftAlone } from '../../src/intake/left-alone';

const unfinished: CommandOutcome = { kind: 'unfinished', commandId: 'c' };
const faulted: CommandOutcome = { kind: 'refused', commandId: 'c', reason: 'PROCESSING_FAILED' };
const late: CommandOutcome = { kind: 'refused', commandId: 'c', reason: 'NOT_DUE' };
const done: CommandOutcome = { kind: 'done', commandId: 'c' };

test.each([
  ['unfinished', unfinished, ['a']],
  ['a fault', faulted, ['a']],
  ['no outcome', undefined, ['a']],
  ['a refusal', late, []],
  ['done', done, []],
])('after %s', (_name, outcome, expected) => {
  const left = new LeftAlone();
  left.note('a', outcome, 0);
  expect(left.at(4_999)).toEqual(expected);
  expect(left.at(5_000)).toEqual([]);
});

test('each time twice as long, up to five minutes', () => {
  const left = new LeftAlone();
  const rests: number[] = [];
  for (let now = 0, look = 0; look < 9; look += 1) {
    left.note('a', faulted, now);
    const since = now;
    while (left.at(now).length > 0) now += 2_500;
    rests.push((now - since) / 1_000);
  }
  expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('from the beginning after it went well, or was not due for long', () => {
  for (const forget of [
    (left: LeftAlone) => left.note('a', done, 6_000),
    (left: LeftAlone) => left.at(306_000),
  ]) {
    const left = new LeftAlone();
    left.note('a', faulted, 0);
    forget(left);
    left.note('a', faulted, 400_000);
    expect([left.at(404_999), left.at(405_000)]).toEqual([['a'], []]);
  }
});
