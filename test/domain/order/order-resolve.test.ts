import type { CommandKind, CommandRow, Wanted } from '../../../src/domain/command/recorded-command';
import { decideResolution, endedByHand, recordResolution } from '../../../src/domain/order/resolve-command';
import { NOON } from '../inventory/inventory-samples';
import { ORDER_ID, rowOf } from './order-book';
import { approval, approved, LEEDS, LINES, NOTHING, refusal, TERMS, Told, YORK } from './order-told';

const ATTENTION = { remaining: ['releaseStock'], failure: 'releaseStock: it is gone' };
const lines = LINES.map((line) => ({ ...line, unitPrice: 1 }));
const resolving = (target: string) => rowOf('resolve', 'x1', { target, note: 'by hand' });

/** Resolves a command of an order whose row says that it needs attention. */
function resolved(told: Told, target: string) {
  const { book } = told;
  book.rows.set(target, { ...book.row(target), attention: ATTENTION });
  expect(book.record(resolving(target), () => recordResolution(book.openRow(target)))).toEqual({
    kind: 'recorded',
  });
  return book.decideTwice<'resolve', object>('x1', (order, row) =>
    decideResolution(order, row, book.openRow(target)),
  );
}

function ended(told: Told, target: string, found = NOTHING) {
  resolved(told, target);
  const { book } = told;
  return book.decideTwice<'resolve', object>('x1', (order, row) =>
    endedByHand(order, row, book.openRow(target), { terms: TERMS, found }),
  );
}

describe('a resolution', () => {
  test('is refused of a command that needs no attention, or that is closed', () => {
    const told = approved();
    told.cancel();
    expect(recordResolution(told.book.openRow('c1'))).toEqual(refusal('NOT_STUCK'));
    expect(recordResolution(undefined)).toEqual(refusal('NOT_STUCK'));
  });

  test('of an undecided order rejects it; the order’s own saga gives back what it has got', () => {
    const told = new Told();
    expect(resolved(told, ORDER_ID)).toEqual({ kind: 'decided-against' });
    expect(told.is).toMatchObject({ status: 'REJECTED', reason: 'PROCESSING_FAILED' });
    const decision = { kind: 'rejected', reason: 'PROCESSING_FAILED' };
    expect(told.row(ORDER_ID)).toMatchObject({ decision, isClosed: false });
    expect(told.row('x1').isClosed).toBe(false);
    expect(told.decideOrder(approval())).toEqual(decision);
  });

  test('of an undecided revision turns it back; its own saga gives back what it has got', () => {
    const told = approved();
    told.revise(lines);
    expect(resolved(told, 'c1')).toEqual({ kind: 'decided-against' });
    const decision = { kind: 'turned-back', reason: 'PROCESSING_FAILED' };
    expect(told.row('c1')).toMatchObject({ decision, isClosed: false });
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING' });
    told.freeRevised();
    expect(told.is).toMatchObject({ status: 'APPROVED', lastCommand: { reason: 'PROCESSING_FAILED' } });
  });

  test('of an undecided trip leaves the decision to the trip’s own row', () => {
    const trip = { ...rowOf('trip', 't1', { traveller: 'Mary', wishes: [] }), attention: ATTENTION };
    const { answer, events, commands } = decideResolution(undefined, resolving('t1'), trip);
    expect(answer).toEqual({ kind: 'decided-against' });
    expect({ events, commands }).toEqual({ events: [], commands: [{ id: 'x1', decision: answer }] });
  });

  test('of another resolution that could not be decided closes that one', () => {
    const other = { ...rowOf('resolve', 'x0', { target: 'c1', note: '' }), attention: ATTENTION };
    const { answer, commands } = decideResolution(approved().is, resolving('x0'), other);
    expect(answer).toEqual({ kind: 'decided-against' });
    expect(commands).toContainEqual({ id: 'x0', decision: { kind: 'by-hand' }, close: true });
  });

  test('is a fault where the order is not waiting for the target', () => {
    const stuck = { attention: ATTENTION };
    const row = {
      ...rowOf('revise', 'c7', { customerId: 'ada', currency: 'EUR', baseVersion: 1, lines }),
      ...stuck,
    };
    expect(() => decideResolution(approved().is, resolving('c7'), row)).toThrow('has not locked its order');
    const created = { ...rowOf('create', ORDER_ID, {} as Wanted['create']), ...stuck };
    expect(() => decideResolution(approved().is, resolving(ORDER_ID), created)).toThrow(
      'has not locked its order',
    );
  });
});

describe('a resolution of a command that is decided', () => {
  test('of a command that another run has decided meanwhile leaves it to its saga', () => {
    const target = rowOf('create', ORDER_ID, {} as Wanted['create']);
    const decided = { ...target, decision: { kind: 'rejected', reason: 'OUT_OF_STOCK' } as const };
    expect(decideResolution(undefined, resolving(ORDER_ID), decided)).toEqual({
      answer: { kind: 'left-alone' },
      events: [],
      commands: [{ id: 'x1', decision: { kind: 'left-alone' }, close: true }],
    });
  });

  test('of a decided command leaves it as it is until its steps count as done', () => {
    const told = approved();
    told.cancel();
    const before = told.is;
    expect(resolved(told, 'c1')).toEqual({ kind: 'by-hand' });
    expect(told.is).toBe(before);
    expect(told.row('c1')).toMatchObject({ attention: ATTENTION, isClosed: false });
    expect(told.row('x1')).toMatchObject({ decision: { kind: 'by-hand' }, isClosed: false });
  });

  test('of a command that has closed meanwhile ends nothing', () => {
    const told = approved();
    told.cancel();
    resolved(told, 'c1');
    told.freeCancelled();
    const before = told.is;
    const target = told.book.openRow('c1');
    told.book.decide<'resolve', object>('x1', (order, row) =>
      endedByHand(order, row, target, { terms: TERMS }),
    );
    expect(told.is).toBe(before);
    expect(told.row('x1').isClosed).toBe(true);
  });
});

