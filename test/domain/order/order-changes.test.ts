import { freeRevised, turnedBack } from '../../../src/domain/order/revise-order';
import { refused } from '../../../src/domain/refusal';
import { approved, content, LEEDS, LINES, NOTHING, refusal, Told, TURN, YORK } from './order-told';

const [tea, cup] = LINES as [(typeof LINES)[number], (typeof LINES)[number]];
const waiting = () =>
  new Told().approve(
    [
      { sku: 'tea', nodeId: 'leeds', quantity: 3 },
      { sku: 'cup', nodeId: 'york', quantity: 1 },
    ],
    [TURN],
  );

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
    const decision = { kind: 'cancelled', reservationId: 'rsv_1', keeps, creditBy };
    expect(told.cancel()).toEqual(decision);
    expect(told.row('c1')).toMatchObject({ decision, isClosed: false });
    expect(told.is).toMatchObject({ status: 'CANCEL_PENDING', pending: { kind: 'cancel', commandId: 'c1' } });
    told.freeCancelled();
    expect(told.is).toMatchObject({ ...expected, pending: null, lastCommand: { id: 'c1', outcome: 'done' } });
    expect(told.is.shipments[1]).toMatchObject({ state: 'CANCELLED', dueAt: null });
    expect(told.row('c1').isClosed).toBe(true);
    expect(told.cancel('c2')).toEqual(refusal('ALREADY_FINAL'));
  });

  test('frees the order and stays open where partners have more than it needs', () => {
    const told = approved();
    told.cancel();
    told.freeCancelled(true);
    expect(told.is).toMatchObject({ status: 'CANCELLED', pending: null });
    expect(told.row('c1').isClosed).toBe(false);
  });

  test('gives units that come meanwhile back with the rest', () => {
    const told = waiting();
    told.cancel();
    const before = told.is;
    told.fill({ place: 4, allocations: [{ sku: 'cup', nodeId: 'york', quantity: 1 }] });
    expect(told.is).toEqual(before);
  });
});

describe('a revision is refused at its record, and leaves no row,', () => {
  test.each<[string, Told, readonly object[], string]>([
    ['of a finished order', approved().shipped().shipped(YORK), LINES, 'ALREADY_FINAL'],
    ['of an order that is not approved yet', new Told(), LINES, 'CONFLICT'],
    ['with another order’s line', approved(), [{ ...tea, lineId: '9' }], 'UNKNOWN_LINE'],
    ['with a line twice', approved(), [tea, tea], 'LINE_MISMATCH'],
    ['with a line of another item', approved(), [{ ...tea, sku: 'cup' }, cup], 'LINE_MISMATCH'],
    ['below what has shipped', approved().shipped(), [{ ...tea, quantity: 2 }, cup], 'BELOW_SHIPPED'],
    ['without a shipped line', approved().shipped(), [cup], 'BELOW_SHIPPED'],
    [
      'at another price of what has shipped',
      approved().shipped(),
      [{ ...tea, unitPrice: 4 }, cup],
      'BELOW_SHIPPED',
    ],
  ])('%s', (_name, told, lines, reason) => {
    const before = told.is;
    expect(told.revise(lines as typeof LINES)).toEqual(refusal(reason));
    expect(told.is).toBe(before);
    expect(() => told.row('c1')).toThrow('never recorded');
  });

  test('of an older version', () => {
    expect(approved().revise(LINES, { baseVersion: 0 })).toEqual(refusal('VERSION_MISMATCH'));
  });
});

