import fc from 'fast-check';
import { unitsIn } from '../../src/domain/inventory/supply/supply';
import { aCount, aMovement, later, NOON } from './inventory/inventory-samples';
import { type Message, StockShelf } from './stock-shelf';

type Said =
  | { readonly of: 'message'; readonly message: Message }
  | { readonly of: 'refusal'; readonly at: string };

const SECTIONS = { whole: [null], sections: ['floor', 'backroom'] } as const;

const messages = (sourceId: string) =>
  fc.constantFrom(...Object.values(SECTIONS)).chain((sections) =>
    fc.array(
      fc
        .record({
          section: fc.constantFrom<string | null>(...sections),
          quantity: fc.integer({ min: -9, max: 50 }),
          isCount: fc.boolean(),
          sequence: fc.integer({ min: 0, max: 6 }),
          seconds: fc.integer({ min: -90, max: 20 }),
        })
        .map(({ quantity, isCount, seconds, ...place }): Said => {
          const over = { ...place, sourceId, observedAt: later(NOON, seconds), receivedAt: NOON };
          const message = isCount ? aCount(Math.abs(quantity), over) : aMovement(quantity, over);
          return { of: 'message', message };
        }),
      { maxLength: 12 },
    ),
  );
const refusals = fc.array(
  fc.integer({ min: -90, max: 0 }).map((seconds): Said => ({ of: 'refusal', at: later(NOON, seconds) })),
  { maxLength: 3 },
);
const said = fc.tuple(messages('wms'), messages('pos'), refusals).map((parts): Said[] => parts.flat());
const arrivals = said.chain((all) =>
  fc.record({
    all: fc.constant(all),
    arrived: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
  }),
);

function shelfAfter(all: readonly Said[]): StockShelf {
  const shelf = new StockShelf();
  for (const one of all) one.of === 'message' ? shelf.take(one.message) : shelf.refuse(one.at);
  return shelf;
}

describe('a feed and the refusals of its node', () => {
  test('permuted and duplicated, they end in the same stock', () => {
    fc.assert(
      fc.property(arrivals, ({ all, arrived }) => {
        const refusalsLast = [...all].sort((a, b) => Number(a.of === 'refusal') - Number(b.of === 'refusal'));
        expect(shelfAfter(arrived).stock).toEqual(shelfAfter(refusalsLast).stock);
        expect(shelfAfter(arrived).stock).toEqual(shelfAfter(refusalsLast.reverse()).stock);
      }),
      { numRuns: 500 },
    );
  });

  test('a place has its newest count, or zero when the node refused since, and what was observed after that', () => {
    fc.assert(
      fc.property(arrivals, ({ all, arrived }) => {
        const { stock } = shelfAfter(arrived);
        const refused = all.flatMap((one) => (one.of === 'refusal' ? one.at : [])).sort();
        expect(stock.zeroedAt).toBe(refused.at(-1) ?? null);
        for (const entry of stock.supplies) {
          const own = all.flatMap((one) => (one.of === 'message' ? one.message : []));
          const here = own.filter(
            ({ sourceId, section }) => sourceId === entry.sourceId && section === entry.section,
          );
          expect(unitsIn(entry, stock.zeroedAt)).toBe(unitsByHand(here, refused.at(-1)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Adds up one place from all its messages: of those with one sequence the lowest, then the earliest, counts. */
function unitsByHand(here: readonly Message[], refusedAt: string | undefined): number {
  const quantityOf = (one: Message) => ('count' in one ? one.count : one.movement);
  const lowestFirst = [...here].sort(
    (a, b) => quantityOf(a) - quantityOf(b) || a.observedAt.localeCompare(b.observedAt),
  );
  const heardAt = (one: Message) => [one.observedAt, one.receivedAt].sort()[0] ?? '';
  const newest = Math.max(-1, ...here.filter((one) => 'count' in one).map(({ sequence }) => sequence));
  const count = lowestFirst.find((one) => 'count' in one && one.sequence === newest);
  const isRefused = refusedAt !== undefined && (!count || heardAt(count) <= refusedAt);
  const above = new Map<number, Message>();
  for (const one of lowestFirst.toReversed())
    if ('movement' in one && one.sequence > newest) above.set(one.sequence, one);
  const counting = [...above.values()].filter((one) => !isRefused || heardAt(one) > refusedAt);
  const base = isRefused || !count ? 0 : quantityOf(count);
  return counting.reduce((sum, one) => sum + quantityOf(one), base);
}
