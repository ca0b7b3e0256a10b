import { RejectionModel, type Silence } from '../../scripts/drill/checks/rejection-model';
import type { PlacedOrder, PlacedTrip } from '../../scripts/drill/traffic/journal';
import type { Intention } from '../../scripts/drill/traffic/order-plans';

const SUPPLIES = { 'D-SCARCE-1': 5 };
const SILENCE: Silence = { from: 100, to: 200 };

function order(intention: Intention, more: Partial<PlacedOrder> = {}, quantity = 3): PlacedOrder {
  return {
    plan: {
      intention,
      sequel: 'leave',
      isHeldFirst: false,
      customerId: 'd-rich-1',
      region: 'north',
      lines: [{ sku: intention === 'scarce' ? 'D-SCARCE-1' : 'D-PLAIN-1', quantity, unitPrice: 100 }],
    },
    key: 'key',
    placedAt: 10,
    decidedAt: 20,
    ...more,
  };
}

const rejected = (reason: string, more: Partial<PlacedOrder> = {}) => ({
  outcome: 'rejected' as const,
  reason,
  ...more,
});
const approved = { outcome: 'approved' as const };

function judge(one: PlacedOrder, others: readonly PlacedOrder[] = []): string | undefined {
  return new RejectionModel([...others, one], [SILENCE], SUPPLIES).judge(one);
}

describe('the model of rejections', () => {
  test.each([
    ['ordinary', approved],
    ['at-partner', approved],
    ['resourced', approved],
    ['scarce', approved],
    ['too-much', rejected('OUT_OF_STOCK')],
    ['no-credit', rejected('CREDIT_LIMIT_EXCEEDED')],
    ['unknown-customer', rejected('UNKNOWN_CUSTOMER')],
    ['partner-refuses', rejected('OUT_OF_STOCK')],
    ['partner-silent', rejected('PARTNER_UNREACHABLE')],
    ['ordinary', rejected('CANCELLED', { isCancelRequested: true })],
    ['ordinary', {}],
  ] as const)('explains an order that is %s: %o', (intention, outcome) => {
    expect(judge(order(intention, outcome))).toBeUndefined();
  });

  test.each([
    ['ordinary', rejected('OUT_OF_STOCK')],
    ['ordinary', rejected('PROCESSING_FAILED')],
    ['ordinary', rejected('CANCELLED')],
    ['resourced', rejected('OUT_OF_STOCK')],
    ['no-credit', rejected('OUT_OF_STOCK')],
    ['at-partner', rejected('PARTNER_UNREACHABLE')],
    ['partner-silent', rejected('PROCESSING_FAILED')],
  ] as const)('does not explain one that is %s: %o', (intention, outcome) => {
    expect(judge(order(intention, outcome))).toMatch(/^was rejected: /);
  });

  test.each(['too-much', 'no-credit', 'unknown-customer', 'partner-refuses', 'partner-silent'] as const)(
    'an approval of %s is wrong',
    (intention) => {
      expect(judge(order(intention, approved))).toMatch(/^was approved/);
    },
  );

  test('a silence explains what was decided during it, and only at partners', () => {
    const during = { placedAt: 90, decidedAt: 150 };
    const late = { placedAt: 201, decidedAt: 300 };
    expect(judge(order('at-partner', rejected('OUT_OF_STOCK', during)))).toBeUndefined();
    expect(judge(order('at-partner', rejected('OUT_OF_STOCK', late)))).toBeDefined();
    expect(judge(order('at-partner', rejected('CREDIT_LIMIT_EXCEEDED', during)))).toBeDefined();
    expect(judge(order('ordinary', rejected('OUT_OF_STOCK', during)))).toBeDefined();
  });

  test('a scarce item is short where others may have had it', () => {
    const refused = order('scarce', rejected('OUT_OF_STOCK', { placedAt: 50, decidedAt: 60 }));
    const holding = order('scarce', { ...approved, placedAt: 0, decidedAt: 5 });
    expect(judge(refused)).toBeDefined();
    expect(judge(refused, [holding])).toBeUndefined();
    expect(judge(refused, [{ ...holding, freedAt: 55 }])).toBeUndefined();
    expect(judge(refused, [{ ...holding, freedAt: 49 }])).toBeDefined();
    expect(judge(refused, [{ ...holding, placedAt: 61 }])).toBeDefined();
    expect(judge(refused, [order('scarce', { ...approved, placedAt: 0 }, 2)])).toBeDefined();
  });

  test('trips end as their parties have it', () => {
    const judgeTrip = (trip: Partial<PlacedTrip>) =>
      new RejectionModel([], [SILENCE], {}).judgeTrip({
        key: 'key',
        placedAt: 10,
        decidedAt: 20,
        expected: 'BOOKED',
        ...trip,
      });
    expect(judgeTrip({ status: 'BOOKED' })).toBeUndefined();
    expect(
      judgeTrip({ expected: 'REJECTED', status: 'REJECTED', reason: 'BOOKING_REFUSED' }),
    ).toBeUndefined();
    expect(judgeTrip({ expected: 'REJECTED', status: 'BOOKED' })).toBeDefined();
    expect(judgeTrip({ status: 'REJECTED', reason: 'PARTY_UNREACHABLE' })).toBeDefined();
    expect(judgeTrip({ status: 'REJECTED', reason: 'PARTY_UNREACHABLE', decidedAt: 120 })).toBeUndefined();
  });
});