describe('a revision', () => {
  test('of prices alone touches no stock', () => {
    const told = approved();
    told.revise([{ ...tea, unitPrice: 4 }, cup]);
    expect(told.row('c1').wanted).toMatchObject({ recorded: { increases: [], creditBy: -3 } });
    const { shipments } = told.is;
    expect(told.apply()).toMatchObject({ kind: 'applied', decreases: [], creditBy: -3 });
    told.freeRevised();
    expect(told.is).toMatchObject({ status: 'APPROVED', version: 2, total: 30, shipments });
    expect(told.row('c1').isClosed).toBe(true);
  });

  test('fixes at its record what it needs, and says with its decision what it gives back', () => {
    const told = approved().accept(YORK);
    const pot = { sku: 'pot', quantity: 1, unitPrice: 20 };
    expect(told.revise([{ ...tea, quantity: 5 }, { ...cup, quantity: 1 }, pot])).toEqual({
      kind: 'recorded',
    });
    const recorded = {
      reservationId: 'rsv_1',
      content: [
        { ...tea, quantity: 5 },
        { ...cup, quantity: 1 },
        { ...pot, lineId: '3' },
      ],
      increases: [
        { sku: 'pot', quantity: 1 },
        { sku: 'tea', quantity: 2 },
      ],
      creditBy: 21,
    };
    expect(told.row('c1')).toMatchObject({ decision: null, isClosed: false, wanted: { recorded } });
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING', version: 1, total: 33 });
    const allocations = [
      { sku: 'pot', nodeId: 'hull', quantity: 1 },
      { sku: 'tea', nodeId: 'hull', quantity: 2 },
    ];
    const decreases = [
      { lineId: '2', sku: 'cup', nodeId: 'york', shipmentId: YORK, place: null, quantity: 1 },
    ];
    const decision = { kind: 'applied', reservationId: 'rsv_1', decreases, creditBy: 21 };
    expect(told.apply({ allocations, backordered: [] })).toEqual(decision);
    expect(told.row('c1')).toMatchObject({ decision, isClosed: false });
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING', version: 2, total: 54 });
    told.freeRevised();
    expect(told.is).toMatchObject({ status: 'FULFILLING', version: 2, total: 54, pending: null });
    expect(content(told.is).map(({ lineId, quantity }) => `${lineId}: ${quantity}`)).toEqual([
      '1: 5',
      '2: 1',
      '3: 1',
    ]);
    expect(told.is.shipments[2]).toMatchObject({ nodeId: 'hull', lines: [{ lineId: '1' }, { lineId: '3' }] });
  });

  test('frees the order and stays open where partners have more than it needs', () => {
    const told = approved();
    told.revise([tea]);
    told.apply();
    told.freeRevised(true);
    expect(told.is.pending).toBeNull();
    expect(told.row('c1').isClosed).toBe(false);
  });
});

describe('a revision that is turned back', () => {
  test('leaves the order as it was once what it had got was given back', () => {
    const told = approved();
    const before = told.is;
    told.revise([{ ...tea, quantity: 50 }, cup]);
    expect(told.turnBack()).toEqual({ kind: 'turned-back', reason: 'OUT_OF_STOCK' });
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING', version: 1 });
    told.freeRevised();
    const lastCommand = { id: 'c1', kind: 'revise', outcome: 'refused', reason: 'OUT_OF_STOCK' };
    expect(told.is).toEqual({ ...before, lastCommand });
    expect(told.row('c1').isClosed).toBe(true);
  });

  test('says why in words too', () => {
    const { answer } = turnedBack({ id: 'c1' }, refused('OUT_OF_STOCK', 'there are two'));
    expect(answer).toEqual({ kind: 'turned-back', reason: 'OUT_OF_STOCK', detail: 'there are two' });
  });

  test.each<[string, (told: Told) => object, (told: Told) => object]>([
    ['applied', (told) => told.apply(), (told) => told.turnBack()],
    ['turned back', (told) => told.turnBack(), (told) => told.apply()],
    [
      'turned back for another reason',
      (told) => told.turnBack(),
      (told) => told.turnBack('PROCESSING_FAILED'),
    ],
  ])('or not: the first decision counts for every run (%s)', (_name, first, second) => {
    const told = approved();
    told.revise([{ ...tea, unitPrice: 4 }, cup]);
    const decision = first(told);
    const { is } = told;
    expect(second(told)).toEqual(decision);
    expect(told.is).toBe(is);
    told.freeRevised();
    expect(second(told)).toEqual(decision);
  });

  test('cannot free its order before it is decided, and frees no other one', () => {
    const told = approved();
    told.revise([tea]);
    expect(() => freeRevised(told.is, { id: 'c1', decision: null }, false)).toThrow('undecided');
    const before = told.is;
    told.book.decide('c1', (order) => freeRevised(order, { id: 'c2', decision: null }, false));
    expect(told.is).toBe(before);
  });

  test('drops units that came for what only it would have brought', () => {
    const told = approved();
    told.revise([tea, { ...cup, quantity: 3 }]);
    told.fill({ place: 7, allocations: [{ sku: 'cup', nodeId: 'york', quantity: 1 }] });
    expect(told.is.earlyFills).toHaveLength(1);
    told.turnBack();
    told.freeRevised();
    expect(told.is.earlyFills).toEqual([]);
  });
});

