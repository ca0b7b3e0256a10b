import { attentionOf, decideResolve, decideRetry, decideSettle } from '../../src/domain/order/compensation';
import { decideApprove, decideRecord, decideReject } from '../../src/domain/order/create-order';
import { evolveOrder } from '../../src/domain/order/evolve-order';
import { sourcesByLine, totalOf } from '../../src/domain/order/line-units';
import type { Order } from '../../src/domain/order/order';
import type { OrderEvent, RecordedOrder } from '../../src/domain/order/order-events';
import { later, NOON } from './inventory-samples';

const RECORDED: RecordedOrder = {
  caller: 'shop',
  customerId: 'ada',
  currency: 'EUR',
  lines: [
    { lineId: '1', sku: 'tea', quantity: 2, unitPrice: 500 },
    { lineId: '2', sku: 'cup', quantity: 1, unitPrice: 900 },
  ],
  total: 1900,
  region: 'north',
  channel: null,
  reservationId: null,
  shipComplete: false,
  sagaId: 'saga-1',
};
const SOURCES = [
  { lineId: '1', nodeId: 'leeds', quantity: 2 },
  { lineId: '2', nodeId: 'york', quantity: 1 },
];
const ATTENTION = { remaining: ['releaseStock'], failure: 'the database refused' };

const recorded: OrderEvent = { type: 'orders.order-recorded.v1', data: RECORDED };
const TERMS = { now: NOON, acceptSeconds: 60, shipSeconds: 600, captureSeconds: 10, sourcingSeconds: 6_000 };
const approved: OrderEvent = {
  type: 'orders.order-approved.v1',
  data: {
    reservationId: 'rsv_1',
    sources: SOURCES,
    shipments: SOURCES.map(({ nodeId, ...line }, at) => ({
      id: `shp_1_${at + 1}`,
      nodeId,
      dueAt: later(NOON, 60),
      lines: [line],
    })),
  },
};
const rejected = (compensation: 'none' | 'running' | 'done' = 'none'): OrderEvent => ({
  type: 'orders.order-rejected.v1',
  data: { reason: 'OUT_OF_STOCK', compensation },
});
const needed: OrderEvent = { type: 'orders.attention-needed.v1', data: ATTENTION };
const finished: OrderEvent = { type: 'orders.compensation-finished.v1', data: {} };
const retried: OrderEvent = { type: 'orders.compensation-retried.v1', data: { by: 'eve' } };
const resolved: OrderEvent = { type: 'orders.attention-resolved.v1', data: { by: 'eve', note: 'by hand' } };
const BY_HAND = { by: 'eve', note: 'by hand', mayLeaveSurplus: true };

const given = (...events: OrderEvent[]): Order | undefined =>
  events.reduce<Order | undefined>(
    (order, event, index) => evolveOrder(order, 'ord_1', event, later(NOON, index)),
    undefined,
  );
const givenOrder = (...events: OrderEvent[]): Order => {
  const order = given(...events);
  if (!order) throw new Error('no order');
  return order;
};
const DONE = { kind: 'done' };
const refusal = (reason: string) => ({ kind: 'refused', reason });
const nothing = (answer: object) => ({ answer, events: [] });

