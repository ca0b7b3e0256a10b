import fc from 'fast-check';
import { nodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import type { SupplyCount, SupplyMovement } from '../../../../src/domain/inventory/supply/supply';
import { StockShelf } from '../../stock-shelf';
import { aCount, aMovement, factsOf, later, NOON } from '../inventory-samples';

const entryAfter = (...messages: readonly (SupplyCount | SupplyMovement)[]) =>
  new StockShelf().after(...messages).stock.supplies[0];

describe('a count', () => {
  test('the first one is applied', () => {
    expect(new StockShelf().take(aCount(5))).toEqual({ kind: 'applied' });
    expect(entryAfter(aCount(5))).toEqual({
      ...aCount(5),
      moved: 0,
      movedThrough: null,
      gone: 0,
      epoch: 0,
      heardAt: NOON,
      expiryNotedTtl: null,
    });
  });

  test.each<[string, Partial<SupplyCount>, string]>([
    ['of a higher sequence is applied', { sequence: 8 }, 'applied'],
    ['of a lower sequence is stale, however late it was observed', { sequence: 6 }, 'stale'],
    ['of another section has a sequence of its own', { sequence: 1, section: 'floor' }, 'applied'],
    ['of another source has a sequence of its own', { sequence: 1, sourceId: 'pos' }, 'applied'],
  ])('%s', (_name, over, kind) => {
    const shelf = new StockShelf().after(aCount(5, { sequence: 7 }));
    const before = shelf.stock;
    const late = aCount(9, { observedAt: later(NOON, 9), receivedAt: later(NOON, 9), ...over });
    expect(shelf.take(late)).toEqual({ kind });
    expect(shelf.stock === before).toBe(kind !== 'applied');
  });

  test('the same a second time changes nothing', () => {
    const shelf = new StockShelf().after(aCount(5));
    const before = shelf.stock;
    expect(shelf.take(aCount(5, { receivedAt: later(NOON, 60) }))).toEqual({ kind: 'duplicate' });
    expect(shelf.stock).toBe(before);
  });

  test('a clock a minute ahead is believed, a millisecond more is not', () => {
    const at = (observedAt: string) => new StockShelf().take(aCount(5, { observedAt, receivedAt: NOON }));
    expect(at(later(NOON, 60))).toEqual({ kind: 'applied' });
    expect(at(later(NOON, 60.001))).toEqual({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
  });

  test('one from the future is refused even where its sequence is new', () => {
    const shelf = new StockShelf().after(aCount(5));
    const ahead = { sequence: 2, observedAt: later(NOON, 3600) };
    expect(shelf.take(aCount(9, ahead))).toEqual({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
    expect(shelf.take(aMovement(9, ahead))).toEqual({ kind: 'rejected', reason: 'OBSERVED_IN_FUTURE' });
    expect(shelf.stock.supplies[0]).toMatchObject({ count: 5, moved: 0 });
  });
});

describe('a movement', () => {
  test('above the count is added to it, and one the count contains is recorded as stale', () => {
    const shelf = new StockShelf().after(aCount(5, { sequence: 3 }));
    expect(shelf.take(aMovement(-2, { sequence: 4 }))).toEqual({ kind: 'applied' });
    expect(shelf.take(aMovement(9, { sequence: 2 }))).toEqual({ kind: 'stale' });
    expect(shelf.take(aMovement(9, { sequence: 3 }))).toEqual({ kind: 'stale' });
    expect(shelf.take(aMovement(-2, { sequence: 4 }))).toEqual({ kind: 'duplicate' });
    expect(shelf.take(aMovement(9, { sequence: 2 }))).toEqual({ kind: 'duplicate' });
    expect(shelf.stock.supplies[0]).toMatchObject({ count: 5, moved: -2, movedThrough: 4 });
  });

  test('before any count leaves supply unknown, which is not zero, and counts once there is one', () => {
    const shelf = new StockShelf().after(aMovement(4, { sequence: 7 }), aMovement(1, { sequence: 2 }));
    expect(nodeTerms(factsOf(shelf.stock), NOON)).toMatchObject({
      supply: null,
      freshness: 'unknown',
      atp: 0,
    });
    shelf.after(aCount(10, { sequence: 5 }));
    expect(nodeTerms(factsOf(shelf.stock), NOON)).toMatchObject({ supply: 14, freshness: 'fresh', atp: 14 });
  });

  test('a late count takes in the movements up to it and leaves those above', () => {
    const moves = [2, 4, 6].map((sequence) => aMovement(sequence, { sequence }));
    expect(entryAfter(aCount(100, { sequence: 1 }), ...moves)).toMatchObject({ count: 100, moved: 12 });
    expect(entryAfter(aCount(100, { sequence: 1 }), ...moves, aCount(50, { sequence: 5 }))).toMatchObject({
      count: 50,
      moved: 6,
      movedThrough: 6,
    });
    expect(entryAfter(aCount(100, { sequence: 1 }), ...moves, aCount(50, { sequence: 6 }))).toMatchObject({
      count: 50,
      moved: 0,
      movedThrough: null,
    });
  });

  test('keeps a feed alive, as of when it was observed and no later than it was heard', () => {
    const at = (seconds: number) => ({ observedAt: later(NOON, seconds), receivedAt: later(NOON, seconds) });
    const ahead = { observedAt: later(NOON, 50), receivedAt: later(NOON, 40) };
    expect(entryAfter(aCount(5), aMovement(1, { sequence: 2, ...at(30) }))?.heardAt).toBe(later(NOON, 30));
    expect(entryAfter(aCount(5), aMovement(1, { sequence: 2, ...ahead }))?.heardAt).toBe(later(NOON, 40));
    const late = aCount(5, { sequence: 3, ...at(10) });
    expect(entryAfter(aCount(5), aMovement(1, { sequence: 2, ...at(30) }), late)?.heardAt).toBe(
      later(NOON, 10),
    );
  });
});

test('a sequence used twice for different things: the lower quantity counts, whichever came first, and it is said', () => {
  const detail = expect.stringContaining('used before');
  const counts = new StockShelf().after(aCount(5));
  expect(counts.take(aCount(9))).toEqual({ kind: 'duplicate', detail });
  expect(counts.take(aCount(4))).toEqual({ kind: 'applied', detail });
  const moves = new StockShelf().after(aCount(5), aMovement(3, { sequence: 2 }));
  expect(moves.take(aMovement(4, { sequence: 2 }))).toEqual({ kind: 'duplicate', detail });
  expect(moves.take(aMovement(-3, { sequence: 2 }))).toEqual({ kind: 'applied', detail });
  expect(moves.stock.supplies[0]).toMatchObject({ count: 5, moved: -3 });
});

/** Any messages that a source may send, with sequences reused for different messages among them. */
const messages = fc.array(
  fc.record({
    sourceId: fc.constantFrom('wms', 'pos'),
    section: fc.constantFrom('floor', 'backroom'),
    quantity: fc.integer({ min: -9, max: 50 }),
    isCount: fc.boolean(),
    sequence: fc.integer({ min: 0, max: 6 }),
    seconds: fc.integer({ min: -90, max: 0 }),
  }),
  { maxLength: 24 },
);
type Drawn = typeof messages extends fc.Arbitrary<(infer T)[]> ? T : never;

function messageOf({ quantity, isCount, seconds, ...place }: Drawn): SupplyCount | SupplyMovement {
  const over = { ...place, observedAt: later(NOON, seconds), receivedAt: NOON };
  return isCount ? aCount(Math.abs(quantity), over) : aMovement(quantity, over);
}

describe('however a feed arrives', () => {
  const arrivals = messages.chain((feed) =>
    fc.record({
      feed: fc.constant(feed),
      arrived: fc.shuffledSubarray([...feed, ...feed], { minLength: feed.length * 2 }),
    }),
  );

  test('permuted and duplicated, it ends as it would have in order', () => {
    fc.assert(
      fc.property(arrivals, ({ feed, arrived }) => {
        const inOrder = [...feed].sort((a, b) => a.sequence - b.sequence);
        const expected = new StockShelf().after(...inOrder.map(messageOf)).stock;
        expect(new StockShelf().after(...arrived.map(messageOf)).stock).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('it is the newest count and every movement above it, added up by hand', () => {
    fc.assert(
      fc.property(arrivals, ({ arrived }) => {
        const { stock } = new StockShelf().after(...arrived.map(messageOf));
        for (const entry of stock.supplies) {
          const own = arrived.filter((m) => m.sourceId === entry.sourceId && m.section === entry.section);
          const newest = Math.max(-1, ...own.filter((m) => m.isCount).map((m) => m.sequence));
          const lowest = (isCount: boolean, sequence: number) =>
            Math.min(
              ...own
                .filter((m) => m.isCount === isCount && m.sequence === sequence)
                .map((m) => (isCount ? Math.abs(m.quantity) : m.quantity)),
            );
          const above = new Set(own.filter((m) => !m.isCount && m.sequence > newest).map((m) => m.sequence));
          expect(entry.count).toBe(newest < 0 ? null : lowest(true, newest));
          expect(entry.moved).toBe([...above].reduce((sum, sequence) => sum + lowest(false, sequence), 0));
        }
      }),
      { numRuns: 300 },
    );
  });
});