describe('a shipment that leaves while a revision is undecided', () => {
  const revising = () => {
    const told = approved().accept();
    told.revise([{ ...tea, quantity: 2 }, cup]);
    return told;
  };

  test('turns the revision back, in the same decision', () => {
    const told = revising();
    expect(told.ship()).toMatchObject({ kind: 'shipped', capture: { amount: 15, finalTotal: null } });
    const decision = { kind: 'turned-back', reason: 'SHIPPED_MEANWHILE' };
    expect(told.row('c1')).toMatchObject({ decision, isClosed: false });
    expect(told.apply()).toEqual(decision);
    expect(told.is).toMatchObject({
      status: 'REVISION_PENDING',
      version: 1,
      shipments: [{ state: 'SHIPPED' }, {}],
    });
    told.freeRevised();
    const lastCommand = { id: 'c1', kind: 'revise', outcome: 'refused', reason: 'SHIPPED_MEANWHILE' };
    expect(told.is).toMatchObject({ status: 'FULFILLING', pending: null, lastCommand });
  });

  test.each<[string, (told: Told) => object]>([
    ['applied', (told) => told.apply()],
    ['turned back', (told) => told.turnBack()],
  ])('has to wait for one that is decided: %s', (_name, decide) => {
    const told = revising();
    decide(told);
    expect(told.ship()).toEqual(refusal('CONFLICT'));
    told.freeRevised();
    expect(told.ship()).toMatchObject({ kind: 'shipped' });
  });

  test('turns nothing back where the report is refused', () => {
    const told = revising();
    expect(told.ship(YORK)).toEqual(refusal('NOT_ACCEPTED'));
    expect(told.row('c1').decision).toBeNull();
  });

  test('captures what the order is worth without the revision where it is the last one', () => {
    const told = approved().shipped(YORK).accept(LEEDS);
    told.revise([{ ...tea, quantity: 9 }, cup]);
    expect(told.ship(LEEDS)).toMatchObject({ capture: { amount: 15, finalTotal: 33 } });
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
    told.revise([{ ...tea, quantity: 1 }, cup]);
    expect(told.apply()).toMatchObject({
      decreases: [
        { place: 4, nodeId: null, quantity: 1 },
        { place: null, nodeId: 'york', quantity: 1 },
      ],
    });
    expect(told.is.shipments[1]).toMatchObject({ state: 'CANCELLED' });
  });

  test('is judged by what the order has when it is decided: units that waited may have come', () => {
    const told = waiting();
    told.revise([tea, { ...cup, quantity: 1 }]);
    told.fill({ place: 4, allocations: [{ sku: 'cup', nodeId: 'hull', quantity: 1 }] });
    expect(told.apply()).toMatchObject({ decreases: [{ nodeId: 'hull', place: null, quantity: 1 }] });
  });

  test('is first taken off what will not come anyway', () => {
    const told = approved();
    told.reject({ reason: 'DAMAGED' });
    told.settle(NOTHING);
    told.freeRejected();
    told.revise([{ ...tea, quantity: 2 }, cup]);
    expect(told.apply()).toMatchObject({ decreases: [], creditBy: 0 });
    expect(told.is.lines[0]).toMatchObject({ quantity: 2, cancelled: 1 });
  });
});

describe('a change of an order that another command has', () => {
  test.each<[string, (told: Told) => unknown]>([
    ['cancelled', (told) => told.cancel()],
    ['revised', (told) => told.revise(LINES)],
  ])('is refused, as are reports, while it is being %s', (_name, claim) => {
    const told = approved();
    claim(told);
    expect(told.recordAccept()).toEqual(refusal('CONFLICT'));
    expect(told.reject()).toEqual(refusal('CONFLICT'));
    expect(told.cancel('c2')).toEqual(refusal('CONFLICT'));
    expect(told.revise(LINES, { id: 'c2' })).toEqual(refusal('CONFLICT'));
  });

  test('is refused while units are looked for elsewhere, and other shipments go on', () => {
    const told = approved().accept();
    told.reject();
    expect(told.cancel()).toEqual(refusal('CONFLICT'));
    expect(told.reject({ quantity: 1 }, { id: 'r2' })).toEqual(refusal('CONFLICT'));
    expect(told.ship(LEEDS)).toMatchObject({ kind: 'shipped', capture: { amount: 5, finalTotal: null } });
    expect(told.shipped(YORK).is.shipments[1]).toMatchObject({ state: 'SHIPPED' });
  });
});
