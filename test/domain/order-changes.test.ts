import { decideClaimCancel, decideFinishCancel, refusalOfCancel } from '../../src/domain/order/cancel-order';
import { decideFilled } from '../../src/domain/order/fill-order';
import {
  decideClaimRejection,
  decideFinishRejection,
  decideSettleRejection,
} from '../../src/domain/order/reject-shipment';
import {
  decideApplyRevision,
  decideClaimRevision,
  decideFinishRevision,
  refusalOfRevise,
} from '../../src/domain/order/revise-order';
import { decideTurnBack, decideUndoClaimRevision } from '../../src/domain/order/undo-revision';
import { approved, content, LINES, refusal, TERMS, Told, TURN, TURNED_BACK, YORK } from './order-told';

describe('cancelling', () => {
  test.each([
    ['nothing has shipped', approved(), [], -33, { status: 'CANCELLED', payment: 'unpaid', total: 0 }],
    [
      'some has: the rest alone is undone',
      approved().shipped(),
      [{ sku: 'tea', nodeId: 'leeds', quantity: 3 }],
      -18,
      { status: 'SHIPPED', payment: 'authorized', total: 15 },
    ],
  ])('where %s', (_name, told, keeps, creditBy, expected) => {
    const claim = () => told.tell((order) => decideClaimCancel(order, { commandId: 'c1' }));
    expect(claim()).toEqual({ kind: 'done', reservationId: 'rsv_1', keeps, creditBy });
    expect(claim()).toMatchObject({ kind: 'done', creditBy });
    expect(told.is.status).toBe('CANCEL_PENDING');
    told.tell((order) => decideFinishCancel(order, { commandId: 'c1' }));
    expect(told.is).toMatchObject({ ...expected, pending: null, lastCommand: { id: 'c1', outcome: 'done' } });
    expect(told.is.shipments[1]).toMatchObject({ state: 'CANCELLED', dueAt: null });
    expect(refusalOfCancel(told.is, { commandId: 'c2' })).toEqual(refusal('ALREADY_FINAL'));
  });

  test('an order that is not approved yet is for later', () => {
    expect(refusalOfCancel(new Told().is, { commandId: 'c1' })).toEqual(refusal('CONFLICT'));
    expect(refusalOfCancel(undefined, { commandId: 'c1' })).toEqual(refusal('UNKNOWN_ORDER'));
  });

  test('units that come meanwhile go back with the rest', () => {
    const told = new Told().approve(
      [
        { sku: 'tea', nodeId: 'leeds', quantity: 3 },
        { sku: 'cup', nodeId: 'york', quantity: 1 },
      ],
      [TURN],
    );
    told.tell((order) => decideClaimCancel(order, { commandId: 'c1' }));
    const before = told.is;
    const fill = { place: 4, allocations: [{ sku: 'cup', nodeId: 'york', quantity: 1 }] };
    told.tell((order) => decideFilled(order, fill, TERMS));
    expect(told.is).toEqual(before);
  });
});

const [tea, cup] = LINES as [(typeof LINES)[number], (typeof LINES)[number]];
const revise = (lines: readonly object[], baseVersion = 1) =>
  ({ commandId: 'c1', baseVersion, lines }) as Parameters<typeof decideClaimRevision>[1];
const nothing = { allocations: [], backordered: [] };

describe('a revision', () => {
  test.each([
    ['a finished order', approved().shipped().shipped(YORK), revise(LINES), 'ALREADY_FINAL'],
    ['an older version', approved(), revise(LINES, 0), 'VERSION_MISMATCH'],
    ['another order’s line', approved(), revise([{ ...tea, lineId: '9' }]), 'UNKNOWN_LINE'],
    ['a line twice', approved(), revise([tea, tea]), 'LINE_MISMATCH'],
    ['a line to another item', approved(), revise([{ ...tea, sku: 'cup' }, cup]), 'LINE_MISMATCH'],
    ['below what has shipped', approved().shipped(), revise([{ ...tea, quantity: 2 }, cup]), 'BELOW_SHIPPED'],
    ['a shipped line away', approved().shipped(), revise([cup]), 'BELOW_SHIPPED'],
    [
      'the price of what has shipped',
      approved().shipped(),
      revise([{ ...tea, unitPrice: 4 }, cup]),
      'LINE_MISMATCH',
    ],
  ])('%s is refused', (_name, told, command, reason) => {
    expect(refusalOfRevise(told.is, command)).toEqual(refusal(reason));
    const before = told.is;
    expect(told.tell((order) => decideClaimRevision(order, command))).toEqual(refusal(reason));
    expect(told.is).toEqual({ ...before, lastCommand: expect.objectContaining({ id: 'c1', reason }) });
  });
});

