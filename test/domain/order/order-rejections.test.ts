import { recordRejection, settleRejection } from '../../../src/domain/order/reject-shipment';
import { later, NOON } from '../inventory/inventory-samples';
import { rowOf } from './order-book';
import { approved, LEEDS, NOTHING, refusal, TERMS, Told, YORK } from './order-told';

const overdue = (told: Told, seconds: number, id = 'd1') =>
  told.reject({ reason: 'NO_RESPONSE', lineId: undefined, quantity: undefined } as object, {
    id,
    now: later(NOON, seconds),
  });
const atHull = { allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }], backordered: [] };

const rejected = () => {
  const told = approved().accept();
  return { told, decision: told.reject() };
};

const NO_CAPACITY = {
  ...{ customerId: 'ada', currency: 'EUR', shipmentId: LEEDS },
  reason: 'NO_CAPACITY',
} as const;

describe('units that a node gives back', () => {
  test('leave the shipment at once, and the record decides what is to be found elsewhere', () => {
    const { told, decision } = rejected();
    expect(decision).toEqual({
      kind: 'given-back',
      reservationId: 'rsv_1',
      nodeId: 'leeds',
      reason: 'NOT_IN_STOCK',
      lines: [{ lineId: '1', sku: 'tea', quantity: 2 }],
      elsewhere: [{ sku: 'tea', quantity: 2 }],
      exhausted: [],
      together: [],
      shipments: 2,
    });
    expect(told.row('r1')).toMatchObject({ decision, isClosed: false });
    expect(told.is).toMatchObject({
      status: 'FULFILLING',
      shipments: [{ lines: [{ quantity: 1 }] }, {}],
      pending: { kind: 'reject', commandId: 'r1' },
    });
  });

  test('go out from where they were found, and that ends the command', () => {
    const { told } = rejected();
    told.accept(YORK);
    expect(told.settle(atHull)).toEqual({ kind: 'done', creditBy: 0 });
    expect(told.is).toMatchObject({ pending: null, lastCommand: { id: 'r1', outcome: 'done' }, total: 33 });
    expect(told.is.shipments[2]).toMatchObject({ id: 'shp_1_3', nodeId: 'hull', lines: [{ quantity: 2 }] });
    expect(told.row('r1').isClosed).toBe(true);
  });

  test('that a partner gave back leave the command open until the partner has been told', () => {
    const { told } = rejected();
    told.settle(atHull, { hasSurplus: true });
    expect(told.is.pending).toBeNull();
    expect(told.row('r1').isClosed).toBe(false);
    told.freeRejected(true);
    expect(told.row('r1').isClosed).toBe(false);
  });

  test('that nobody has are cancelled, and the order is kept until their credit is given back', () => {
    const { told } = rejected();
    expect(told.settle()).toEqual({ kind: 'done', creditBy: -10 });
    expect(told.is).toMatchObject({ total: 23, lines: [{ cancelled: 2 }, {}], pending: { kind: 'reject' } });
    expect(told.row('r1').isClosed).toBe(false);
    told.freeRejected();
    expect(told.is.pending).toBeNull();
    expect(told.row('r1').isClosed).toBe(true);
  });

  test('that a partner gave back, and nobody has, free the order and leave the command open', () => {
    const { told } = rejected();
    told.settle(NOTHING, { hasSurplus: true });
    told.freeRejected(true);
    expect(told.is.pending).toBeNull();
    expect(told.row('r1').isClosed).toBe(false);
  });

  test('in part: what was found ships, what may wait waits, and the rest is cancelled', () => {
    const told = approved();
    told.reject({ quantity: 3 });
    const found = {
      allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 1 }],
      backordered: [{ sku: 'tea', quantity: 1, place: 8, promiseDate: null }],
    };
    expect(told.settle(found)).toEqual({ kind: 'done', creditBy: -5 });
    expect(told.is.lines[0]).toMatchObject({ quantity: 3, cancelled: 1, waits: [{ place: 8, quantity: 1 }] });
  });

  test('are not settled by a command that does not have the order', () => {
    const told = approved();
    const row = rowOf('reject', 'r2', NO_CAPACITY);
    expect(() => settleRejection(told.is, row, { found: NOTHING, hasSurplus: false }, TERMS)).toThrow(
      'rejection r2 has not locked its order',
    );
    const before = told.is;
    told.book.rows.set(row.id, row);
    told.freeRejected(false, row.id);
    expect(told.is).toBe(before);
  });
});

describe('a shipment that leaves', () => {
  const leavingBeside = (told: Told) => {
    told.shipped(YORK).accept(LEEDS);
    told.reject();
    return told;
  };

  test('is not the last one while units that a node gave back are looked for', () => {
    expect(leavingBeside(approved()).ship(LEEDS)).toMatchObject({ capture: { amount: 5, finalTotal: null } });
  });

  test('is the last one once they are cancelled, and all are worth what is left of the order', () => {
    const told = leavingBeside(approved());
    told.settle();
    expect(told.ship(LEEDS)).toMatchObject({ capture: { amount: 5, finalTotal: 23 } });
  });
});

