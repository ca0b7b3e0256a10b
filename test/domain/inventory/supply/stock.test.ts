import {
  claimsCountFrom,
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
} from '../../../../src/domain/inventory/supply/stock';
import type { SupplyCount } from '../../../../src/domain/inventory/supply/supply';
import { aCount, aStock, later, NOON } from '../inventory-samples';

const claim = { reservationId: 'rsv_1', quantity: 3 };
const granted = { ...claim, grantedAt: NOON };
const ofHold = { ...granted, expiresAt: later(NOON, 60) };
const counted = (count: SupplyCount): StockEvent => ({ type: 'inventory.supply-counted.v1', data: count });
const held: StockEvent = { type: 'inventory.stock-held.v1', data: { ...claim, expiresAt: later(NOON, 60) } };
const stockAfter = (...events: StockEvent[]): Stock => events.reduce(evolveStock, emptyStock('tea', 'leeds'));

describe('stock folds its events', () => {
  test.each<[string, StockEvent[], Partial<Stock>]>([
    ['held', [held], { held: 3, committed: 0 }],
    [
      'held, then given back',
      [held, { type: 'inventory.held-stock-released.v1', data: ofHold }],
      { held: 0 },
    ],
    [
      'held, then committed',
      [held, { type: 'inventory.held-stock-committed.v1', data: ofHold }],
      { held: 0, committed: 3 },
    ],
    ['committed', [{ type: 'inventory.stock-committed.v1', data: claim }], { held: 0, committed: 3 }],
    [
      'committed, then given back',
      [
        { type: 'inventory.stock-committed.v1', data: claim },
        { type: 'inventory.committed-stock-released.v1', data: granted },
      ],
      { held: 0, committed: 0 },
    ],
  ])('%s', (_name, events, expected) => {
    expect(stockAfter(...events)).toMatchObject(expected);
  });

  test('a count replaces the one of the same source and section, and stands beside all others', () => {
    const stock = stockAfter(
      counted(aCount(5, { section: 'floor' })),
      counted(aCount(7, { section: 'backroom' })),
      counted(aCount(2, { section: null })),
      counted(aCount(9, { section: 'floor', sourceId: 'pos' })),
      counted(aCount(4, { section: 'floor', sequence: 2 })),
    );
    const places = stock.supplies.map(({ sourceId, section, count }) => `${sourceId}/${section}=${count}`);
    expect(places.sort()).toEqual(['pos/floor=9', 'wms/backroom=7', 'wms/floor=4', 'wms/null=2']);
  });

  test('an event it does not know is not passed over', () => {
    expect(() => evolveStock(aStock([]), { type: 'inventory.unknown.v1', data: {} } as never)).toThrow();
  });
});

describe('from when on claims count against available supply', () => {
  test('never, where every source counts what is on hand', () => {
    expect(claimsCountFrom(aStock([aCount(5)]))).toBeNull();
  });

  test('from the earliest count of those that report what is available', () => {
    const early = later(NOON, -60);
    const stock = aStock([
      aCount(5, { basis: 'available', section: 'floor' }),
      aCount(5, { basis: 'available', section: 'backroom', observedAt: early }),
      aCount(5, { basis: 'on_hand', sourceId: 'pos', observedAt: later(NOON, -600) }),
    ]);
    expect(claimsCountFrom(stock)).toBe(early);
  });

  test('the earliest by time, however the moments are written', () => {
    const stock = aStock([
      aCount(5, { basis: 'available', section: 'floor', observedAt: '2026-03-01T12:00:00.500Z' }),
      aCount(5, { basis: 'available', section: 'backroom', observedAt: '2026-03-01T12:00:00Z' }),
    ]);
    expect(Date.parse(claimsCountFrom(stock) ?? '')).toBe(Date.parse('2026-03-01T12:00:00Z'));
  });

  test('not from a moment ahead of when we heard: a source whose clock runs ahead hides no claim', () => {
    const stock = aStock([aCount(5, { basis: 'available', observedAt: later(NOON, 30), receivedAt: NOON })]);
    expect(claimsCountFrom(stock)).toBe(NOON);
  });
});