describe('revising', () => {
  test('of prices alone touches no stock', () => {
    const told = approved();
    const command = revise([{ ...tea, unitPrice: 4 }, cup]);
    expect(told.tell((order) => decideClaimRevision(order, command))).toMatchObject({
      increases: [],
      creditBy: -3,
    });
    const shipments = told.is.shipments;
    expect(
      told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, nothing, TERMS)),
    ).toMatchObject({
      decreases: [],
      creditBy: -3,
    });
    told.tell((order) => decideFinishRevision(order, { commandId: 'c1' }));
    expect(told.is).toMatchObject({ status: 'APPROVED', version: 2, total: 30, shipments });
  });

  test('asks for more first, and says what it gives back when it stands', () => {
    const told = approved().accept(YORK);
    const command = revise([
      { ...tea, quantity: 5 },
      { ...cup, quantity: 1 },
      { sku: 'pot', quantity: 1, unitPrice: 20 },
    ]);
    expect(told.tell((order) => decideClaimRevision(order, command))).toMatchObject({
      increases: [
        { sku: 'pot', quantity: 1 },
        { sku: 'tea', quantity: 2 },
      ],
      creditBy: 21,
    });
    expect(told.is.status).toBe('REVISION_PENDING');
    const allocations = [
      { sku: 'pot', nodeId: 'hull', quantity: 1 },
      { sku: 'tea', nodeId: 'hull', quantity: 2 },
    ];
    const applied = told.tell((order) =>
      decideApplyRevision(order, { commandId: 'c1' }, { allocations, backordered: [] }, TERMS),
    );
    expect(applied).toMatchObject({
      decreases: [{ lineId: '2', sku: 'cup', nodeId: 'york', shipmentId: YORK, place: null, quantity: 1 }],
    });
    told.tell((order) => decideFinishRevision(order, { commandId: 'c1' }));
    expect(told.is).toMatchObject({ status: 'FULFILLING', version: 2, total: 54, pending: null });
    expect(content(told.is).map(({ lineId, quantity }) => `${lineId}: ${quantity}`)).toEqual([
      '1: 5',
      '2: 1',
      '3: 1',
    ]);
    expect(told.is.shipments[2]).toMatchObject({ nodeId: 'hull', lines: [{ lineId: '1' }, { lineId: '3' }] });
  });

  test('that fails leaves the order as it was', () => {
    const told = approved();
    const before = told.is;
    told.tell((order) => decideClaimRevision(order, revise([{ ...tea, quantity: 50 }, cup])));
    told.tell((order) => decideTurnBack(order, undefined, { commandId: 'c1', reason: 'OUT_OF_STOCK' }));
    told.tell((order) => decideUndoClaimRevision(order, { kind: 'done' }, TURNED_BACK));
    const lastCommand = { id: 'c1', kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' };
    expect(told.is).toEqual({ ...before, lastCommand });
  });
});

describe('a revision for less', () => {
  test('takes what waits first, then what no node has accepted', () => {
    const told = new Told().approve(
      [
        { sku: 'tea', nodeId: 'leeds', quantity: 1 },
        { sku: 'tea', nodeId: 'york', quantity: 1 },
        { sku: 'cup', nodeId: 'leeds', quantity: 2 },
      ],
      [{ ...TURN, sku: 'tea' }],
    );
    told.accept();
    told.tell((order) => decideClaimRevision(order, revise([{ ...tea, quantity: 1 }, cup])));
    const applied = told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, nothing, TERMS));
    expect(applied).toMatchObject({
      decreases: [
        { place: 4, nodeId: null, quantity: 1 },
        { place: null, nodeId: 'york', quantity: 1 },
      ],
    });
    expect(told.is.shipments[1]).toMatchObject({ state: 'CANCELLED' });
  });

  test('less than was ordered is first taken off what will not come anyway', () => {
    const told = approved();
    const units = {
      commandId: 'r1',
      shipmentId: 'shp_1_1',
      lineId: '1',
      quantity: 2,
      reason: 'DAMAGED',
    } as const;
    told.tell((order) => decideClaimRejection(order, units, TERMS));
    told.tell((order) => decideSettleRejection(order, { commandId: 'r1' }, nothing, TERMS));
    told.tell((order) => decideFinishRejection(order, { commandId: 'r1' }));
    told.tell((order) => decideClaimRevision(order, revise([{ ...tea, quantity: 2 }, cup])));
    const applied = told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, nothing, TERMS));
    expect(applied).toMatchObject({ decreases: [], creditBy: 0 });
    expect(told.is.lines[0]).toMatchObject({ quantity: 2, cancelled: 1 });
  });
});
