import fc from 'fast-check';
import {
  type BackorderEvent,
  backorderRoom,
  emptyQueue,
  evolveQueue,
} from '../../../../src/domain/inventory/limits/backorder';
import { anItem } from '../inventory-samples';
import { limitedTo, UNLIMITED } from '../reservation-samples';

const open = (units: number) => ({ ...emptyQueue('tea'), open: units, placed: 1 });

describe('how many more may be promised without stock', () => {
  test.each([
    ['none', anItem('tea'), 0, 0],
    ['as many as the limit leaves', anItem('tea', limitedTo(5)), 2, 3],
    ['none at the limit', anItem('tea', limitedTo(5)), 5, 0],
    ['none past a limit that was lowered', anItem('tea', limitedTo(5)), 7, 0],
    ['none where the limit is not said', anItem('tea', { backorder: { mode: 'limited' } }), 0, 0],
    ['any number', anItem('tea', UNLIMITED), 1e9, Number.POSITIVE_INFINITY],
  ])('%s', (_name, item, units, room) => {
    expect(backorderRoom(item, open(units))).toBe(room);
  });
});

test('a queue is what was placed and neither filled nor withdrawn, and places are never given out twice', () => {
  const turn = fc.record({
    quantity: fc.integer({ min: 1, max: 9 }),
    end: fc.constantFrom('filled', 'withdrawn', null),
  });
  fc.assert(
    fc.property(fc.array(turn), (turns) => {
      const event = (end: string, quantity: number, place: number) =>
        ({
          type: `inventory.backorder-${end}.v1`,
          data: { reservationId: `rsv_${place}`, quantity, place, promiseDate: null },
        }) as BackorderEvent;
      const placed = turns.map(({ quantity }, at) => event('placed', quantity, at + 1));
      const ended = turns.flatMap(({ quantity, end }, at) => (end ? [event(end, quantity, at + 1)] : []));
      const waiting = turns.filter(({ end }) => !end).reduce((sum, { quantity }) => sum + quantity, 0);
      expect([...placed, ...ended].reduce(evolveQueue, emptyQueue('tea'))).toEqual({
        sku: 'tea',
        open: waiting,
        placed: turns.length,
      });
    }),
  );
});