describe('an order folds its events', () => {
  test('recorded: pending, unpaid, nothing sourced', () => {
    expect(given(recorded)).toEqual({
      id: 'ord_1',
      ...RECORDED,
      lines: RECORDED.lines.map((line) => ({
        ...line,
        committed: [],
        waits: [],
        cancelled: 0,
        refusals: 0,
      })),
      shipments: [],
      pending: null,
      lastCommand: null,
      earlyFills: [],
      status: 'PENDING',
      reason: null,
      payment: 'unpaid',
      compensation: 'none',
      attention: null,
      version: 1,
      createdAt: NOON,
      updatedAt: NOON,
    });
  });

  test('approved: the credit is authorized and each line knows where it comes from', () => {
    expect(given(recorded, approved)).toMatchObject({
      status: 'APPROVED',
      payment: 'authorized',
      reservationId: 'rsv_1',
      shipments: [
        { nodeId: 'leeds', state: 'RELEASED', lines: [{ lineId: '1', sku: 'tea', quantity: 2 }] },
        { nodeId: 'york', state: 'RELEASED', lines: [{ lineId: '2', sku: 'cup', quantity: 1 }] },
      ],
      createdAt: NOON,
      updatedAt: later(NOON, 1),
    });
  });

  test.each<[string, OrderEvent[], Partial<Order>]>([
    ['rejected, with nothing to undo', [rejected('none')], { compensation: 'none', attention: null }],
    ['rejected, all undone', [rejected('done')], { compensation: 'done' }],
    ['rejected, undos under way', [rejected('running')], { compensation: 'running' }],
    ['undos ended', [rejected('running'), finished], { compensation: 'done', attention: null }],
    [
      'an undo is stuck',
      [rejected('running'), needed],
      { compensation: 'needs_attention', attention: ATTENTION },
    ],
    [
      'tried again: what was left still shows',
      [rejected('running'), needed, retried],
      { compensation: 'running', attention: ATTENTION },
    ],
    [
      'tried again, and ended',
      [rejected('running'), needed, retried, finished],
      { compensation: 'done', attention: null },
    ],
    ['put right by hand', [rejected('running'), needed, resolved], { compensation: 'done', attention: null }],
  ])('%s', (_name, events, expected) => {
    expect(given(recorded, ...events)).toMatchObject({
      ...expected,
      status: 'REJECTED',
      reason: 'OUT_OF_STOCK',
      payment: 'unpaid',
      version: 1,
    });
  });

  test('events before the recording are of no order', () => {
    expect(given(approved)).toBeUndefined();
  });
});

