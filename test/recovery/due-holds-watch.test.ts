import type { ReservationCommand } from '../../src/intake/reservation-command';
import { dueHoldsWatch } from '../../src/recovery/due-holds-watch';

/** Creates a watch over due holds, some of which fail to expire. */
function holds(ids: readonly string[], bad: readonly string[], error = new Error('bad data')) {
  const due = new Set(ids);
  const batches: string[][] = [];
  const watch = dueHoldsWatch(
    {
      dueHolds: async (limit, without = []) => [...due].filter((id) => !without.includes(id)).slice(0, limit),
    },
    async (commands: readonly ReservationCommand[]) => {
      const batch = commands.map(({ reservationId }) => reservationId);
      batches.push(batch);
      if (batch.some((id) => bad.includes(id))) throw error;
      for (const id of batch) due.delete(id);
    },
  );
  return { due, batches, watch };
}

test('due holds are expired together', async () => {
  const { due, batches, watch } = holds(['a', 'b', 'c'], []);
  await watch.look();
  expect([[...due], batches]).toEqual([[], [['a', 'b', 'c']]]);
});

test('nothing is done where nothing is due', async () => {
  const { batches, watch } = holds([], []);
  await watch.look();
  expect(batches).toEqual([]);
});

test('a hold that cannot be expired is named, stops no other, and is left alone for a while', async () => {
  const { due, batches, watch } = holds(['a', 'b', 'c'], ['b']);
  await expect(watch.look()).rejects.toThrow('these holds could not be expired: b');
  expect([...due]).toEqual(['b']);
  const tried = batches.length;
  await watch.look();
  expect(batches).toHaveLength(tried);
});

test('an outage leaves everything to the next look', async () => {
  const down = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
  const { due, batches, watch } = holds(['a', 'b'], ['a'], down);
  await expect(watch.look()).rejects.toBe(down);
  expect([[...due], batches]).toEqual([['a', 'b'], [['a', 'b']]]);
});