describe('what an operator has put right by hand', () => {
  test.each<[string, (told: Told) => unknown, object]>([
    [
      'a cancel',
      (told) => told.cancel(),
      { status: 'CANCELLED', lastCommand: { kind: 'cancel', outcome: 'done' } },
    ],
    [
      'a revision that was turned back',
      (told) => [told.revise(lines), told.turnBack()],
      { status: 'APPROVED', version: 1, lastCommand: { outcome: 'refused', reason: 'OUT_OF_STOCK' } },
    ],
    [
      'a revision that was applied',
      (told) => [told.revise(lines), told.apply()],
      { status: 'APPROVED', version: 2, total: 5, lastCommand: { kind: 'revise', outcome: 'done' } },
    ],
    [
      'units given back, and nothing found for them',
      (told) => told.reject({}, { id: 'c1' }),
      { status: 'APPROVED', total: 23, lastCommand: { kind: 'reject', outcome: 'done' } },
    ],
    [
      'units given back, and cancelled',
      (told) => [told.reject({}, { id: 'c1' }), told.settle(NOTHING, { id: 'c1' })],
      { status: 'APPROVED', total: 23, lastCommand: { kind: 'reject', outcome: 'done' } },
    ],
    [
      'a return: nothing counts as refunded',
      (told) => {
        told.shipped().captured();
        told.sendBack([{ lineId: '1', quantity: 1, condition: 'SELLABLE' }], 'c1');
      },
      { payment: 'partly_captured', returns: [{ refund: 5, refunded: 0 }], lastCommand: { kind: 'return' } },
    ],
  ])('%s: the order is free, and both commands are closed', (_name, claim, expected) => {
    const told = approved();
    claim(told);
    expect(ended(told, 'c1')).toEqual({ kind: 'done' });
    expect(told.is).toMatchObject({ ...expected, pending: null, earlyFills: [] });
    expect(told.row('c1')).toMatchObject({ isClosed: true, attention: null });
    expect(told.row('x1').isClosed).toBe(true);
  });

  test('is written with the steps that had answered by themselves meanwhile', () => {
    const told = approved();
    told.cancel();
    resolved(told, 'c1');
    told.book.decide<'resolve', object>('x1', (order, row) =>
      endedByHand(order, row, told.book.openRow('c1'), { terms: TERMS, answeredMeanwhile: ['releaseRest'] }),
    );
    const decision = { kind: 'by-hand', answeredMeanwhile: ['releaseRest'] };
    expect(told.row('x1')).toMatchObject({ decision, isClosed: true });
  });

  test('units given back whose place was found already: they go out from there', () => {
    const told = approved();
    told.reject({}, { id: 'c1' });
    const found = { allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }], backordered: [] };
    ended(told, 'c1', found);
    expect(told.is).toMatchObject({ total: 33, pending: null, shipments: [{}, {}, { nodeId: 'hull' }] });
    expect(told.is.lines[0]?.cancelled).toBe(0);
  });

  test('a shipment: it has left, and nothing was captured for it', () => {
    const told = approved().shipped(LEEDS).shipped(YORK);
    ended(told, `ship ${LEEDS}`);
    expect(told.is).toMatchObject({ status: 'SHIPPED', payment: 'authorized' });
    expect(told.is.shipments[0]).toMatchObject({ state: 'SHIPPED', captured: 0, dueAt: null });
    expect(told.is.shipments[1]?.captured).toBeUndefined();
    expect(told.row(`ship ${YORK}`).isClosed).toBe(false);
  });

  test('a shipment whose capture was noted meanwhile: that stays', () => {
    const told = approved().shipped(LEEDS);
    told.book.append(
      [{ type: 'orders.payment-captured.v1', data: { shipmentId: LEEDS, amount: 15 } }],
      `ship ${LEEDS}`,
    );
    ended(told, `ship ${LEEDS}`);
    expect(told.is.shipments[0]?.captured).toBe(15);
  });
});

describe('a command that has nothing left on its order', () => {
  test.each<[CommandKind, CommandRow['decision']]>([
    ['create', { kind: 'rejected', reason: 'OUT_OF_STOCK' }],
    ['trip', { kind: 'rejected', reason: 'PARTY_UNREACHABLE' }],
    ['resolve', { kind: 'by-hand' }],
    ['accept', { kind: 'reported' }],
    ['deliver', { kind: 'reported' }],
  ])('is closed with its resolution: %s', (kind, decision) => {
    const target = { ...rowOf(kind, 't1', {} as never), decision } as unknown as CommandRow;
    const { events, commands } = endedByHand(approved().is, resolving('t1'), target, { terms: TERMS });
    expect(events).toEqual([]);
    expect(commands).toMatchObject([
      { id: 'x1', close: true },
      { id: 't1', close: true },
    ]);
  });

  test('as it does not have the order any more, changes nothing of it', () => {
    const told = approved();
    told.reject({}, { id: 'c1' });
    told.settle(
      { allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }], backordered: [] },
      { id: 'c1' },
    );
    const before = told.is;
    const target = { ...told.row('c1'), isClosed: false } as CommandRow;
    const { events } = endedByHand(told.is, resolving('c1'), target, { terms: { ...TERMS, now: NOON } });
    expect(events).toEqual([]);
    expect(told.is).toBe(before);
  });
});
