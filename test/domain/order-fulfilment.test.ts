import { decideClaimCancel, refusalOfCancel } from '../../src/domain/order/cancel-order';
import { decideFilled } from '../../src/domain/order/fill-order';
import { sourcesOf } from '../../src/domain/order/line-units';
import type { Order } from '../../src/domain/order/order';
import {
  decideClaimRejection,
  decideFinishRejection,
  decideOverdue,
  decideSettleRejection,
  refusalOfReject,
} from '../../src/domain/order/reject-shipment';
import { orderOfShipment } from '../../src/domain/order/release-shipments';
import {
  decideAccept,
  decideCaptureOverdue,
  decideDeliver,
  decideRecordCaptured,
  decideShip,
  refusalOfReport,
} from '../../src/domain/order/report-shipment';
import { decideClaimRevision, refusalOfRevise } from '../../src/domain/order/revise-order';
import { later, NOON } from './inventory-samples';
import { approved, LEEDS, LINES, refusal, reject, TERMS, Told, TURN, YORK } from './order-told';

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
    expect(told.ship()).toMatchObject({
      reservationId: 'rsv_1',
      takes: [{ sku: 'tea', nodeId: 'leeds', quantity: 3 }],
      capture: { amount: 15, finalTotal: null },
    });
    told.tell((order) => decideRecordCaptured(order, { shipmentId: LEEDS, amount: 15 }));
    note();
    told.accept(YORK);
    expect(told.ship(YORK)).toMatchObject({ capture: { amount: 18, finalTotal: 33 } });
    note();
    told.tell((order) => decideRecordCaptured(order, { shipmentId: YORK, amount: 18 }));
    told.tell((order) => decideDeliver(order, { commandId: 'd1', shipmentId: LEEDS }));
    note();
    told.tell((order) => decideDeliver(order, { commandId: 'd2', shipmentId: YORK }));
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

describe('an order that waits, for units or for its captures', () => {
  test('that waits for some units is BACKORDERED until a node accepts; what comes is a shipment of its own', () => {
    const told = new Told().approve(
      [
        { sku: 'tea', nodeId: 'leeds', quantity: 3 },
        { sku: 'cup', nodeId: 'leeds', quantity: 1 },
      ],
      [TURN],
    );
    expect(told.is.status).toBe('BACKORDERED');
    expect(told.accept().is.status).toBe('FULFILLING');
    const fill = { place: 4, allocations: [{ sku: 'cup', nodeId: 'leeds', quantity: 1 }] };
    told.tell((order) => decideFilled(order, fill, TERMS));
    expect(told.is.shipments.map(({ nodeId, state }) => `${nodeId} ${state}`)).toEqual([
      'leeds ACCEPTED',
      'leeds RELEASED',
    ]);
    expect(told.tell((order) => decideFilled(order, fill, TERMS))).toEqual({ kind: 'done' });
    expect(told.is.shipments).toHaveLength(2);
  });

  test('that ships complete is released when nothing waits any more', () => {
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
    const fill = { place: 4, allocations: [{ sku: 'cup', nodeId: 'york', quantity: 1 }] };
    told.tell((order) => decideFilled(order, fill, TERMS));
    expect(told.is.shipments.map(({ nodeId }) => nodeId)).toEqual(['leeds', 'york']);
  });

  test('a capture that is not heard of in time is asked for again, under the key of the first', () => {
    const told = approved().shipped();
    const due = { commandId: 'watch', shipmentId: LEEDS };
    const ask = (now: string) => told.tell((order) => decideCaptureOverdue(order, due, { now }));
    expect(ask(NOON)).toEqual(refusal('NOT_DUE'));
    expect(ask(later(NOON, 10))).toMatchObject({ shippedBy: `ship ${LEEDS}`, capture: { amount: 15 } });
    told.tell((order) => decideRecordCaptured(order, { shipmentId: LEEDS, amount: 15 }));
    expect(ask(later(NOON, 10))).toEqual(refusal('NOT_DUE'));
  });
});

describe('a report is refused, and nothing changes,', () => {
  test.each([
    ['of a shipment nobody knows', approved(), 'accept', 'shp_1_9', 'UNKNOWN_SHIPMENT'],
    ['accepted twice', approved().accept(), 'accept', LEEDS, 'ALREADY_REPORTED'],
    ['accepted after it has shipped', approved().shipped(), 'accept', LEEDS, 'ALREADY_REPORTED'],
    ['shipped before it was accepted', approved(), 'ship', LEEDS, 'NOT_ACCEPTED'],
    ['shipped twice', approved().shipped(), 'ship', LEEDS, 'ALREADY_REPORTED'],
    ['delivered before it was shipped', approved().accept(), 'deliver', LEEDS, 'NOT_SHIPPED'],
  ] as const)('%s', (_name, told, kind, shipmentId, reason) => {
    expect(refusalOfReport(told.is, kind, { shipmentId })).toEqual(refusal(reason));
    const before = told.is;
    const report = { commandId: 'late', shipmentId, tracking: null };
    const decide = { accept: decideAccept, ship: decideShip, deliver: decideDeliver }[kind];
    expect(told.tell((order) => decide(order, report, TERMS))).toEqual(refusal(reason));
    const lastCommand = { id: 'late', kind, outcome: 'refused', reason };
    expect(told.is).toEqual({ ...before, lastCommand });
  });

  test.each([
    ['of a line of another order', { lineId: '7' }, 'UNKNOWN_LINE'],
    ['of a line of another shipment', { lineId: '2' }, 'UNKNOWN_LINE'],
    ['of more units than it has', { quantity: 4 }, 'QUANTITY_TOO_LARGE'],
    ['of a shipment nobody knows', { shipmentId: 'shp_2_1' }, 'UNKNOWN_SHIPMENT'],
  ])('giving units back %s', (_name, over, reason) => {
    expect(refusalOfReject(approved().is, reject(over))).toEqual(refusal(reason));
  });

  test('giving units back that have left', () => {
    expect(refusalOfReject(approved().shipped().is, reject())).toEqual(refusal('ALREADY_REPORTED'));
  });

  test.each([
    ['cancelled', (order: Order | undefined) => decideClaimCancel(order, { commandId: 'c1' })],
    [
      'revised',
      (order: Order | undefined) =>
        decideClaimRevision(order, { commandId: 'c1', baseVersion: 1, lines: LINES }),
    ],
  ])('while the order is being %s', (_name, claim) => {
    const told = approved();
    told.tell<object>(claim);
    expect(refusalOfReport(told.is, 'accept', { shipmentId: LEEDS })).toEqual(refusal('CONFLICT'));
    expect(refusalOfReject(told.is, reject())).toEqual(refusal('CONFLICT'));
    expect(refusalOfCancel(told.is, { commandId: 'c2' })).toEqual(refusal('CONFLICT'));
    expect(refusalOfRevise(told.is, { commandId: 'c2', baseVersion: 1, lines: LINES })).toEqual(
      refusal('CONFLICT'),
    );
  });
});

