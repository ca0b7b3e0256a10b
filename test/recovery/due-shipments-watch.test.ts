import type { Order } from '../../src/domain/order/order';
import { refused } from '../../src/domain/refusal';
import { compositeName } from '../../src/names/composite-name';
import { dueShipmentsWatch } from '../../src/recovery/due-shipments-watch';
import type { NewCommand, RecordAnswer } from '../../src/stores/orders/command-rows';

const DUE_AT = '2026-01-01T00:00:00.000Z';
const KEY = compositeName('shp_a', DUE_AT);
const RECORDED = { kind: 'recorded', row: {} } as unknown as RecordAnswer;

/**
 * Creates a watch over due shipments `a`, `b` …, each of an order of its own, and a record that answers as the test
 * says.
 */
function due(ids: readonly string[], answer: (id: string) => RecordAnswer | Error) {
  const recorded: NewCommand<'reject'>[] = [];
  const waiting = new Set(ids);
  const watch = dueShipmentsWatch({
    reads: {
      dueShipments: async (limit, without = []) =>
        [...waiting]
          .filter((id) => !without.includes(`shp_${id}`))
          .slice(0, limit)
          .map((id) => ({ id: `shp_${id}`, orderId: `ord_${id}`, dueAt: DUE_AT })),
      orders: async (orderIds) =>
        new Map(
          orderIds
            .filter((id) => id !== 'ord_gone')
            .map((id) => [id, { id, customerId: 'ann', caller: 'shop' } as Order]),
        ),
    },
    async reject(command) {
      recorded.push(command);
      const answered = answer(command.subject.slice('ord_'.length));
      if (answered instanceof Error) throw answered;
      if (answered.kind === 'recorded') waiting.delete(command.subject.slice('ord_'.length));
      return answered;
    },
  });
  return { watch, recorded, tried: () => recorded.map(({ subject }) => subject) };
}

test('a deadline that has passed is one command, whichever relay records it', async () => {
  const { watch, recorded } = due(['a'], () => RECORDED);
  await watch.look();
  expect(recorded).toEqual([
    {
      id: KEY,
      kind: 'reject',
      caller: 'system',
      operation: 'deadline',
      key: KEY,
      fingerprint: KEY,
      subject: 'ord_a',
      wanted: { customerId: 'ann', shipmentId: 'shp_a', reason: 'NO_RESPONSE' },
    },
  ]);
});

test('nothing is recorded where nothing is due, or for an order that is gone', async () => {
  const nothing = due([], () => RECORDED);
  await nothing.watch.look();
  const gone = due(['gone'], () => RECORDED);
  await gone.watch.look();
  expect([nothing.recorded, gone.recorded]).toEqual([[], []]);
});

test('a locked order refuses for now: its shipment stays due, and is left alone for a while', async () => {
  const { watch, tried } = due(['a', 'b'], (id) => (id === 'a' ? refused('CONFLICT') : RECORDED));
  await watch.look();
  await watch.look();
  expect(tried()).toEqual(['ord_a', 'ord_b']);
});

test('a deadline that cannot be recorded stops no other, is told, and is left alone for a while', async () => {
  const bad = new Error('bad data');
  const { watch, tried } = due(['a', 'b', 'c'], (id) => (id === 'b' ? bad : RECORDED));
  const failure: unknown = await watch.look().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AggregateError);
  expect((failure as AggregateError).errors).toEqual([bad]);
  await watch.look();
  expect(tried()).toEqual(['ord_a', 'ord_b', 'ord_c']);
});
