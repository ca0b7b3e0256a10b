import type { InventoryLedger } from '../inventory-ledger';
import { aCount, later, NOON } from '../inventory-samples';
import { aCap, ask, at, order, refusal, shelves, typesOf, UNLIMITED } from '../reservation-samples';

describe('the end of a hold', () => {
  test('its stock is free exactly at its expiry, whether or not anything has swept', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 59.999));
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_2' })).answer).toEqual(refusal('OUT_OF_STOCK'));
    ledger.beginSet(later(NOON, 60));
    expect(ledger.reserve(ask(3, { reservationId: 'rsv_2' })).answer).toMatchObject({ kind: 'done' });
  });

  test('a sweep tidies it exactly at its expiry and not before, and once', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 59.999));
    expect(ledger.expire('rsv_1')).toEqual({ answer: { kind: 'done' }, events: [], isForNow: true });
    ledger.beginSet(later(NOON, 60));
    expect(typesOf(ledger.expire('rsv_1').events)).toEqual([
      'reservation-expired.v1',
      'held-stock-released.v1',
    ]);
    expect(ledger.expire('rsv_1')).toEqual({ answer: { kind: 'done' }, events: [], isForNow: true });
    expect(ledger.reservation('rsv_1')?.state).toBe('EXPIRED');
  });

  test('a sweep in the set of a later hold frees nothing of that hold', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.setCap(aCap(3));
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 60));
    ledger.reserve(ask(3, { reservationId: 'rsv_2' }));
    ledger.expire('rsv_1');
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_3' })).answer).toEqual(refusal('CAP_REACHED'));
    ledger.removeCap('cap_1');
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_3' })).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('neither an order nor a hold that never was expires', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 1e6));
    expect(ledger.expire('rsv_order').events).toEqual([]);
    expect(ledger.expire('rsv_nobody').events).toEqual([]);
  });
});

describe('releasing', () => {
  test.each([
    ['a hold', ask(3), 'held-stock-released.v1', { expiresAt: later(NOON, 60) }],
    ['what an order committed', order(3), 'committed-stock-released.v1', {}],
  ])('gives back %s, once, and says what it was', (_name, request, type, more) => {
    const ledger = shelves({ leeds: 3 });
    const { reservationId } = request;
    ledger.reserve(request);
    ledger.beginSet(later(NOON, 5));
    const { answer, events } = ledger.release(reservationId);
    expect(answer).toEqual({ kind: 'done' });
    expect(typesOf(events)).toEqual(['reservation-released.v1', type]);
    expect(events[1]?.event.data).toEqual({ reservationId, quantity: 3, grantedAt: NOON, ...more });
    expect(ledger.release(reservationId)).toEqual({ answer: { kind: 'done' }, events: [] });
    expect(ledger.reservation(reservationId)).toMatchObject({ state: 'RELEASED', reason: 'OUT_OF_STOCK' });
  });

  test('takes an order out of its queues, and nobody else', () => {
    const ledger = shelves({ leeds: 3 }, { tea: UNLIMITED });
    ledger.reserve(order(5));
    ledger.reserve(order(4, { reservationId: 'rsv_2' }));
    const { events } = ledger.release('rsv_order');
    expect(typesOf(events)).toEqual([
      'reservation-released.v1',
      'committed-stock-released.v1',
      'backorder-withdrawn.v1',
    ]);
    expect(events[2]?.event.data).toEqual({ reservationId: 'rsv_order', quantity: 2, place: 1 });
    expect(ledger.state().queues.get('tea')).toMatchObject({ open: 4, placed: 2 });
    expect(ledger.turns('tea')).toMatchObject([{ reservationId: 'rsv_2', place: 2 }]);
  });

  test('gives a share back to the cap it came from, also when that is over, lowered, moved or removed', () => {
    for (const change of [{ limit: 1 }, { end: NOON }, { skus: ['cup'] }, { channel: 'web' }, null]) {
      const ledger = shelves({ leeds: 9 });
      ledger.setCap(aCap(5));
      ledger.reserve(order(3));
      ledger.reserve(order(1, { reservationId: 'rsv_2' }));
      if (change) ledger.setCap(aCap(5, change));
      else ledger.removeCap('cap_1');
      ledger.setCap(aCap(9, { id: 'cap_2' }));
      const { events } = ledger.release('rsv_order');
      expect(events.at(-1)).toMatchObject({
        capId: 'cap_1',
        event: { data: { quantity: 3, expiresAt: null } },
      });
      expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 1 });
      expect(ledger.state().caps.get('cap_2')).toMatchObject({ used: 0 });
    }
  });
});