describe('units that a node gives back', () => {
  const claimed = () => {
    const told = approved().accept();
    const given = told.tell((order) => decideClaimRejection(order, reject(), TERMS));
    return { told, given };
  };

  test('leave the shipment and are looked for elsewhere, while other shipments go on', () => {
    const { told, given } = claimed();
    expect(given).toMatchObject({ nodeId: 'leeds', elsewhere: [{ sku: 'tea', quantity: 2 }], exhausted: [] });
    expect(told.is).toMatchObject({ status: 'FULFILLING', shipments: [{ lines: [{ quantity: 1 }] }, {}] });
    told.accept(YORK);
    const found = { allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }], backordered: [] };
    told.tell((order) => decideSettleRejection(order, { commandId: 'c9' }, found, TERMS));
    expect(told.is).toMatchObject({ pending: null, lastCommand: { id: 'c9', outcome: 'done' }, total: 33 });
    expect(told.is.shipments[2]).toMatchObject({ id: 'shp_1_3', nodeId: 'hull', lines: [{ quantity: 2 }] });
  });

  test('that nobody has are cancelled, and the order is kept until their credit is given back', () => {
    const { told } = claimed();
    const nothing = { allocations: [], backordered: [] };
    const settled = told.tell((order) => decideSettleRejection(order, { commandId: 'c9' }, nothing, TERMS));
    expect(settled).toEqual({ kind: 'done', creditBy: -10 });
    expect(told.is).toMatchObject({ total: 23, lines: [{ cancelled: 2 }, {}], pending: { kind: 'reject' } });
    told.tell((order) => decideFinishRejection(order, { commandId: 'c9' }));
    expect(told.is.pending).toBeNull();
  });

  test('a fourth time are not looked for any more', () => {
    const told = approved();
    const shipments = ['shp_1_1', 'shp_1_3', 'shp_1_4', 'shp_1_5'];
    const answers = shipments.map((shipmentId, at) => {
      const commandId = `r${at}`;
      const given = told.tell((order) =>
        decideClaimRejection(order, reject({ shipmentId, commandId, quantity: 3 }), TERMS),
      );
      const found = { allocations: [{ sku: 'tea', nodeId: `n${at}`, quantity: 3 }], backordered: [] };
      told.tell((order) => decideSettleRejection(order, { commandId }, found, TERMS));
      return given.kind === 'done' && given.exhausted.length === 0;
    });
    expect(answers).toEqual([true, true, true, false]);
    expect(told.is.shipments.map(({ state }) => state)).toEqual([
      'REJECTED',
      'RELEASED',
      ...['REJECTED', 'REJECTED', 'REJECTED', 'RELEASED'],
    ]);
  });

  test('when the order’s time for that is up are not looked for any more, also by whoever asks again', () => {
    const inTime = approved();
    const give = (told: typeof inTime, seconds: number) =>
      told.tell((order) =>
        decideClaimRejection(order, reject(), {
          ...TERMS,
          now: later(NOON, TERMS.sourcingSeconds + seconds),
        }),
      );
    expect(give(inTime, 0)).toMatchObject({ elsewhere: [{ quantity: 2 }], exhausted: [] });
    const late = approved();
    const exhausted = { elsewhere: [], exhausted: [{ sku: 'tea', quantity: 2 }] };
    expect(give(late, 1)).toMatchObject(exhausted);
    expect(give(late, -1)).toMatchObject(exhausted);
  });

  test.each([
    ['to accept', approved(), 60],
    ['to send', approved().accept(), 600],
  ])('for want of a word in time %s', (_name, told, seconds) => {
    const due = { commandId: 'watch', shipmentId: LEEDS };
    const ask = (now: string) => told.tell((order) => decideOverdue(order, due, { ...TERMS, now }));
    expect(ask(later(NOON, seconds - 1))).toEqual(refusal('NOT_DUE'));
    expect(ask(later(NOON, seconds))).toMatchObject({ reason: 'NO_RESPONSE', elsewhere: [{ quantity: 3 }] });
    expect(told.is.shipments[0]).toMatchObject({ state: 'REJECTED', lines: [], dueAt: null });
    expect(refusalOfReport(told.is, 'accept', { shipmentId: LEEDS })).toEqual(refusal('SHIPMENT_OVER'));
  });
});
