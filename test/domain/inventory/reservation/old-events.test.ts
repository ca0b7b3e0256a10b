import { decideRelease } from '../../../../src/domain/inventory/reservation/release';
import {
  evolveReservation,
  type InventoryEvent,
  type Reservation,
  type ReservationEvent,
} from '../../../../src/domain/inventory/reservation/reservation';
import { decideResource } from '../../../../src/domain/inventory/reservation/resource';
import { emptyStock, evolveStock } from '../../../../src/domain/inventory/supply/stock';
import { fold, InventoryLedger } from '../inventory-ledger';
import { aNode, later, NOON } from '../inventory-samples';
import { at, order, refusal, teas, typesOf } from '../reservation-samples';

/** Logged data from before buyers, caps, queue positions and grant times existed. */
const GRANTED = {
  caller: 'shop',
  orderId: null,
  lines: teas(3),
  allocations: [at('leeds', 3)],
  expiresAt: later(NOON, 60),
};
const oldEvent = (type: string, data: object) =>
  ({ type: `inventory.${type}.v1`, data }) as unknown as ReservationEvent;
const held = oldEvent('reservation-held', GRANTED);
const committed = oldEvent('reservation-committed', { ...GRANTED, orderId: 'ord_order', expiresAt: null });
const adopted = oldEvent('hold-adopted', { orderId: 'ord_order' });

const evolved = (...events: ReservationEvent[]): Reservation | undefined =>
  events.reduce<Reservation | undefined>(
    (state, event) => evolveReservation(state, 'rsv_1', event),
    undefined,
  );

const nothing = { buyer: null, backordered: [], caps: [], exclusions: [] };

/** Returns a ledger whose log begins with these events of `rsv_1`. */
function ledgerOf(...events: ReservationEvent[]): InventoryLedger {
  const ledger = new InventoryLedger([aNode('leeds')], ['tea'], NOON);
  const type = events[0] === held ? 'inventory.stock-held.v1' : 'inventory.stock-committed.v1';
  const taken = { type, data: { reservationId: 'rsv_1', quantity: 3, expiresAt: GRANTED.expiresAt } };
  ledger.append([
    ...events.map((event): InventoryEvent => ({ of: 'reservation', reservationId: 'rsv_1', event })),
    { of: 'stock', sku: 'tea', nodeId: 'leeds', event: taken } as InventoryEvent,
  ]);
  ledger.beginSet(NOON);
  return ledger;
}

describe('what was logged by an earlier version', () => {
  test.each([
    ['a hold', [held], { state: 'HELD', orderId: null, expiresAt: later(NOON, 60), reason: null }],
    ['an order', [committed], { state: 'COMMITTED', orderId: 'ord_order', expiresAt: null }],
    ['an adopted hold', [held, adopted], { state: 'COMMITTED', orderId: 'ord_order', expiresAt: null }],
    ['an expired hold', [held, oldEvent('reservation-expired', {})], { state: 'EXPIRED' }],
    ['a released one', [held, oldEvent('reservation-released', { reason: 'CALLER' })], { state: 'RELEASED' }],
  ])('%s folds into a reservation with all that reservations have', (_name, events, expected) => {
    const state = evolved(...events);
    expect(state).toMatchObject({ id: 'rsv_1', caller: 'shop', lines: teas(3), ...nothing, ...expected });
    const longAgo = { ...at('leeds', 3), grantedAt: '2000-01-01T00:00:00.000Z' };
    expect(state?.allocations).toEqual([longAgo]);
  });

  test('a tombstone too', () => {
    const data = { caller: 'shop', orderId: null, reason: 'RECLAIMED' };
    expect(evolved(oldEvent('reservation-forestalled', data))).toMatchObject({
      id: 'rsv_1',
      ...data,
      ...nothing,
      state: 'RELEASED',
      lines: [],
      allocations: [],
      expiresAt: null,
    });
  });

  test('is released, expired and adopted like any other', () => {
    const released = ledgerOf(committed);
    const { events } = released.release('rsv_1');
    expect(typesOf(events)).toEqual(['reservation-released.v1', 'committed-stock-released.v1']);
    const expired = ledgerOf(held);
    expired.beginSet(later(NOON, 60));
    expect(typesOf(expired.expire('rsv_1').events)).toEqual([
      'reservation-expired.v1',
      'held-stock-released.v1',
    ]);
    const taken = ledgerOf(held);
    expect(taken.adopt('rsv_1', order(3)).answer).toMatchObject({ kind: 'done', reservationId: 'rsv_1' });
    taken.release('rsv_1');
    for (const { stock } of [released, expired, taken].map(({ log }) => fold(log)))
      expect(stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 0 });
  });

  test('and has no buyer on whose behalf to look elsewhere', () => {
    const ledger = ledgerOf(committed);
    const refused = { nodeId: 'leeds', reason: 'NO_CAPACITY', retrySeconds: 900 } as const;
    const { answer } = decideResource(ledger.reservation('rsv_1'), refused, ledger.room(), NOON);
    expect(answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('returns of stock that did not say since when are returns all the same', () => {
    const data = { reservationId: 'rsv_1', quantity: 2 };
    const ends = ['held-stock-released', 'committed-stock-released', 'held-stock-committed'];
    const stock = { ...emptyStock('tea', 'leeds'), held: 4, committed: 4 };
    const after = ends.reduce(
      (state, end) => evolveStock(state, { type: `inventory.${end}.v1`, data } as never),
      stock,
    );
    expect(after).toMatchObject({ held: 0, committed: 4 });
  });

  test('a release finds what it needs in an old reservation as it was stored', () => {
    const release = { reservationId: 'rsv_1', caller: 'shop', orderId: null, reason: 'CANCELLED' } as const;
    expect(decideRelease(evolved(held, adopted), release).events).toHaveLength(2);
  });
});
