import fc from 'fast-check';
import { denialOf, type EligibilityRule } from '../../../../src/domain/inventory/limits/eligibility';
import { aRule } from '../reservation-samples';

const FIELDS = ['sku', 'nodeId', 'region', 'channel'] as const;
type Asked = Record<(typeof FIELDS)[number], string>;

const value = fc.constantFrom('a', 'b');
const asked: fc.Arbitrary<Asked> = fc.record({ sku: value, nodeId: value, region: value, channel: value });
const deny = fc.record({
  sku: fc.option(value),
  nodeId: fc.option(value),
  region: fc.option(value),
  channel: fc.option(value),
});
const rules: fc.Arbitrary<EligibilityRule[]> = fc
  .uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), deny }), {
    selector: ({ id }) => id,
  })
  .map((drawn) => drawn.map((rule) => ({ ...rule, reason: `because of ${rule.id}` })));

const judged = (some: readonly EligibilityRule[], { sku, nodeId, region, channel }: Asked) =>
  denialOf(some, { sku, nodeId }, { region, channel });

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
    const place = { sku: 'tea', nodeId: 'leeds' };
    expect(denialOf([aRule({ channel: 'web' })], place, { region: 'north', channel: null })).toBeUndefined();
    expect(denialOf([aRule({ sku: 'tea' })], place, { region: 'north', channel: null })).toBe(
      'AGE_RESTRICTED',
    );
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
    expect(
      denialOf([], { sku: 'tea', nodeId: 'leeds' }, { region: 'north', channel: 'web' }),
    ).toBeUndefined();
  });
});
