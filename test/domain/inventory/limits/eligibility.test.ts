import fc from 'fast-check';
import { denialOf, type EligibilityRule } from '../../../../src/domain/inventory/limits/eligibility';
import { aRule } from '../reservation-samples';

const FIELDS = ['sku', 'itemTag', 'nodeId', 'region', 'channel', 'shippingMethod'] as const;
type Asked = Record<(typeof FIELDS)[number], string>;

const value = fc.constantFrom('a', 'b');
const asked: fc.Arbitrary<Asked> = fc.record({
  sku: value,
  itemTag: value,
  nodeId: value,
  region: value,
  channel: value,
  shippingMethod: value,
});
const deny = fc.record({
  sku: fc.option(value),
  itemTag: fc.option(value),
  nodeId: fc.option(value),
  region: fc.option(value),
  channel: fc.option(value),
  shippingMethod: fc.option(value),
});
const rules: fc.Arbitrary<EligibilityRule[]> = fc
  .uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), deny }), {
    selector: ({ id }) => id,
  })
  .map((drawn) => drawn.map((rule) => ({ ...rule, reason: `because of ${rule.id}` })));

const judged = (
  some: readonly EligibilityRule[],
  { sku, itemTag, nodeId, region, channel, shippingMethod }: Asked,
) => denialOf(some, { sku, tags: ['other', itemTag], nodeId }, { region, channel, shippingMethod });

const PLACE = { sku: 'tea', tags: [], nodeId: 'leeds' };
const NORTH = { region: 'north', channel: null, shippingMethod: null };

describe('a rule', () => {
  test('that names all that is asked denies it, and not once one field differs', () => {
    fc.assert(
      fc.property(asked, fc.subarray([...FIELDS]), fc.constantFrom(...FIELDS), (wanted, named, changed) => {
        const rule = aRule(Object.fromEntries(named.map((field) => [field, wanted[field]])));
        const other = { ...wanted, [changed]: 'elsewhere' };
        expect(judged([rule], wanted)).toBe('AGE_RESTRICTED');
        expect(judged([rule], other)).toBe(named.includes(changed) ? undefined : 'AGE_RESTRICTED');
      }),
    );
  });

  test('that names a channel does not deny a buyer whose channel is not said', () => {
    expect(denialOf([aRule({ channel: 'web' })], PLACE, NORTH)).toBeUndefined();
    expect(denialOf([aRule({ sku: 'tea' })], PLACE, NORTH)).toBe('AGE_RESTRICTED');
  });

  test('that names a shipping method does not deny a buyer who has named none', () => {
    const rule = aRule({ itemTag: 'alcohol', shippingMethod: 'locker' });
    const tagged = { ...PLACE, tags: ['alcohol'] };
    expect(denialOf([rule], tagged, NORTH)).toBeUndefined();
    expect(denialOf([rule], tagged, { ...NORTH, shippingMethod: 'locker' })).toBe('AGE_RESTRICTED');
  });

  test('on a tag does not deny an item without tags', () => {
    expect(denialOf([aRule({ itemTag: 'alcohol' })], PLACE, NORTH)).toBeUndefined();
  });
});

describe('several rules', () => {
  test('deny what one of them denies, in the words of the lowest id, in whatever order they come', () => {
    fc.assert(
      fc.property(rules, asked, fc.boolean(), (some, wanted, isReversed) => {
        const denying = some.filter((rule) => judged([rule], wanted) !== undefined);
        const ids = denying.map(({ id }) => id).sort();
        const given = isReversed ? [...some].reverse() : some;
        expect(judged(given, wanted)).toBe(ids[0] === undefined ? undefined : `because of ${ids[0]}`);
      }),
    );
  });

  test('none of them denies nothing', () => {
    expect(denialOf([], PLACE, NORTH)).toBeUndefined();
  });
});
