import { sourcesOf } from '../../../src/domain/order/line-units';
import type { Order, OrderLine, Shipment } from '../../../src/domain/order/order';
import { isMovingUnits } from '../../../src/domain/order/order-status';
import { orderOfShipment } from '../../../src/domain/order/release-shipments';
import { noteCaptured } from '../../../src/domain/order/report-shipment';
import { later, NOON } from '../inventory/inventory-samples';
import { rowOf } from './order-book';
import { approval, approved, LEEDS, refusal, Told, TURN, YORK } from './order-told';

describe('an approved order', () => {
  test('is released to its nodes at once, each with a deadline', () => {
    expect(approved().is).toMatchObject({
      status: 'APPROVED',
      shipments: [
        { id: LEEDS, nodeId: 'leeds', state: 'RELEASED', dueAt: later(NOON, 60), lines: [{ lineId: '1' }] },
        { id: YORK, nodeId: 'york', state: 'RELEASED', dueAt: later(NOON, 60), lines: [{ lineId: '2' }] },
      ],
    });
    expect([LEEDS, 'shp_1_', 'shp__1', 'ord_1', 'shp_1_0'].map(orderOfShipment)).toEqual([
      'ord_1',
      ...Array(4).fill(undefined),
    ]);
  });

  test('goes on with its shipments, and is paid as they leave', () => {
    const told = approved();
    const stations: unknown[] = [];
    const note = () => stations.push([told.is.status, told.is.payment]);
    told.accept();
    note();
    expect(told.ship()).toEqual({
      kind: 'shipped',
      reservationId: 'rsv_1',
      takes: [{ sku: 'tea', nodeId: 'leeds', quantity: 3 }],
      capture: { amount: 15, finalTotal: null },
    });
    told.captured();
    note();
    told.accept(YORK);
    expect(told.ship(YORK)).toMatchObject({ capture: { amount: 18, finalTotal: 33 } });
    note();
    told.captured(YORK);
    told.deliver();
    note();
    told.deliver(YORK);
    note();
    expect(stations).toEqual([
      ['FULFILLING', 'authorized'],
      ['FULFILLING', 'partly_captured'],
      ['SHIPPED', 'partly_captured'],
      ['SHIPPED', 'captured'],
      ['DELIVERED', 'captured'],
    ]);
    const [line] = told.is.lines;
    expect(line && sourcesOf(told.is, line)).toEqual([{ nodeId: 'leeds', quantity: 3, state: 'DELIVERED' }]);
  });
});

describe('the command of a report', () => {
  test('is over with its record where nothing follows', () => {
    const told = approved().accept();
    expect(told.row(`accept ${LEEDS}`)).toMatchObject({ decision: { kind: 'reported' }, isClosed: true });
    told.ship();
    told.deliver();
    expect(told.row(`deliver ${LEEDS}`)).toMatchObject({ decision: { kind: 'reported' }, isClosed: true });
  });

  test('that says a shipment has left stays open until its credit is captured, which is noted once', () => {
    const told = approved().shipped();
    expect(told.row(`ship ${LEEDS}`)).toMatchObject({ decision: { kind: 'shipped' }, isClosed: false });
    expect(told.is.shipments[0]).not.toHaveProperty('captured');
    expect(told.captured()).toEqual({ kind: 'done' });
    expect(told.is.shipments[0]).toMatchObject({ captured: 15, shippedBy: `ship ${LEEDS}` });
    expect(told.row(`ship ${LEEDS}`).isClosed).toBe(true);
  });

  test('cannot be captured for where it was never recorded', () => {
    const row = rowOf('ship', 's1', {
      customerId: 'ada',
      currency: 'EUR',
      shipmentId: LEEDS,
      tracking: null,
      lines: null,
    });
    expect(() => noteCaptured(approved().is, row)).toThrow('was not recorded as shipped');
  });
});

