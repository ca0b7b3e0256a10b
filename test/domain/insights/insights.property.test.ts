import fc from 'fast-check';
import { durationTally, percentile } from '../../../src/domain/insights/durations';
import { inventoryTallies } from '../../../src/domain/insights/inventory-tallies';
import { addedUp, rankedRates, total, underKeys } from '../../../src/domain/insights/reject-rates';

const START = '2026-11-22T00:00:00.000Z';
const durations = fc.array(fc.integer({ min: 1, max: 60 * 86_400_000 }), { minLength: 1, maxLength: 200 });
const sums = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(50))
  .map((some) => new Map(Object.entries(some)));

function bucketsOf(all: readonly number[]) {
  return all.map((milliseconds) => {
    const end = new Date(Date.parse(START) + milliseconds).toISOString();
    return durationTally('placed-approved', START, end);
  });
}

test('a percentile of buckets is at least the exact one, and at most a tenth higher', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99), (all, share) => {
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
      const found = percentile(bucketsOf(all), share) ?? 0;
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact * 1.1 + 1);
    }),
  );
});

test('no duration has no percentile', () => expect(percentile([], 0.5)).toBeNull());

test('sums of keys and sums under other keys keep their total, and ranking loses no unit', () => {
  fc.assert(
    fc.property(sums, sums, (promised, rejected) => {
      expect(total(addedUp(promised, rejected))).toBe(total(promised) + total(rejected));
      expect(total(underKeys(promised, (key) => (key < 'c' ? 'low' : 'high')))).toBe(total(promised));
      const ranked = rankedRates(promised, rejected);
      expect(ranked.reduce((sum, one) => sum + one.rejected, 0)).toBe(total(rejected));
      expect(ranked.map((one) => one.rejected)).toEqual(
        ranked.map((one) => one.rejected).sort((a, b) => b - a),
      );
    }),
  );
});

const PLACE = { sku: 'tea', nodeId: 'pa-1' };
const ASK = { nodeId: 'pa-1', round: 1, lines: [{ sku: 'tea', quantity: 3 }] };

test.each([
  [{ kind: 'refused', reason: 'SOLD_OUT' }, 'SOLD_OUT'],
  [{ kind: 'unreachable' }, 'UNREACHABLE'],
] as const)('a partner that answers %j has rejected the units', (word, reason) => {
  const event = { type: 'inventory.partner-replied.v1', data: { ...ASK, word } } as const;
  expect(inventoryTallies(event, PLACE)).toEqual([
    { measure: 'rejected', dimension: 'node', key: 'pa-1', units: 3 },
    { measure: 'rejected', dimension: 'sku', key: 'tea', units: 3 },
    { measure: 'rejected', dimension: 'reason', key: reason, units: 3 },
    { measure: 'partner-refusals', dimension: 'all', key: '', units: 1 },
  ]);
});

test('a partner that confirms has rejected nothing', () => {
  const word = { kind: 'confirmed', references: ['ref'] } as const;
  expect(inventoryTallies({ type: 'inventory.partner-replied.v1', data: { ...ASK, word } }, PLACE)).toEqual(
    [],
  );
});
