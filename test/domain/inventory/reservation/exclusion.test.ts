import {
  endedBy,
  type ItemExclusion,
  isExcluded,
  nextRetry,
  withRefusal,
} from '../../../../src/domain/inventory/limits/exclusion';
import { aCount, aNode, aStock, factsOf, later, NOON } from '../inventory-samples';
import { aRule, at, order, shelves, teas, UNLIMITED } from '../reservation-samples';

const REFUSED = later(NOON, 10);
const RETRY = 60;

const refusal = (reason: string, refusedAt = REFUSED) => ({
  nodeId: 'leeds',
  skus: ['tea'],
  reason,
  refusedAt,
  retrySeconds: RETRY,
});

function exclusionAfter(...refusals: readonly ReturnType<typeof refusal>[]): ItemExclusion {
  const [one] = refusals.reduce<readonly ItemExclusion[]>(withRefusal, []);
  if (!one) throw new Error('no exclusion');
  return one;
}

const heard = (observedAt: string) => factsOf(aStock([aCount(9, { observedAt, receivedAt: observedAt })]));
const NOTHING = heard(NOON);
const LONG_AFTER = later(REFUSED, 1_000_000);

describe('a refusal for want of stock closes a node', () => {
  test.each(['NOT_IN_STOCK', 'MISMATCH', 'DAMAGED'])(
    'until something later is applied there (%s)',
    (reason) => {
      const exclusion = exclusionAfter(refusal(reason));
      expect(isExcluded(exclusion, NOTHING, LONG_AFTER)).toBe(true);
      expect(isExcluded(exclusion, heard(REFUSED), LONG_AFTER)).toBe(true);
      expect(isExcluded(exclusion, heard(later(REFUSED, 1)), later(REFUSED, 1))).toBe(false);
    },
  );

  test('until a movement, a repair or a setting as well', () => {
    const exclusion = exclusionAfter(refusal('DAMAGED'));
    const { stock } = NOTHING;
    const repaired = { ...NOTHING, stock: { ...stock, restoredAt: later(REFUSED, 1) } };
    const set = { ...NOTHING, node: { ...aNode('leeds'), setAt: later(REFUSED, 1) } };
    const moved = { ...NOTHING, stock: { ...stock, supplies: heard(later(REFUSED, 1)).stock.supplies } };
    for (const news of [repaired, set, moved]) expect(isExcluded(exclusion, news, LONG_AFTER)).toBe(false);
  });

  test('again, however often it refused before', () => {
    const exclusion = exclusionAfter(refusal('MISMATCH'), refusal('MISMATCH', later(REFUSED, 5)));
    expect(isExcluded(exclusion, heard(later(REFUSED, 3)), LONG_AFTER)).toBe(true);
    expect(isExcluded(exclusion, heard(later(REFUSED, 6)), LONG_AFTER)).toBe(false);
  });
});

describe('a refusal that says nothing of the stock closes a node', () => {
  test.each(['NO_CAPACITY', 'NO_RESPONSE', 'UNREACHABLE'])(
    'for a time, or until something later is applied there (%s)',
    (reason) => {
      const exclusion = exclusionAfter(refusal(reason));
      expect(isExcluded(exclusion, NOTHING, later(REFUSED, RETRY - 1))).toBe(true);
      expect(isExcluded(exclusion, NOTHING, later(REFUSED, RETRY))).toBe(false);
      expect(isExcluded(exclusion, heard(later(REFUSED, 1)), later(REFUSED, 1))).toBe(false);
    },
  );

  test('for twice the time after each further refusal, and no message shortens that', () => {
    const second = later(REFUSED, 100);
    const twice = exclusionAfter(refusal('NO_CAPACITY'), refusal('NO_CAPACITY', second));
    expect(twice).toMatchObject({ refusals: 2, retryAt: later(second, 2 * RETRY) });
    expect(isExcluded(twice, heard(later(second, 1)), later(second, 2 * RETRY - 1))).toBe(true);
    expect(isExcluded(twice, NOTHING, later(second, 2 * RETRY))).toBe(false);
    const thrice = exclusionAfter(
      refusal('MISMATCH'),
      refusal('NO_RESPONSE'),
      refusal('NO_CAPACITY', second),
    );
    expect(thrice).toMatchObject({ refusals: 3, retryAt: later(second, 4 * RETRY) });
  });

  test('for a year at most', () => {
    const many = Array.from({ length: 99 }, () => refusal('NO_CAPACITY'));
    expect(exclusionAfter(...many).retryAt).toBe(later(REFUSED, 366 * 86_400));
  });

  test('no shorter for a refusal for want of stock at the same time', () => {
    const both = exclusionAfter(refusal('NO_CAPACITY'), refusal('NOT_IN_STOCK', later(REFUSED, 1)));
    expect(both.retryAt).toBe(later(REFUSED, RETRY));
  });
});