describe('an order that waits for units', () => {
  const fill = (nodeId: string) => ({ place: 4, allocations: [{ sku: 'cup', nodeId, quantity: 1 }] });

  test('is BACKORDERED until a node accepts; what comes is a shipment of its own', () => {
    const told = new Told().approve(
      [
        { sku: 'tea', nodeId: 'leeds', quantity: 3 },
        { sku: 'cup', nodeId: 'leeds', quantity: 1 },
      ],
      [TURN],
    );
    expect(told.is.status).toBe('BACKORDERED');
    expect(told.accept().is.status).toBe('FULFILLING');
    told.fill(fill('leeds'));
    expect(told.is.shipments.map(({ nodeId, state }) => `${nodeId} ${state}`)).toEqual([
      'leeds ACCEPTED',
      'leeds RELEASED',
    ]);
    const before = told.is;
    expect(told.fill(fill('leeds')).is).toBe(before);
  });

  test('and ships complete is released when nothing waits any more', () => {
    const told = new Told({ shipComplete: true }).approve(
      [
        { sku: 'tea', nodeId: 'leeds', quantity: 3 },
        { sku: 'cup', nodeId: 'york', quantity: 1 },
      ],
      [TURN],
    );
    expect(told.is).toMatchObject({ status: 'BACKORDERED', shipments: [] });
    const [tea] = told.is.lines;
    expect(tea && sourcesOf(told.is, tea)).toEqual([{ nodeId: 'leeds', quantity: 3, state: 'COMMITTED' }]);
    told.fill(fill('york'));
    expect(told.is.shipments.map(({ nodeId }) => nodeId)).toEqual(['leeds', 'york']);
  });

  test('keeps a fill that comes before its approval, once, and goes out with it', () => {
    const told = new Told();
    told.fill(fill('york'));
    told.fill(fill('york'));
    expect(told.is).toMatchObject({ status: 'PENDING', earlyFills: [{ place: 4 }] });
    expect(told.is.earlyFills).toHaveLength(1);
    const allocations = [
      { sku: 'tea', nodeId: 'leeds', quantity: 3 },
      { sku: 'cup', nodeId: 'leeds', quantity: 1 },
    ];
    told.decideOrder(approval(allocations, [TURN]));
    expect(told.is).toMatchObject({
      status: 'APPROVED',
      earlyFills: [],
      lines: [{ waits: [] }, { waits: [] }],
    });
    expect(told.is.shipments.map(({ nodeId }) => nodeId)).toEqual(['leeds', 'york']);
  });

  test.each<[string, () => Told]>([
    [
      'was rejected',
      () => {
        const told = new Told();
        told.decideOrder({ kind: 'reject', reason: 'OUT_OF_STOCK' });
        return told;
      },
    ],
    ['is approved and does not know the entry', () => approved()],
    [
      'is being cancelled',
      () => {
        const told = approved();
        told.cancel();
        return told;
      },
    ],
  ])('drops a fill where it %s', (_name, given) => {
    const told = given();
    const before = told.is;
    expect(told.fill(fill('york')).is).toBe(before);
  });

  test('drops an early fill with its rejection', () => {
    const told = new Told().fill(fill('york'));
    told.decideOrder({ kind: 'reject', reason: 'CREDIT_LIMIT_EXCEEDED' });
    expect(told.is.earlyFills).toEqual([]);
  });
});

describe('a report is refused, and nothing changes,', () => {
  const report = {
    accept: (told: Told, shipmentId: string) => told.recordAccept(shipmentId),
    ship: (told: Told, shipmentId: string) => told.ship(shipmentId),
    deliver: (told: Told, shipmentId: string) => told.deliver(shipmentId),
  };

  test.each([
    ['of a shipment nobody knows', approved(), 'accept', 'shp_1_9', 'UNKNOWN_SHIPMENT'],
    ['of an order that is pending', new Told(), 'ship', LEEDS, 'UNKNOWN_SHIPMENT'],
    ['accepted twice', approved().accept(), 'accept', LEEDS, 'ALREADY_REPORTED'],
    ['accepted after it has shipped', approved().shipped(), 'accept', LEEDS, 'ALREADY_REPORTED'],
    ['shipped before it was accepted', approved(), 'ship', LEEDS, 'NOT_ACCEPTED'],
    ['shipped twice', approved().shipped(), 'ship', LEEDS, 'ALREADY_REPORTED'],
    ['delivered before it was shipped', approved().accept(), 'deliver', LEEDS, 'NOT_SHIPPED'],
    ['delivered before it was accepted', approved(), 'deliver', LEEDS, 'NOT_SHIPPED'],
  ] as const)('%s', (_name, told, kind, shipmentId, reason) => {
    const before = told.is;
    const rows = told.book.rows.size;
    expect(report[kind](told, shipmentId)).toEqual(refusal(reason));
    expect(told.is).toBe(before);
    expect(told.book.rows.size).toBe(rows);
  });
});

describe('units are on the move', () => {
  const order = (line: Partial<OrderLine>, shipments: readonly Partial<Shipment>[] = []) =>
    ({
      status: 'FULFILLING',
      lines: [{ lineId: '1', quantity: 3, committed: [], waits: [], cancelled: 0, ...line }],
      shipments,
    }) as unknown as Order;
  const carrying = (state: Shipment['state'], quantity = 2) => ({
    state,
    lines: [{ lineId: '1', quantity }],
  });

  test.each<[string, Order, boolean]>([
    ['where a node gave them back and they are nowhere', order({}, [carrying('RELEASED') as never]), true],
    [
      'where the shipment that carried them was given up',
      order({ cancelled: 1 }, [carrying('CANCELLED') as never]),
      true,
    ],
    ['not where the rest was cancelled', order({ cancelled: 1 }, [carrying('SHIPPED') as never]), false],
    ['not where the rest waits', order({ waits: [{ place: 1, quantity: 3, promiseDate: null }] }), false],
    ['not where nodes have them idle', order({ committed: [{ nodeId: 'leeds', quantity: 3 }] }), false],
    ['not in an order that is not approved', { ...order({}), status: 'PENDING' }, false],
  ])('%s', (_name, given, isMoving) => {
    expect(isMovingUnits(given)).toBe(isMoving);
  });
});