describe('recording', () => {
  test('makes a pending order, once', () => {
    expect(decideRecord(undefined, RECORDED, false)).toEqual({ answer: DONE, events: [recorded] });
    expect(decideRecord(given(recorded), RECORDED, false)).toEqual(nothing(DONE));
    expect(decideRecord(given(recorded, approved), RECORDED, false)).toEqual(nothing(DONE));
  });

  test('whose idempotency key was claimed for another body: recorded as refused, once', () => {
    const { answer, events } = decideRecord(undefined, RECORDED, true);
    expect(answer).toEqual(refusal('IDEMPOTENCY_KEY_REUSED'));
    expect(events).toEqual([
      recorded,
      { type: 'orders.order-rejected.v1', data: { reason: 'IDEMPOTENCY_KEY_REUSED', compensation: 'none' } },
    ]);
    expect(decideRecord(given(...events), RECORDED, true)).toEqual(nothing(answer));
    expect(decideRecord(undefined, RECORDED, true, true).answer).toEqual(refusal('PROCESSING_FAILED'));
    expect(given(...events)).toMatchObject({ status: 'REJECTED', reason: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test.each([
    ['pending', [recorded]],
    ['approved', [recorded, approved]],
    ['rejected', [recorded, rejected()]],
  ])('what another saga has recorded is left alone (%s)', (_name, events) => {
    const other = { ...RECORDED, sagaId: 'saga-2' };
    const elsewhere = nothing({ kind: 'owned-elsewhere', sagaId: 'saga-1' });
    expect(decideRecord(given(...events), other, false)).toEqual(elsewhere);
    expect(decideRecord(given(...events), other, true)).toEqual(elsewhere);
  });

  test('an order that was rejected meanwhile is not taken up again', () => {
    expect(decideRecord(given(recorded, rejected()), RECORDED, false)).toEqual(
      nothing(refusal('OUT_OF_STOCK')),
    );
  });
});

describe('approving', () => {
  const approval = {
    reservationId: 'rsv_1',
    allocations: [
      { sku: 'tea', nodeId: 'leeds', quantity: 2 },
      { sku: 'cup', nodeId: 'york', quantity: 1 },
    ],
    backordered: [],
  };

  test('is done once', () => {
    expect(decideApprove(given(recorded), approval, TERMS)).toEqual({ answer: DONE, events: [approved] });
    expect(decideApprove(given(recorded, approved), approval, TERMS)).toEqual(nothing(DONE));
  });

  test.each([
    ['was rejected', given(recorded, rejected('running'))],
    ['was never recorded', undefined],
  ])('an order that %s is refused, so that its saga undoes what it did', (_name, order) => {
    expect(decideApprove(order, approval, TERMS)).toEqual(nothing(refusal('RECLAIMED')));
  });
});

describe('rejecting', () => {
  test.each([
    ['nothing was done', [], [], 'none'],
    ['all was undone', ['holdCredit'], [], 'done'],
    ['something is left to undo', ['holdCredit'], ['commitStock'], 'running'],
    ['all is left to undo', [], ['commitStock'], 'running'],
  ] as const)('where %s', (_name, undone, remaining, compensation) => {
    const rejection = { reason: 'OUT_OF_STOCK', undone, remaining } as const;
    const { answer, events } = decideReject(given(recorded), rejection);
    expect({ answer, events }).toEqual({ answer: DONE, events: [rejected(compensation)] });
    expect(decideReject(given(recorded, ...events), rejection)).toEqual(nothing(DONE));
  });

  test('an approved order stays approved', () => {
    const rejection = { reason: 'OUT_OF_STOCK', undone: [], remaining: [] } as const;
    expect(decideReject(given(recorded, approved), rejection)).toEqual(nothing(DONE));
  });

  test('the first reason stands', () => {
    const second = { reason: 'CREDIT_LIMIT_EXCEEDED', undone: [], remaining: ['commitStock'] } as const;
    expect(decideReject(given(recorded, rejected('done')), second)).toEqual(nothing(DONE));
  });
});

describe('settling what was undone outside the set', () => {
  test.each([
    ['all is done', null, finished],
    ['an undo is stuck', ATTENTION, needed],
  ])('%s, once', (_name, attention, event) => {
    const order = given(recorded, rejected('running'));
    expect(decideSettle(order, attention)).toEqual({ answer: DONE, events: [event] });
    expect(decideSettle(given(recorded, rejected('running'), event), attention)).toEqual(nothing(DONE));
  });

  test.each([
    ['nothing was to undo', [rejected('none')]],
    ['all is done', [rejected('running'), finished]],
    ['an operator has put it right', [rejected('running'), needed, resolved]],
    ['it is still pending', []],
  ])('late news change nothing where %s', (_name, events) => {
    expect(decideSettle(given(recorded, ...events), ATTENTION)).toEqual(nothing(DONE));
    expect(decideSettle(given(recorded, ...events), null)).toEqual(nothing(DONE));
  });

  test.each([
    ['another', { remaining: ['releaseCredit'], failure: 'again' }],
    ['the same', ATTENTION],
  ])('a second trouble after a retry is shown: %s', (_name, again) => {
    const order = given(recorded, rejected('running'), needed, retried);
    expect(decideSettle(order, again).events).toEqual([{ type: 'orders.attention-needed.v1', data: again }]);
  });
});

describe('an operator', () => {
  const stuck = givenOrder(recorded, rejected('running'), needed);

  test('is told what is left, and why the order was refused', () => {
    expect(attentionOf(stuck)).toEqual({ kind: 'done', attention: ATTENTION, reason: 'OUT_OF_STOCK' });
  });

  test('has it run again, once', () => {
    expect(decideRetry(stuck, 'eve')).toEqual({ answer: DONE, events: [retried] });
    expect(decideRetry(given(recorded, rejected('running'), needed, retried), 'eve')).toEqual(nothing(DONE));
  });

  test('says that it was put right by hand, once', () => {
    expect(decideResolve(stuck, BY_HAND).events).toEqual([resolved]);
    const after = givenOrder(recorded, rejected('running'), needed, resolved);
    expect(decideResolve(after, BY_HAND)).toEqual(nothing({ kind: 'not-stuck', compensation: 'done' }));
  });

  test.each([
    ['pending', [], 'none'],
    ['approved', [approved], 'none'],
    ['being undone', [rejected('running')], 'running'],
    ['undone', [rejected('done')], 'done'],
  ] as const)('has nothing to do with an order that is %s', (_name, events, compensation) => {
    const order = givenOrder(recorded, ...events);
    expect(attentionOf(order)).toEqual({ kind: 'not-stuck', compensation });
    expect(decideResolve(order, BY_HAND)).toEqual(nothing({ kind: 'not-stuck', compensation }));
    expect(decideRetry(order, 'eve').events).toEqual([]);
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