describe('releasing, out of the ordinary', () => {
  test('what never was leaves a tombstone, and the late reserve is refused, again and again', () => {
    const ledger = shelves({ leeds: 3 });
    expect(typesOf(ledger.release('rsv_order').events)).toEqual(['reservation-forestalled.v1']);
    expect(ledger.release('rsv_order').events).toEqual([]);
    const late = ledger.reserve(order(1));
    expect(late).toEqual({ answer: { kind: 'refused', reason: 'RELEASED_EARLIER' }, events: [] });
    expect(ledger.reserve(order(1))).toEqual(late);
    expect(ledger.reservation('rsv_order')).toMatchObject({
      caller: 'shop',
      reason: 'OUT_OF_STOCK',
      lines: [],
    });
  });

  test('an order whose release came first does not adopt a hold either', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.release('rsv_order');
    expect(ledger.adopt('rsv_1', order(3))).toEqual({
      answer: { kind: 'refused', reason: 'RELEASED_EARLIER' },
      events: [],
    });
    expect(ledger.reservation('rsv_1')?.state).toBe('HELD');
  });

  test('of a hold that has run out gives its stock back once', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 60));
    ledger.release('rsv_1');
    expect(ledger.expire('rsv_1').events).toEqual([]);
    expect(ledger.state().stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 0 });
  });

  test('gives back what was filled and re-sourced, each as it was granted', () => {
    const ledger = shelves({ leeds: 1 }, { tea: UNLIMITED });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 5));
    ledger.count('tea', 'leeds', aCount(3, { sequence: 2 }));
    ledger.fill('rsv_order', { sku: 'tea', place: 1 });
    const { events } = ledger.release('rsv_order');
    const returned = events.filter(({ of }) => of === 'stock').map(({ event }) => event.data);
    expect(returned).toEqual([
      { reservationId: 'rsv_order', quantity: 1, grantedAt: NOON },
      { reservationId: 'rsv_order', quantity: 2, grantedAt: later(NOON, 5) },
    ]);
    expect(typesOf(events)).not.toContain('backorder-withdrawn.v1');
  });
});

describe('final states never reopen', () => {
  const ends: [string, (ledger: InventoryLedger) => void][] = [
    ['RELEASED', (ledger) => ledger.release('rsv_1')],
    [
      'EXPIRED',
      (ledger) => {
        ledger.beginSet(later(NOON, 60));
        ledger.expire('rsv_1');
      },
    ],
  ];

  test.each(ends)('%s: every command again changes nothing', (state, end) => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    end(ledger);
    const before = ledger.log.length;
    expect(ledger.reserve(ask(3)).answer).toEqual(refusal('RELEASED_EARLIER'));
    ledger.release('rsv_1');
    ledger.expire('rsv_1');
    ledger.release('rsv_1', 'somebody else');
    ledger.fill('rsv_1', { sku: 'tea', place: 1 });
    expect(ledger.resource('rsv_1', { nodeId: 'leeds', reason: 'NOT_IN_STOCK' }).answer).toEqual(
      refusal('RELEASED_EARLIER'),
    );
    expect(ledger.log).toHaveLength(before);
    expect(ledger.reservation('rsv_1')?.state).toBe(state);
  });
});

describe('a caller who gives a hold back', () => {
  test('gets it released, and hears the same the second time', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    const { answer, events } = ledger.releaseByCaller('rsv_1', 'shop');
    expect(answer).toEqual({ kind: 'done' });
    expect(events).toHaveLength(2);
    expect(ledger.reservation('rsv_1')).toMatchObject({ state: 'RELEASED', reason: 'CALLER' });
    expect(ledger.releaseByCaller('rsv_1', 'shop')).toEqual({ answer, events: [] });
  });

  test('is refused what belongs to another, to an order, or to nobody', () => {
    const ledger = shelves({ leeds: 5 });
    ledger.reserve(ask(3));
    ledger.reserve(order(2));
    const refused = { answer: refusal('RESERVATION_MISMATCH'), events: [] };
    expect(ledger.releaseByCaller('rsv_1', 'thief')).toEqual(refused);
    expect(ledger.releaseByCaller('rsv_order', 'shop')).toEqual(refused);
    expect(ledger.releaseByCaller('rsv_nobody', 'shop')).toEqual(refused);
  });

  test('and whose hold has nothing but stock gives back nothing else', () => {
    const ledger = shelves({ leeds: 5 });
    ledger.reserve(ask(3));
    expect(ledger.reservation('rsv_1')?.allocations).toEqual([{ ...at('leeds', 3), grantedAt: NOON }]);
    expect(typesOf(ledger.releaseByCaller('rsv_1', 'shop').events)).toEqual([
      'reservation-released.v1',
      'held-stock-released.v1',
    ]);
  });
});
