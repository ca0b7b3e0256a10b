import fc from 'fast-check';
import { KnownItems } from '../../../../src/domain/inventory/offer/availability';
import type { Setting } from '../../../../src/domain/inventory/offer/availability-setting';
import { briefOffer } from '../../../../src/domain/inventory/offer/brief-offer';
import type { Shelf } from '../../../../src/domain/inventory/offer/shelf';
import { aCount, aNode, anItem, aStock, NOON } from '../inventory-samples';
import { aBuyer, aCap } from '../reservation-samples';

const NODES = ['leeds', 'york'];
/** Moments in milliseconds after noon: few enough that they often meet. */
const moment = fc.integer({ min: 0, max: 40 }).map((step) => step * 50);
const units = fc.integer({ min: 1, max: 9 });

const shelf = (nodeId: string): fc.Arbitrary<Shelf> =>
  fc
    .record({
      count: units,
      heard: moment,
      basis: fc.constantFrom('on_hand' as const, 'available' as const),
      claims: fc.array(fc.tuple(moment, fc.option(moment), units), { maxLength: 4 }),
    })
    .map(({ count, heard, basis, claims }) => {
      const told = aCount(count, { basis, observedAt: at(heard), receivedAt: at(heard) });
      const ms = (after: number) => Date.parse(at(after));
      const known = claims.map(
        ([granted, expires, quantity]) =>
          [ms(granted), expires === null ? null : ms(expires), quantity] as const,
      );
      const held = claims.reduce((sum, [, expires, quantity]) => sum + (expires === null ? 0 : quantity), 0);
      const committed = claims.reduce(
        (sum, [, expires, quantity]) => sum + (expires === null ? quantity : 0),
        0,
      );
      return { stock: aStock([told], { nodeId, held, committed }), claims: known };
    });

const settings = fc
  .record({
    ttls: fc.tuple(fc.constantFrom(null, 1), fc.constantFrom(null, 1)),
    cap: fc.record({
      start: moment,
      end: moment,
      limit: units,
      expiring: fc.array(fc.tuple(moment, units), { maxLength: 3 }),
    }),
  })
  .map(({ ttls, cap }): readonly Setting[] => [
    { kind: 'item', id: 'tea', state: anItem('tea') },
    {
      kind: 'source',
      id: 'wms',
      state: { id: 'wms', name: 'wms', basis: 'on_hand', authority: 1, nodes: NODES, forms: [] } as never,
    },
    ...NODES.map((id, index) => ({
      kind: 'node' as const,
      id,
      state: aNode(id, { feedTtlSeconds: ttls[index] ?? null }),
    })),
    {
      kind: 'cap',
      id: 'cap-1',
      state: {
        state: {
          cap: aCap(cap.limit, { start: at(cap.start), end: at(cap.end) }),
          isActive: true,
          used: cap.expiring.reduce((sum, [, quantity]) => sum + quantity, 0),
        },
        expiring: cap.expiring.map(([after, quantity]) => [Date.parse(at(after)), quantity] as const),
      },
    },
  ]);

const entry = fc.record({ quantity: units, retry: fc.option(moment) }).map(({ quantity, retry }) => ({
  reservationId: 'rsv_1',
  place: 1,
  quantity,
  buyer: aBuyer(),
  exclusions: [
    {
      nodeId: 'leeds',
      reason: 'NO_CAPACITY',
      refusedAt: at(2_500),
      refusals: 2,
      retryAt: retry === null ? null : at(retry),
      isOver: false,
    },
  ],
}));

function at(afterNoon: number): string {
  return new Date(Date.parse(NOON) + afterNoon).toISOString();
}

test('until its offer may change by the clock, an item is offered the same', () => {
  const known = fc.record({
    shelves: fc.tuple(...NODES.map(shelf)),
    settings,
    entries: fc.array(entry, { maxLength: 1 }).map((entries) => new Map([['tea', entries]])),
  });
  fc.assert(
    fc.property(known, moment, moment, (facts, asked, later) => {
      const offer = (afterNoon: number) => briefOffer(new KnownItems(facts, at(afterNoon)), 'tea', aBuyer());
      const { steadyUntil, ...first } = offer(asked);
      expect(steadyUntil).toBeGreaterThan(Date.parse(at(asked)));
      const last = Math.min(steadyUntil - 1 - Date.parse(NOON), 5_000);
      for (const afterNoon of [last, Math.min(last, asked + later)])
        expect(offer(afterNoon)).toMatchObject(first);
    }),
    { numRuns: 2_000 },
  );
});

test('an offer that the clock cannot change holds for ever', () => {
  const facts = { shelves: [], settings: [], entries: new Map() };
  expect(briefOffer(new KnownItems(facts, NOON), 'tea', aBuyer()).steadyUntil).toBe(Number.POSITIVE_INFINITY);
});
