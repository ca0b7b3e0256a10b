import { recordCancel } from '../../../src/domain/order/cancel-order';
import { decideOrder, recordedOrder } from '../../../src/domain/order/create-order';
import { erasureOf } from '../../../src/domain/order/erase-personal-data';
import { evolveOrder } from '../../../src/domain/order/evolve-order';
import { sourcesByLine, totalOf } from '../../../src/domain/order/line-units';
import type { Order } from '../../../src/domain/order/order';
import type { OrderEvent } from '../../../src/domain/order/order-events';
import { later, NOON } from '../inventory/inventory-samples';
import { ORDER_ID, rowOf } from './order-book';
import { approval, approved, LINES, refusal, TERMS, Told, TURN, WANTED } from './order-told';

const recorded = recordedOrder('shop', WANTED);
const SHORT = [{ sku: 'tea', requested: 3, available: 1 }];
const turnedDown = { kind: 'reject', reason: 'OUT_OF_STOCK', shortages: SHORT } as const;
const create = rowOf('create', ORDER_ID, WANTED);

const given = (...events: OrderEvent[]): Order | undefined =>
  events.reduce<Order | undefined>(
    (order, event, index) => evolveOrder(order, ORDER_ID, event, later(NOON, index)),
    undefined,
  );

describe('an order folds its events', () => {
  test('recorded: pending, unpaid, nothing sourced', () => {
    expect(given(recorded)).toEqual({
      id: ORDER_ID,
      ...WANTED,
      isErased: false,
      returns: [],
      caller: 'shop',
      total: 33,
      lines: LINES.map((line) => ({ ...line, committed: [], waits: [], cancelled: 0, refusals: 0 })),
      shipments: [],
      pending: null,
      lastCommand: null,
      earlyFills: [],
      lastLine: 2,
      status: 'PENDING',
      reason: null,
      shortages: null,
      payment: 'unpaid',
      version: 1,
      createdAt: NOON,
      updatedAt: NOON,
    });
  });

  test('approved: the credit is authorized and each node is told of its part', () => {
    const { events } = decideOrder(given(recorded), create, approval(), TERMS);
    expect(given(recorded, ...events)).toMatchObject({
      status: 'APPROVED',
      payment: 'authorized',
      reservationId: 'rsv_1',
      shipments: [
        { nodeId: 'leeds', state: 'RELEASED', lines: [{ lineId: '1', sku: 'tea', quantity: 3 }] },
        { nodeId: 'york', state: 'RELEASED', lines: [{ lineId: '2', sku: 'cup', quantity: 2 }] },
      ],
      createdAt: NOON,
      updatedAt: later(NOON, 1),
    });
  });

  test('rejected: the reason stays, with how much of each item there was', () => {
    const { events } = decideOrder(given(recorded), create, turnedDown, TERMS);
    expect(given(recorded, ...events)).toMatchObject({
      status: 'REJECTED',
      reason: 'OUT_OF_STOCK',
      shortages: SHORT,
      payment: 'unpaid',
      version: 1,
    });
  });

  test('erased: the sealed text is gone, all else stays, and nothing is left to erase', () => {
    const sealed = recordedOrder('shop', { ...WANTED, sealed: 'sealed text' });
    const before = given(sealed);
    const after = given(sealed, ...erasureOf(before));
    expect(after).toEqual({ ...before, sealed: null, isErased: true, updatedAt: later(NOON, 1) });
    for (const order of [after, given(recorded), undefined]) expect(erasureOf(order)).toEqual([]);
  });

  test('events before the recording are of no order', () => {
    const { events } = decideOrder(given(recorded), create, approval(), TERMS);
    expect(given(...events)).toBeUndefined();
  });
});

