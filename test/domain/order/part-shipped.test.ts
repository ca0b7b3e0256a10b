import fc from 'fast-check';
import type { WantedShipping } from '../../../src/domain/command/recorded-command';
import type { ShipmentLine } from '../../../src/domain/order/order';
import { unitsUnder, unitsUnderAll } from '../../../src/domain/order/reported-units';
import { later, NOON } from '../inventory/inventory-samples';
import { approved, LEEDS, LINES, NOTHING, refusal, Told, YORK } from './order-told';

const REST = 'shp_1_3';
const ONE_TEA = [{ lineId: '1', quantity: 1 }];

/** Returns an order of which one of three units of tea has left Leeds. */
function inParts(): { readonly told: Told; readonly decision: unknown } {
  const told = approved().accept();
  return { told, decision: told.ship(LEEDS, ONE_TEA) };
}

describe('a part shipped', () => {
  test('keeps the id of the shipment; the rest is a new one with the same node, state and deadline', () => {
    const { told, decision } = inParts();
    expect(decision).toEqual({
      kind: 'shipped',
      reservationId: 'rsv_1',
      takes: [{ sku: 'tea', nodeId: 'leeds', quantity: 1 }],
      capture: { amount: 5, finalTotal: null },
    });
    expect(told.is.shipments).toEqual([
      {
        id: LEEDS,
        orderId: 'ord_1',
        nodeId: 'leeds',
        state: 'SHIPPED',
        lines: [{ lineId: '1', sku: 'tea', quantity: 1 }],
        dueAt: null,
        tracking: 'T1',
        shippedBy: `ship ${LEEDS}`,
        restId: REST,
      },
      expect.objectContaining({ id: YORK }),
      {
        id: REST,
        orderId: 'ord_1',
        nodeId: 'leeds',
        state: 'ACCEPTED',
        lines: [{ lineId: '1', sku: 'tea', quantity: 2 }],
        dueAt: later(NOON, 600),
      },
    ]);
    expect(told.is).toMatchObject({ status: 'FULFILLING', total: 33 });
  });

  test('is captured alone, and the last part settles the hold', () => {
    const { told } = inParts();
    told.captured();
    expect(told.is.payment).toBe('partly_captured');
    told.shipped(YORK).captured(YORK);
    expect(told.ship(REST)).toMatchObject({ capture: { amount: 10, finalTotal: 33 } });
    told.captured(REST);
    expect(told.is).toMatchObject({ status: 'SHIPPED', payment: 'captured' });
  });

  test('cannot ship again under its old id', () => {
    const { told } = inParts();
    const before = told.is;
    expect(told.ship(LEEDS, ONE_TEA)).toEqual(refusal('ALREADY_REPORTED'));
    expect(told.is).toBe(before);
  });

  test('of all units is the whole shipment, also of an order that ships complete', () => {
    const told = new Told({ shipComplete: true }).approve(
      LINES.map(({ sku, quantity }) => ({ sku, nodeId: 'leeds', quantity })),
    );
    told.accept();
    const all = LINES.map(({ lineId, quantity }) => ({ lineId, quantity }));
    expect(told.ship(LEEDS, all)).toMatchObject({ capture: { amount: 33, finalTotal: 33 } });
    expect(told.is.shipments).toHaveLength(1);
    expect(told.is.shipments[0]).not.toHaveProperty('restId');
  });

  test('turns back an undecided revision', () => {
    const told = approved().accept();
    told.revise([{ ...LINES[0], lineId: '1', sku: 'tea', quantity: 1, unitPrice: 5 }]);
    expect(told.ship(LEEDS, ONE_TEA)).toMatchObject({ kind: 'shipped' });
    expect(told.row('c1').decision).toMatchObject({ kind: 'turned-back', reason: 'SHIPPED_MEANWHILE' });
  });
});

describe('a report of a part is refused, and nothing changes,', () => {
  test.each<[string, NonNullable<WantedShipping['lines']>, string, number]>([
    ['of a line that the shipment has not', [...ONE_TEA, { lineId: '2', quantity: 1 }], 'UNKNOWN_LINE', 1],
    ['of more units than it has', [{ lineId: '1', quantity: 4 }], 'QUANTITY_TOO_LARGE', 0],
    [
      'of a line twice with too many units in all',
      [...ONE_TEA, { lineId: '1', quantity: 3 }],
      'QUANTITY_TOO_LARGE',
      1,
    ],
  ])('%s', (_name, lines, reason, atLine) => {
    const told = approved().accept();
    const before = told.is;
    expect(told.ship(LEEDS, lines)).toMatchObject({ kind: 'refused', reason, atLine });
    expect(told.is).toBe(before);
  });

  test('of an order that ships complete', () => {
    const told = new Told({ shipComplete: true }).approve(
      LINES.map(({ sku, quantity }) => ({ sku, nodeId: 'leeds', quantity })),
    );
    const before = told.accept().is;
    expect(told.ship(LEEDS, ONE_TEA)).toEqual(refusal('SHIPS_COMPLETE'));
    expect(told.is).toBe(before);
  });
});