describe('entries in queues that units given back have got', () => {
  test('and that were filled before the settlement go out with it', () => {
    const told = approved();
    told.reject();
    told.fill({ place: 8, allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }] });
    expect(told.is.earlyFills).toHaveLength(1);
    told.settle({
      allocations: [],
      backordered: [{ sku: 'tea', quantity: 2, place: 8, promiseDate: null }],
    });
    expect(told.is).toMatchObject({ earlyFills: [], shipments: [{}, {}, { nodeId: 'hull' }] });
  });

  test('and that the order never hears of are dropped with the end of the command', () => {
    const { told } = rejected();
    told.settle();
    told.fill({ place: 8, allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }] });
    told.freeRejected();
    expect(told.is).toMatchObject({ earlyFills: [], pending: null });
  });
});

describe('units given back are looked for elsewhere so often and so long', () => {
  test('a fourth time they are not looked for any more', () => {
    const told = approved();
    const shipments = ['shp_1_1', 'shp_1_3', 'shp_1_4', 'shp_1_5'];
    const isExhausted = shipments.map((shipmentId, at) => {
      const id = `r${at}`;
      const decision = told.reject({ shipmentId, quantity: 3 }, { id });
      told.settle({ allocations: [{ sku: 'tea', nodeId: `n${at}`, quantity: 3 }], backordered: [] }, { id });
      return decision.kind === 'given-back' && decision.exhausted.length > 0;
    });
    expect(isExhausted).toEqual([false, false, false, true]);
    expect(told.is.shipments.map(({ state }) => state)).toEqual([
      'REJECTED',
      'RELEASED',
      ...['REJECTED', 'REJECTED', 'REJECTED', 'RELEASED'],
    ]);
  });

  test('when the order’s time for that is up they are not looked for any more', () => {
    const exhausted = { elsewhere: [], exhausted: [{ sku: 'tea', quantity: 2 }] };
    const give = (seconds: number) =>
      approved().reject({}, { now: later(NOON, TERMS.sourcingSeconds + seconds) });
    expect(give(0)).toMatchObject({ elsewhere: [{ quantity: 2 }], exhausted: [] });
    expect(give(1)).toMatchObject(exhausted);
  });
});

describe('a rejection is refused, and leaves no row,', () => {
  test.each([
    ['of a line of another order', approved(), { lineId: '7' }, 'UNKNOWN_LINE'],
    ['of a line of another shipment', approved(), { lineId: '2' }, 'UNKNOWN_LINE'],
    ['of more units than the shipment has', approved(), { quantity: 4 }, 'QUANTITY_TOO_LARGE'],
    ['of a shipment nobody knows', approved(), { shipmentId: 'shp_2_1' }, 'UNKNOWN_SHIPMENT'],
    ['of an order that is not approved', new Told(), {}, 'UNKNOWN_SHIPMENT'],
    ['of units that have left', approved().shipped(), {}, 'ALREADY_REPORTED'],
  ])('%s', (_name, told, over, reason) => {
    const before = told.is;
    expect(told.reject(over)).toEqual(refusal(reason));
    expect(told.is).toBe(before);
    expect(told.book.rows.has('r1')).toBe(false);
  });

  test('where there is no such order', () => {
    const wanted = NO_CAPACITY;
    expect(recordRejection(undefined, { id: 'r1', wanted }, TERMS)).toEqual(refusal('UNKNOWN_SHIPMENT'));
  });
});

describe('a deadline', () => {
  test.each([
    ['to accept', () => approved(), TERMS.acceptSeconds],
    ['to send', () => approved().accept(), TERMS.shipSeconds],
  ])('%s that has passed gives all of the shipment back', (_name, order, seconds) => {
    const told = order();
    expect(overdue(told, seconds - 1)).toEqual(refusal('NOT_DUE'));
    expect(overdue(told, seconds)).toMatchObject({
      reason: 'NO_RESPONSE',
      lines: [{ lineId: '1', quantity: 3 }],
      elsewhere: [{ sku: 'tea', quantity: 3 }],
    });
    expect(told.is.shipments[0]).toMatchObject({ state: 'REJECTED', lines: [], dueAt: null });
    expect(told.recordAccept()).toEqual(refusal('SHIPMENT_OVER'));
  });

  test('is met by what the node has done in the meantime', () => {
    expect(overdue(approved().shipped(), 1e6)).toEqual(refusal('ALREADY_REPORTED'));
    const accepted = approved().accept();
    expect(overdue(accepted, TERMS.acceptSeconds)).toEqual(refusal('NOT_DUE'));
  });

  test('waits while another command has the order, and counts once that is over', () => {
    const told = approved();
    told.reject({ shipmentId: YORK, lineId: '2', quantity: 1 });
    expect(overdue(told, 1e6)).toEqual(refusal('CONFLICT'));
    told.settle();
    told.freeRejected();
    expect(overdue(told, 1e6)).toMatchObject({ kind: 'given-back' });
    expect(overdue(told, 1e6, 'd2')).toEqual(refusal('SHIPMENT_OVER'));
  });
});