describe('deciding an order', () => {
  test('approved without surplus, its command is over', () => {
    const told = new Told();
    expect(told.decideOrder(approval())).toEqual({ kind: 'approved' });
    expect(told.row(ORDER_ID)).toMatchObject({ decision: { kind: 'approved' }, isClosed: true });
  });

  test('approved with more at partners than it needs, its command stays open', () => {
    const told = new Told();
    expect(told.decideOrder(approval(undefined, [], true))).toEqual({ kind: 'approved', hasSurplus: true });
    expect(told.row(ORDER_ID).isClosed).toBe(false);
  });

  test('says where some units are still to come', () => {
    const allocations = [{ sku: 'tea', nodeId: 'leeds', quantity: 3 }];
    const turn = { ...TURN, quantity: 2 };
    const told = new Told();
    expect(told.decideOrder(approval(allocations, [turn]))).toEqual({ kind: 'backordered' });
    expect(told.is).toMatchObject({ status: 'BACKORDERED', lines: [{}, { waits: [{ place: 4 }] }] });
  });

  test('rejected, it stays open: what was had is given back by what follows', () => {
    const told = new Told();
    const { kind: _, ...why } = turnedDown;
    expect(told.decideOrder(turnedDown)).toEqual({ kind: 'rejected', ...why });
    expect(told.row(ORDER_ID)).toMatchObject({ decision: { kind: 'rejected' }, isClosed: false });
    expect(told.is).toMatchObject({ status: 'REJECTED', reason: 'OUT_OF_STOCK', shortages: SHORT });
  });

  test.each([
    ['approved', approval(), turnedDown],
    ['rejected', turnedDown, approval()],
  ])('repeats the first decision, whatever a later run proposes (%s)', (kind, first, second) => {
    const told = new Told();
    const decision = told.decideOrder(first);
    const { is } = told;
    expect(told.decideOrder(second)).toEqual(decision);
    expect(decision.kind).toBe(kind);
    expect(told.is).toBe(is);
  });

  test('is a fault where the order is not waiting for it', () => {
    expect(() => decideOrder(approved().is, create, approval(), TERMS)).toThrow('undecided, but not PENDING');
    expect(() => decideOrder(undefined, create, turnedDown, TERMS)).toThrow('undecided, but not PENDING');
  });
});

describe('cancelling a pending order', () => {
  const cancelled = () => {
    const told = new Told();
    const answer = told.cancel();
    return { told, answer };
  };

  test('rejects it, writes that as the decision of its own command, and is over', () => {
    const { told, answer } = cancelled();
    expect(answer).toEqual({ kind: 'rejected-order' });
    expect(told.is).toMatchObject({ status: 'REJECTED', reason: 'CANCELLED', pending: null });
    expect(told.row('c1')).toMatchObject({ decision: { kind: 'rejected-order' }, isClosed: true });
    const own = { decision: { kind: 'rejected', reason: 'CANCELLED' }, isClosed: false };
    expect(told.row(ORDER_ID)).toMatchObject(own);
  });

  test('is what every run of the order follows, also one that has got all it needs', () => {
    const { told } = cancelled();
    expect(told.decideOrder(approval())).toEqual({ kind: 'rejected', reason: 'CANCELLED' });
    expect(told.is.status).toBe('REJECTED');
  });

  test('comes once: the order is over', () => {
    const { told } = cancelled();
    expect(told.cancel('c2')).toEqual(refusal('ALREADY_FINAL'));
    expect(recordCancel(undefined, { id: 'c3' })).toEqual(refusal('UNKNOWN_ORDER'));
  });

  test('leaves nothing that could be approved, shipped or revised', () => {
    const { told } = cancelled();
    expect(told.revise(LINES)).toEqual(refusal('ALREADY_FINAL'));
    expect(told.recordAccept()).toEqual(refusal('UNKNOWN_SHIPMENT'));
  });
});

describe('the total', () => {
  test.each([
    [[], 0],
    [[{ quantity: 3, unitPrice: 0 }], 0],
    [
      [
        { quantity: 2, unitPrice: 500 },
        { quantity: 1, unitPrice: 900 },
      ],
      1900,
    ],
    [[{ quantity: 3, unitPrice: 33 }], 99],
  ])('of %j is %d minor units', (lines, total) => {
    expect(totalOf(lines)).toBe(total);
  });
});

describe('what was allocated, dealt out to the lines', () => {
  const line = (lineId: string, sku: string, quantity: number) => ({ lineId, sku, quantity });

  test('two lines of one SKU share its nodes in their order', () => {
    const lines = [line('1', 'tea', 3), line('2', 'cup', 1), line('3', 'tea', 2)];
    const allocations = [
      { sku: 'tea', nodeId: 'leeds', quantity: 4 },
      { sku: 'tea', nodeId: 'york', quantity: 1 },
      { sku: 'cup', nodeId: 'york', quantity: 1 },
    ];
    expect(sourcesByLine(lines, allocations)).toEqual([
      { lineId: '1', nodeId: 'leeds', quantity: 3 },
      { lineId: '2', nodeId: 'york', quantity: 1 },
      { lineId: '3', nodeId: 'leeds', quantity: 1 },
      { lineId: '3', nodeId: 'york', quantity: 1 },
    ]);
    expect(allocations[0]?.quantity).toBe(4);
    expect(sourcesByLine(lines, allocations)).toEqual(sourcesByLine(lines, allocations));
  });

  test('nothing is dealt of what was not allocated', () => {
    expect(sourcesByLine([line('1', 'tea', 3)], [{ sku: 'cup', nodeId: 'leeds', quantity: 3 }])).toEqual([]);
  });
});