test('an exclusion that ends by time is due once, and is counted after it', () => {
  const exclusions = [
    exclusionAfter(refusal('NO_CAPACITY')),
    { ...exclusionAfter(refusal('MISMATCH')), nodeId: 'york' },
  ];
  expect(nextRetry(exclusions)).toBe(later(REFUSED, RETRY));
  expect(endedBy(exclusions, later(REFUSED, RETRY - 1))).toBeUndefined();
  const ended = endedBy(exclusions, later(REFUSED, RETRY));
  expect(ended?.map(({ isOver }) => isOver)).toEqual([true, false]);
  expect(nextRetry(ended ?? [])).toBeNull();
  expect(endedBy(ended ?? [], LONG_AFTER)).toBeUndefined();
  expect(withRefusal(ended ?? [], refusal('NO_CAPACITY', LONG_AFTER))).toContainEqual(
    expect.objectContaining({ nodeId: 'leeds', refusals: 2, isOver: false }),
  );
});

test('the refusals of one item say nothing of another, nor of another node', () => {
  const cups = { ...refusal('NO_CAPACITY'), skus: ['cup'] };
  const york = { ...refusal('NO_CAPACITY'), nodeId: 'york' };
  expect([cups, york, refusal('DAMAGED')].reduce(withRefusal, []).map(({ refusals }) => refusals)).toEqual([
    1, 1, 1,
  ]);
});

describe('the entries of an order that wait when a node refuses', () => {
  /** Returns an order with two of three units at Leeds, which Leeds gives back. */
  function refusedInPart() {
    const ledger = shelves({ leeds: 2 }, { tea: UNLIMITED });
    ledger.reserve(order(3));
    ledger.beginSet(REFUSED);
    const request = { nodeId: 'leeds', reason: 'NO_CAPACITY' as const, elsewhere: teas(2), exhausted: [] };
    ledger.replace('rsv_order', request);
    return ledger;
  }

  test('are told, as are the new ones, and are filled when the time is over', () => {
    const ledger = refusedInPart();
    expect(ledger.turns('tea').map(({ exclusions }) => exclusions)).toMatchObject([
      [{ nodeId: 'leeds', reason: 'NO_CAPACITY' }],
      [{ nodeId: 'leeds', reason: 'NO_CAPACITY' }],
    ]);
    expect(ledger.walk('tea').claims).toEqual([]);
    expect(ledger.endExclusions('rsv_order').events).toEqual([]);
    ledger.beginSet(later(REFUSED, 30));
    expect(ledger.endExclusions('rsv_order').events).toHaveLength(3);
    expect(ledger.endExclusions('rsv_order').events).toEqual([]);
    expect(ledger.fill('rsv_order', { sku: 'tea', place: 1 }).answer).toMatchObject({
      allocations: [at('leeds', 1)],
    });
  });

  test('leave the node to others', () => {
    const ledger = refusedInPart();
    const other = order(2, { reservationId: 'rsv_2', orderId: 'ord_2' });
    expect(ledger.reserve(other).answer).toMatchObject({ allocations: [at('leeds', 2)], backordered: [] });
  });

  test('are no nearer to a node that a rule denies, whatever is counted there', () => {
    const ledger = refusedInPart();
    ledger.rules = [aRule({ nodeId: 'leeds' })];
    ledger.count('tea', 'leeds', aCount(9, { sequence: 2, observedAt: LONG_AFTER, receivedAt: LONG_AFTER }));
    expect(ledger.walk('tea').claims).toEqual([]);
  });
});
