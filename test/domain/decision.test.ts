import { never, unchanged } from '../../src/domain/decision';
import { refused } from '../../src/domain/refusal';

describe('a decision', () => {
  test('that changes nothing has no events', () => {
    expect(unchanged('seen')).toEqual({ answer: 'seen', events: [] });
  });

  test('over a case that nobody handles fails at run time too', () => {
    expect(() => never({ type: 'unheard-of.v1' } as never)).toThrow(/unhandled case: .*unheard-of/);
  });
});

describe('a refusal', () => {
  test('leaves out what it was not given, so that it is the same before and after JSON', () => {
    expect(Object.keys(refused('OUT_OF_STOCK'))).toEqual(['kind', 'reason']);
  });

  test('carries its detail and shortages', () => {
    const shortages = [{ sku: 'tea', requested: 3, available: 1 }];
    expect(refused('OUT_OF_STOCK', 'tea', shortages)).toEqual({
      kind: 'refused',
      reason: 'OUT_OF_STOCK',
      detail: 'tea',
      shortages,
    });
  });
});
