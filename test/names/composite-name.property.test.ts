import fc from 'fast-check';
import { compositeName } from '../../src/names/composite-name';
import { type StreamKey, streamOf } from '../../src/names/stream-key';

/** Parts of few characters, among them those that names are joined and encoded with. */
const part = fc.string({ unit: fc.constantFrom('a', '/', '%', '2', 'F', ' ', 'é', '😀'), maxLength: 4 });
const parts = fc.array(part, { minLength: 1, maxLength: 3 });

test('different parts give different names', () => {
  fc.assert(
    fc.property(parts, parts, (left, right) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(compositeName(...left) === compositeName(...right)).toBe(isSame);
    }),
  );
  expect(compositeName('a/b', 'c')).not.toBe(compositeName('a', 'b/c'));
});

test('different keys of stock give different streams', () => {
  const stock = fc.record({ kind: fc.constant('stock' as const), sku: part, nodeId: part });
  fc.assert(
    fc.property(stock, stock, (left: StreamKey, right: StreamKey) => {
      const isSame = JSON.stringify(left) === JSON.stringify(right);
      expect(streamOf(left) === streamOf(right)).toBe(isSame);
    }),
  );
});
