import fc from 'fast-check';
import { nodeTerms } from '../../src/domain/inventory/node-terms';
import { evolveStock, type Stock, type SupplyCount } from '../../src/domain/inventory/stock';
import { decideCount } from '../../src/domain/inventory/supply-feed';
import { aCount, aStock, factsOf, later, NOON } from './inventory-samples';

const apply = (stock: Stock, count: SupplyCount): Stock =>
  decideCount(stock, count).events.reduce(evolveStock, stock);

describe('a count', () => {
  test('the first one is applied', () => {
    const count = aCount(5);
    expect(decideCount(aStock([]), count)).toEqual({
      answer: { kind: 'applied' },
      events: [{ type: 'inventory.supply-counted.v1', data: count }],
    });
  });

  test.each<[string, Partial<SupplyCount>, string]>([
    ['of a higher sequence is applied', { sequence: 8 }, 'applied'],
    ['of the same sequence is a duplicate', { sequence: 7 }, 'duplicate'],
    [
      'of a lower sequence is stale, however late it was observed',
      { sequence: 6, observedAt: later(NOON, 9) },
      'stale',
    ],
    ['of another section has a sequence of its own', { sequence: 1, section: 'floor' }, 'applied'],
    ['of another source has a sequence of its own', { sequence: 1, sourceId: 'pos' }, 'applied'],
  ])('%s', (_name, over, kind) => {
    const { answer, events } = decideCount(aStock([aCount(5, { sequence: 7 })]), aCount(9, over));
    expect(answer).toEqual({ kind });
    expect(events).toHaveLength(kind === 'applied' ? 1 : 0);
  });

  test('the same a second time changes nothing', () => {
    const stock = apply(aStock([]), aCount(5));
    expect(decideCount(stock, aCount(5))).toEqual({ answer: { kind: 'duplicate' }, events: [] });
  });

  test('a clock a minute ahead is believed, a millisecond more is not', () => {
    const at = (observedAt: string) =>
      decideCount(aStock([]), aCount(5, { observedAt, receivedAt: NOON })).answer;
    expect(at(later(NOON, 60))).toEqual({ kind: 'applied' });
    expect(at(later(NOON, 60.001))).toEqual({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  });

  test('one from the future is refused even where its sequence is new', () => {
    const stock = aStock([aCount(5)]);
    const decision = decideCount(stock, aCount(9, { sequence: 2, observedAt: later(NOON, 3600) }));
    expect(decision).toEqual({ answer: { kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' }, events: [] });
  });
});

/** A source says one thing only under one sequence. */
const feeds = fc.uniqueArray(
  fc.record({
    sourceId: fc.constantFrom('wms', 'pos'),
    section: fc.constantFrom(null, 'floor', 'backroom'),
    count: fc.nat(50),
    sequence: fc.integer({ min: 1, max: 5 }),
  }),
  { selector: ({ sourceId, section, sequence }) => `${sourceId}/${section}/${sequence}`, maxLength: 20 },
);

describe('however a feed arrives', () => {
  test('permuted and duplicated, it ends as it would have in order', () => {
    const arrivals = feeds.chain((feed) =>
      fc.record({
        feed: fc.constant(feed),
        arrived: fc
          .shuffledSubarray([...feed, ...feed], { minLength: feed.length * 2 })
          .map((rows) => rows.map((row) => aCount(row.count, row))),
      }),
    );
    fc.assert(
      fc.property(arrivals, ({ feed, arrived }) => {
        const inOrder = [...feed]
          .sort((a, b) => a.sequence - b.sequence)
          .map((row) => aCount(row.count, row));
        const expected = inOrder.reduce(apply, aStock([]));
        const actual = arrived.reduce(apply, aStock([]));
        const places = ({ supplies }: Stock) =>
          new Map(supplies.map((s) => [`${s.sourceId}/${s.section}`, s]));
        expect(places(actual)).toEqual(places(expected));
        expect(actual.supplies).toHaveLength(expected.supplies.length);
        expect(nodeTerms(factsOf(actual), NOON)).toEqual(nodeTerms(factsOf(expected), NOON));
      }),
      { numRuns: 200 },
    );
  });
});
