import { approved, LEEDS, LINES, refusal, Told, YORK } from './order-told';

const one = (lineId = '1', quantity = 1) => ({ lineId, quantity, condition: 'SELLABLE' as const });
const broken = (lineId = '1', quantity = 1) => ({ lineId, quantity, condition: 'DAMAGED' as const });

/** An order whose shipment of three tea at a price of 5 has left and is captured. */
function sent(): Told {
  const told = approved().shipped();
  told.captured();
  return told;
}

describe('a return', () => {
  test('takes units of a captured shipment, and says what comes back and what to refund', () => {
    const told = sent();
    expect(told.sendBack([one(), broken('1', 2)])).toEqual({
      kind: 'returned',
      nodeId: 'york',
      units: [
        { sku: 'tea', condition: 'SELLABLE', quantity: 1 },
        { sku: 'tea', condition: 'DAMAGED', quantity: 2 },
      ],
      refund: 15,
    });
    expect(told.is).toMatchObject({
      shipments: [{ lines: [{ returned: 3 }] }, {}],
      returns: [{ id: 'b1', nodeId: 'york', refund: 15 }],
      pending: null,
      payment: 'partly_captured',
    });
  });

  test('is refunded once, and closes with that', () => {
    const told = sent();
    told.sendBack([one()]);
    expect(told.refunded()).toEqual({ kind: 'done' });
    expect(told.is).toMatchObject({
      payment: 'partly_refunded',
      returns: [{ refunded: 5 }],
      lastCommand: { kind: 'return', outcome: 'done' },
    });
    expect(told.row('b1').isClosed).toBe(true);
  });

  test('of all that was captured of a whole order leaves it refunded', () => {
    const told = sent().shipped(YORK);
    told.captured(YORK);
    told.sendBack([one('1', 3), one('2', 2)]);
    told.refunded();
    expect(told.is).toMatchObject({ payment: 'refunded', status: 'SHIPPED', total: 33 });
  });

  test.each<[string, () => Told, Parameters<Told['sendBack']>[0], string]>([
    ['more than has shipped', sent, [one('1', 4)], 'NOT_RETURNABLE'],
    ['more than has shipped, line by line', sent, [one('1', 2), broken('1', 2)], 'NOT_RETURNABLE'],
    ['units that have not shipped', sent, [one('2')], 'NOT_RETURNABLE'],
    ['units whose capture is not noted', () => approved().shipped(), [one()], 'NOT_RETURNABLE'],
    ['units of an order that is pending', () => new Told(), [one()], 'NOT_RETURNABLE'],
    ['a line that is not there', sent, [one('9')], 'UNKNOWN_LINE'],
  ])('is refused for %s', (_, told, lines, reason) => {
    const it = told();
    const before = it.is;
    expect(it.sendBack(lines)).toEqual(refusal(reason));
    expect(it.is).toBe(before);
  });

  test('leaves that many fewer units for the next one', () => {
    const told = sent();
    told.sendBack([one('1', 2)]);
    expect(told.sendBack([one('1', 2)], 'b2')).toEqual(refusal('NOT_RETURNABLE'));
    expect(told.sendBack([one()], 'b2')).toMatchObject({ refund: 5 });
  });
});

describe('a return of units', () => {
  test('of a shipment whose payment an operator settled by hand refunds nothing', () => {
    const told = approved().shipped();
    told.book.append([{ type: 'orders.payment-captured.v1', data: { shipmentId: LEEDS, amount: 0 } }], 'x1');
    expect(told.sendBack([one()])).toMatchObject({ refund: 0 });
  });

  test('needs no lock and heeds none; the units that came back move with their shipment', () => {
    const told = sent();
    const [tea, cup] = LINES;
    if (!tea || !cup) throw new Error('no lines');
    told.revise([{ ...tea, quantity: 1 }, { sku: 'tea', quantity: 2, unitPrice: 5 }, cup]);
    expect(told.sendBack([one('1', 2)])).toMatchObject({ refund: 10 });
    expect(told.is.pending).toMatchObject({ kind: 'revise' });
    told.apply();
    told.freeRevised();
    expect(told.is.shipments[0]?.lines).toEqual([
      { lineId: '1', sku: 'tea', quantity: 1, returned: 1 },
      { lineId: '3', sku: 'tea', quantity: 2, returned: 1, formerly: ['1'] },
    ]);
    expect(told.sendBack([one('1', 2)], 'b2')).toEqual(refusal('NOT_RETURNABLE'));
    expect(told.sendBack([one('1')], 'b2')).toMatchObject({ refund: 5 });
    told.cancel();
    expect(told.is.status).toBe('CANCEL_PENDING');
  });

  test('cannot be refunded where it was never recorded', () => {
    const told = sent();
    told.sendBack([one()]);
    expect(() => told.refunded('b2')).toThrow('was never recorded');
  });
});
