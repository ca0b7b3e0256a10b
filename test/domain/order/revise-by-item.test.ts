import type { WantedRevision } from '../../../src/domain/command/recorded-command';
import { LEEDS, NOTHING, refusal, Told, TURN, YORK } from './order-told';

const FIVE = { lineId: '1', sku: 'tea', quantity: 5, unitPrice: 100 };
const unnamed = (quantity: number, unitPrice: number) => ({ sku: 'tea', quantity, unitPrice });
const atLeeds = (quantity: number) => [{ sku: 'tea', nodeId: 'leeds', quantity }];

/** Approves an order for five units of tea at one node. */
const five = () => new Told({ lines: [FIVE] }).approve(atLeeds(5));

function recordedBy(told: Told, lines: WantedRevision['lines'], id = 'c1') {
  expect(told.revise(lines, { id })).toEqual({ kind: 'recorded' });
  const { recorded } = told.row(id).wanted as WantedRevision;
  if (!recorded) throw new Error('no record');
  return recorded;
}

function revised(told: Told, lines: WantedRevision['lines'], id = 'c1'): Told {
  recordedBy(told, lines, id);
  expect(told.apply(NOTHING, id)).toMatchObject({ kind: 'applied', decreases: [] });
  told.freeRevised(false, id);
  return told;
}

const SPLIT = [unnamed(2, 100), unnamed(3, 90)];

describe('an order of all there is', () => {
  test.each([
    ['with the id of its line', [{ ...FIVE, quantity: 2 }, unnamed(3, 90)]],
    ['without ids', SPLIT],
  ])('is split by price, %s, and asks for nothing', (_name, lines) => {
    const told = five().accept();
    expect(recordedBy(told, lines)).toMatchObject({ increases: [], decreases: [], creditBy: -30 });
    expect(told.apply()).toMatchObject({ decreases: [], creditBy: -30 });
    told.freeRevised();
    expect(told.is).toMatchObject({ status: 'FULFILLING', total: 470, version: 2 });
    expect(told.is.shipments).toMatchObject([{ id: LEEDS, state: 'ACCEPTED' }]);
    expect(told.is.shipments[0]?.lines).toEqual([
      { lineId: '1', sku: 'tea', quantity: 2 },
      { lineId: '2', sku: 'tea', quantity: 3, formerly: ['1'] },
    ]);
  });

  test('is joined again, and its shipment is as it was', () => {
    const told = five();
    const { shipments } = told.is;
    revised(told, SPLIT);
    revised(told, [unnamed(5, 100)], 'c2');
    expect(told.is.lines).toMatchObject([{ lineId: '1', quantity: 5 }]);
    expect(told.is.shipments).toMatchObject([{ id: LEEDS, state: 'RELEASED', dueAt: shipments[0]?.dueAt }]);
  });
});

describe('a line without an id', () => {
  const two = () =>
    new Told({
      lines: [
        { ...FIVE, quantity: 2 },
        { ...FIVE, lineId: '2', quantity: 3, unitPrice: 90 },
      ],
    }).approve(atLeeds(5));
  const idsOf = (lines: WantedRevision['lines']) =>
    recordedBy(two(), lines).content.map(({ lineId }) => lineId);

  test('takes the id of an unnamed line of its SKU and price, then of its SKU, else a new one', () => {
    expect(idsOf([unnamed(3, 90), unnamed(2, 100)])).toEqual(['2', '1']);
    expect(idsOf([unnamed(3, 80), unnamed(2, 100)])).toEqual(['2', '1']);
    expect(idsOf([unnamed(1, 80), unnamed(1, 70), unnamed(3, 60)])).toEqual(['1', '2', '3']);
    expect(idsOf([unnamed(2, 100), { ...FIVE, quantity: 3 }])).toEqual(['2', '1']);
  });

  test('leaves an order with the same content as it was', () => {
    const told = two().accept();
    const { lines, shipments } = told.is;
    revised(told, [unnamed(2, 100), unnamed(3, 90)]);
    expect([told.is.lines, told.is.shipments]).toEqual([lines, shipments]);
  });
});

