import { setImmediate as turn } from 'node:timers/promises';
import { WaitingCallers } from '../../src/intake/callers';

/** Returns callers that wait for commands, and a list of those that were woken. */
function waiting(...ids: readonly string[]) {
  const callers = new WaitingCallers();
  const told: string[] = [];
  const stops = ids.map((id, at) => {
    const { told: heard, stop } = callers.listen(id);
    void heard.then(() => told.push(`${id}${at}`));
    return stop;
  });
  return { callers, told, stops };
}

test('every caller that waits for a command is told, and no other', async () => {
  const { callers, told } = waiting('a', 'b', 'a');
  callers.tell(['a', 'nobody waits for this']);
  await turn();
  expect(told).toEqual(['a0', 'a2']);
});

test('a caller that has stopped is told nothing, and the others are', async () => {
  const { callers, told, stops } = waiting('a', 'a');
  stops[0]?.();
  stops[0]?.();
  callers.tell(['a']);
  await turn();
  expect(told).toEqual(['a1']);
});

test('a caller that begins to listen later was not told before', async () => {
  const { callers, told } = waiting();
  callers.tell(['a']);
  const { told: heard } = callers.listen('a');
  void heard.then(() => told.push('a'));
  await turn();
  expect(told).toEqual([]);
});