describe('the rest of a shipment', () => {
  test('ships in further parts', () => {
    const { told } = inParts();
    told.shipped(YORK);
    expect(told.ship(REST, ONE_TEA)).toMatchObject({ capture: { amount: 5, finalTotal: null } });
    told.ship('shp_1_4');
    expect(
      told.is.shipments.map(({ id, state, lines, restId }) => [id, state, lines[0]?.quantity, restId]),
    ).toEqual([
      [LEEDS, 'SHIPPED', 1, REST],
      [YORK, 'SHIPPED', 2, undefined],
      [REST, 'SHIPPED', 1, 'shp_1_4'],
      ['shp_1_4', 'SHIPPED', 1, undefined],
    ]);
  });

  test('is rejected, and its units go elsewhere', () => {
    const { told } = inParts();
    expect(told.reject({ shipmentId: REST })).toMatchObject({
      nodeId: 'leeds',
      elsewhere: [{ quantity: 2 }],
    });
    told.settle({ allocations: [{ sku: 'tea', nodeId: 'hull', quantity: 2 }], backordered: [] });
    expect(told.is.shipments.slice(2)).toMatchObject([
      { id: REST, state: 'REJECTED' },
      { id: 'shp_1_4', nodeId: 'hull', state: 'RELEASED' },
    ]);
  });

  test('misses the deadline that the whole had', () => {
    const { told } = inParts();
    const over = { shipmentId: REST, reason: 'NO_RESPONSE' as const, lineId: undefined, quantity: undefined };
    const at = (seconds: number) => ({ id: `d${seconds}`, now: later(NOON, seconds) });
    expect(told.reject(over as object, at(599))).toEqual(refusal('NOT_DUE'));
    expect(told.reject(over as object, at(600))).toMatchObject({ lines: [{ lineId: '1', quantity: 2 }] });
  });

  test('is cancelled; the part that has left stays', () => {
    const { told } = inParts();
    told.captured();
    expect(told.cancel()).toMatchObject({
      keeps: [{ sku: 'tea', nodeId: 'leeds', quantity: 1 }],
      creditBy: -28,
    });
    told.freeCancelled();
    expect(told.is).toMatchObject({
      status: 'SHIPPED',
      total: 5,
      lines: [{ cancelled: 2 }, { cancelled: 2 }],
    });
    expect(told.is.shipments.map(({ state }) => state)).toEqual(['SHIPPED', 'CANCELLED', 'CANCELLED']);
  });

  test('shrinks by a revision, down to what has shipped', () => {
    const { told } = inParts();
    const to = (quantity: number) => [{ lineId: '1', sku: 'tea', quantity, unitPrice: 5 }];
    expect(told.revise(to(0))).toEqual(refusal('BELOW_SHIPPED'));
    told.revise(to(2));
    expect(told.apply()).toMatchObject({
      decreases: expect.arrayContaining([expect.objectContaining({ shipmentId: REST })]),
    });
    expect(told.is.shipments[2]).toMatchObject({ id: REST, lines: [{ quantity: 1 }] });
    told.freeRevised();
  });
});

describe('a report of a part, and of the rest,', () => {
  test('may name lines that had the units before revisions', () => {
    const told = approved().accept();
    told.revise([
      { sku: 'tea', quantity: 3, unitPrice: 7 },
      { lineId: '2', sku: 'cup', quantity: 2, unitPrice: 9 },
    ]);
    told.apply(NOTHING);
    told.freeRevised();
    const [moved] = told.is.shipments[0]?.lines ?? [];
    // The line takes the id of the old one, so a further revision gives its units to a line of another id.
    expect(moved?.lineId).toBe('1');
    told.revise(
      [
        { lineId: '1', sku: 'tea', quantity: 1, unitPrice: 7 },
        { sku: 'tea', quantity: 2, unitPrice: 8 },
        { lineId: '2', sku: 'cup', quantity: 2, unitPrice: 9 },
      ],
      { id: 'c2' },
    );
    told.apply(NOTHING, 'c2');
    told.freeRevised(false, 'c2');
    expect(told.ship(LEEDS, [{ lineId: '1', quantity: 2 }])).toMatchObject({ capture: { amount: 15 } });
    expect(told.ship(REST, [{ lineId: '1', quantity: 1 }])).toMatchObject({ capture: { amount: 8 } });
    expect(told.is.shipments[2]).toMatchObject({ state: 'SHIPPED' });
    expect(told.is.shipments[2]).not.toHaveProperty('restId');
  });
});

describe('units that a report names', () => {
  test('leave those that only another of its lines can name', () => {
    const lines: readonly ShipmentLine[] = [
      { lineId: '1', sku: 'tea', quantity: 3, formerly: ['2'] },
      { lineId: '1', sku: 'tea', quantity: 1 },
    ];
    const report = [
      { lineId: '1', quantity: 2 },
      { lineId: '2', quantity: 2 },
    ];
    expect(unitsUnderAll({ lines }, report)).toMatchObject({ left: [] });
    expect(unitsUnder(lines, { lineId: '2', quantity: 4 })).toEqual(refusal('QUANTITY_TOO_LARGE'));
  });

  const id = fc.constantFrom('1', '2', '3');
  const parts = fc.array(
    fc.record({
      lineId: id,
      sku: fc.constant('tea'),
      quantity: fc.integer({ min: 1, max: 4 }),
      formerly: fc.uniqueArray(id, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('and the others are all units of the shipment, each with its names', () => {
    const property = fc.property(
      parts,
      fc.array(fc.record({ lineId: id, quantity: fc.nat(5) }), { maxLength: 3 }),
      (lines, report) => {
        const parted = unitsUnderAll(
          { lines },
          report.filter(({ quantity }) => quantity > 0),
        );
        if ('kind' in parted) return;
        const { taken, left } = parted;
        expect(unitsByNames([...taken, ...left])).toEqual(unitsByNames(lines));
        expect(sum(taken)).toBe(sum(report));
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

const sum = (units: readonly { readonly quantity: number }[]) =>
  units.reduce((total, { quantity }) => total + quantity, 0);

function unitsByNames(lines: readonly ShipmentLine[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { lineId, formerly = [], quantity } of lines) {
    const key = [lineId, ...[...formerly].sort()].join();
    sums[key] = (sums[key] ?? 0) + quantity;
  }
  return sums;
}