describe('shipped units', () => {
  const shipped = () => {
    const told = new Told({ lines: [FIVE] }).approve([
      { sku: 'tea', nodeId: 'leeds', quantity: 3 },
      { sku: 'tea', nodeId: 'york', quantity: 2 },
    ]);
    return told.shipped();
  };

  test.each([
    ['less than has shipped', [unnamed(2, 100)]],
    ['enough units, too few of them at the price', [unnamed(2, 100), unnamed(9, 90)]],
    ['another price for all', [{ ...FIVE, unitPrice: 90 }]],
    ['another item', [{ ...unnamed(5, 100), sku: 'cup' }]],
  ])('keep their price: refuses %s', (_name, lines) => {
    const told = shipped();
    const before = told.is;
    expect(told.revise(lines)).toEqual(refusal('BELOW_SHIPPED'));
    expect(told.is).toBe(before);
  });

  test('stay with a line of their price, and keep its worth', () => {
    const told = revised(shipped(), [{ ...FIVE, quantity: 2, unitPrice: 90 }, unnamed(3, 100)]);
    expect(told.is.shipments[0]).toMatchObject({ state: 'SHIPPED', lines: [{ lineId: '2', quantity: 3 }] });
    expect(told.is.shipments[1]).toMatchObject({ state: 'RELEASED', lines: [{ lineId: '1', quantity: 2 }] });
    told.cancel('c9');
    expect(told.row('c9').decision).toMatchObject({ creditBy: -180 });
  });
});

describe('a shipment whose units have another line', () => {
  const split = () => revised(five(), SPLIT);
  const rejected = (lineId: string, quantity: number) => {
    const told = split();
    const answer = told.reject({ lineId, quantity });
    return answer.kind === 'refused' ? answer.reason : answer.lines;
  };

  test('answers to the ids that they had, and to those they have', () => {
    const [first, second] = ['1', '2'].map((lineId) => ({ lineId, sku: 'tea' }));
    expect(rejected('1', 2)).toEqual([{ ...first, quantity: 2 }]);
    expect(rejected('1', 4)).toEqual([
      { ...first, quantity: 2 },
      { ...second, quantity: 2 },
    ]);
    expect(rejected('2', 3)).toEqual([{ ...second, quantity: 3 }]);
    expect(rejected('1', 6)).toBe('QUANTITY_TOO_LARGE');
    expect(rejected('2', 4)).toBe('QUANTITY_TOO_LARGE');
    expect(rejected('3', 1)).toBe('UNKNOWN_LINE');
  });

  test('counts a refusal once for each line, however its units came there', () => {
    const told = revised(split(), [unnamed(5, 100)], 'c2');
    told.reject({ lineId: '2', quantity: 3 });
    expect(told.is.lines).toMatchObject([{ lineId: '1', refusals: 1 }]);
    expect(told.is.shipments[0]?.lines).toMatchObject([{ lineId: '1', quantity: 2 }]);
  });

  test('takes the refusals of a line along', () => {
    const told = five();
    told.reject({ quantity: 1 });
    told.settle({ allocations: [{ sku: 'tea', nodeId: 'york', quantity: 1 }], backordered: [] });
    revised(told, [{ ...FIVE, quantity: 2 }, unnamed(3, 90)]);
    expect(told.is.lines).toMatchObject([{ refusals: 1 }, { refusals: 1 }]);
  });
});

describe('a revision for less', () => {
  const decreasesOf = (told: Told, quantity: number, partners: readonly string[] = []) => {
    recordedBy(told, [unnamed(quantity, 100)]);
    const decision = told.apply({ ...NOTHING, partners });
    if (decision.kind !== 'applied') throw new Error('turned back');
    return decision.decreases.map(({ nodeId, place, quantity: units }) => [nodeId ?? place, units]);
  };
  const spread = () =>
    new Told({ lines: [FIVE] })
      .approve(
        [
          { sku: 'tea', nodeId: 'leeds', quantity: 2 },
          { sku: 'tea', nodeId: 'york', quantity: 2 },
        ],
        [{ ...TURN, sku: 'tea' }],
      )
      .accept();

  test('gives back what waits, then what no node has accepted, then what one has', () => {
    expect(decreasesOf(spread(), 1)).toEqual([
      [TURN.place, 1],
      ['york', 2],
      ['leeds', 1],
    ]);
  });

  test('gives back units at partners last', () => {
    expect(decreasesOf(spread(), 1, ['york'])).toEqual([
      [TURN.place, 1],
      ['leeds', 2],
      ['york', 1],
    ]);
  });

  test('of one line and more of another gives back the difference', () => {
    const told = new Told({ lines: [FIVE, { ...FIVE, lineId: '2', quantity: 1, unitPrice: 90 }] }).approve([
      { sku: 'tea', nodeId: 'leeds', quantity: 5 },
      { sku: 'tea', nodeId: 'york', quantity: 1 },
    ]);
    told.accept(YORK);
    const wanted = recordedBy(told, [
      { ...FIVE, quantity: 1 },
      { ...FIVE, lineId: '2', quantity: 3, unitPrice: 90 },
    ]);
    expect(wanted).toMatchObject({ increases: [], decreases: [{ sku: 'tea', quantity: 2 }], creditBy: -220 });
    expect(told.apply()).toMatchObject({ decreases: [{ lineId: '1', nodeId: 'leeds', quantity: 2 }] });
  });
});
