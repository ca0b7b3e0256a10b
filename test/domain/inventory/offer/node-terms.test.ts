import { evolveFacts, nodeTerms, type StockFacts } from '../../../../src/domain/inventory/offer/node-terms';
import { claimsCountFrom, evolveStock, type StockEvent } from '../../../../src/domain/inventory/supply/stock';
import type { SupplyMovement } from '../../../../src/domain/inventory/supply/supply';
import { aCount, aNode, aStock, assigned, factsOf, later, NOON } from '../inventory-samples';

const onHand = (count: number, over = {}) => aCount(count, over);
const available = (count: number, over = {}) => aCount(count, { basis: 'available', ...over });
const partner = aNode('leeds', { kind: 'partner', feedTtlSeconds: 60 });

describe('available to promise at a node', () => {
  test('is supply less what is unavailable, kept as safety stock, held and committed', () => {
    const stock = aStock([onHand(20)], { unavailable: 1, held: 5, committed: 3 });
    const terms = nodeTerms(factsOf(stock, { node: aNode('leeds', { safetyStock: 4 }), heldNow: 2 }), NOON);
    expect(terms).toEqual({
      nodeId: 'leeds',
      kind: 'warehouse',
      region: 'north',
      priority: 1,
      enabled: true,
      supply: 20,
      held: 2,
      committed: 3,
      unavailable: 1,
      safetyStock: 4,
      atp: 10,
      shortfall: 0,
      freshness: 'fresh',
      observedAt: NOON,
      sourceId: 'wms',
      sections: [],
      others: [],
      zeroedAt: null,
    });
  });

  test('is never below nothing, and what is missing shows as a shortfall', () => {
    const terms = nodeTerms(factsOf(aStock([onHand(2)], { committed: 5 })), NOON);
    expect(terms).toMatchObject({ atp: 0, shortfall: 3 });
  });

  test('unavailable units cannot cover commitments; holds and safety stock make no shortfall', () => {
    const short = factsOf(aStock([onHand(5)], { unavailable: 2, committed: 4 }));
    expect(nodeTerms(short, NOON).shortfall).toBe(1);
    const tight = factsOf(aStock([onHand(5)], { held: 9, committed: 5 }), {
      node: aNode('x', { safetyStock: 9 }),
    });
    expect(nodeTerms(tight, NOON)).toMatchObject({ atp: 0, shortfall: 0 });
  });

  test('is nothing where the node is disabled, and its terms still show', () => {
    const facts = factsOf(aStock([onHand(9)]), { node: aNode('leeds', { enabled: false }) });
    expect(nodeTerms(facts, NOON)).toMatchObject({ atp: 0, supply: 9, enabled: false, freshness: 'fresh' });
  });
});

describe('freshness', () => {
  test('a node nobody has spoken of is unknown, not zero', () => {
    expect(nodeTerms(factsOf(aStock([])), NOON)).toMatchObject({
      supply: null,
      atp: 0,
      freshness: 'unknown',
      observedAt: null,
      shortfall: 0,
    });
  });

  test('a count of zero is known', () => {
    expect(nodeTerms(factsOf(aStock([onHand(0)])), NOON)).toMatchObject({ supply: 0, freshness: 'fresh' });
  });

  test('supply counts up to its time-to-live and not a millisecond longer', () => {
    const facts = factsOf(aStock([onHand(9)]), { node: partner });
    expect(nodeTerms(facts, later(NOON, 60))).toMatchObject({ supply: 9, atp: 9, freshness: 'fresh' });
    expect(nodeTerms(facts, later(NOON, 60.001))).toMatchObject({ supply: 0, atp: 0, freshness: 'expired' });
  });

  test('without a time-to-live supply never goes stale', () => {
    const facts = factsOf(aStock([onHand(9)]), { node: aNode('leeds', { feedTtlSeconds: null }) });
    expect(nodeTerms(facts, later(NOON, 1e9))).toMatchObject({ atp: 9, freshness: 'fresh' });
  });

  test.each([
    ['observed late, received early', { observedAt: later(NOON, 30), receivedAt: NOON }],
    ['observed early, received late', { observedAt: NOON, receivedAt: later(NOON, 30) }],
  ])('the time runs from the earlier moment: %s', (_name, moments) => {
    const facts = factsOf(aStock([onHand(9, moments)]), { node: partner });
    expect(nodeTerms(facts, later(NOON, 61)).freshness).toBe('expired');
  });

  test('expired supply hides no commitments: what was last known decides whether there is a shortfall', () => {
    const facts = factsOf(aStock([onHand(9)], { committed: 4 }), { node: partner });
    expect(nodeTerms(facts, later(NOON, 600))).toMatchObject({ atp: 0, committed: 4, shortfall: 0 });
  });
});

describe('sections', () => {
  test('of one source add up', () => {
    const stock = aStock([onHand(3, { section: 'floor' }), onHand(4, { section: 'backroom' })]);
    expect(nodeTerms(factsOf(stock), NOON)).toMatchObject({ supply: 7, atp: 7 });
  });

  test('go stale one by one', () => {
    const stock = aStock([
      onHand(3, { section: 'floor', observedAt: later(NOON, -90) }),
      onHand(4, { section: 'backroom', observedAt: later(NOON, -30) }),
    ]);
    const terms = nodeTerms(factsOf(stock, { node: partner }), NOON);
    expect(terms).toMatchObject({ supply: 4, atp: 4, freshness: 'fresh', observedAt: later(NOON, -30) });
  });
});

describe('authority', () => {
  const stock = aStock([
    onHand(3, { sourceId: 'wms' }),
    onHand(8, { sourceId: 'pos', observedAt: later(NOON, -5) }),
  ]);

  test.each([
    ['the higher one counts', { wms: 1, pos: 2 }, 8],
    ['the other way round', { wms: 2, pos: 1 }, 3],
    ['a tie goes to the lower id', { wms: 1, pos: 1 }, 8],
    ['a source that is not assigned to the node counts for nothing', { wms: 1 }, 3],
    ['without an assigned source supply is unknown', { till: 9 }, null],
  ])('%s', (_name, authorities, supply) => {
    const terms = nodeTerms(factsOf(stock, { sources: assigned(Object.entries(authorities)) }), NOON);
    expect(terms.supply).toBe(supply);
  });

  test('the moment shown is that of the source that counts', () => {
    expect(nodeTerms(factsOf(stock, { sources: assigned([['pos', 1]]) }), NOON).observedAt).toBe(
      later(NOON, -5),
    );
  });

  test('two sources are never added up', () => {
    const both = aStock([
      onHand(3, { section: 'floor' }),
      onHand(8, { sourceId: 'pos', section: 'backroom' }),
    ]);
    expect(
      nodeTerms(
        factsOf(both, {
          sources: assigned([
            ['wms', 1],
            ['pos', 0],
          ]),
        }),
        NOON,
      ).supply,
    ).toBe(3);
  });

  test('a source of authority that has fallen silent is not replaced by a lesser one', () => {
    const silent = aStock([onHand(3, { observedAt: later(NOON, -90) }), onHand(8, { sourceId: 'pos' })]);
    const facts = factsOf(silent, {
      node: partner,
      sources: assigned([
        ['wms', 1],
        ['pos', 0],
      ]),
    });
    expect(nodeTerms(facts, NOON)).toMatchObject({ atp: 0, freshness: 'expired' });
  });
});

describe('basis', () => {
  const claims = { held: 4, committed: 6 };
  const since = { held: 1, committed: 2 };

  test.each<[string, Partial<StockFacts>, object]>([
    [
      'on hand: all claims are ours to subtract',
      { stock: aStock([onHand(20)], claims) },
      { ...claims, atp: 10 },
    ],
    [
      'available: only the claims that came after the count',
      { stock: aStock([available(20)], claims), sinceCount: since },
      { ...since, atp: 17 },
    ],
    [
      'available, but what came after is not known: all of them, to be safe',
      { stock: aStock([available(20)], claims), sinceCount: null },
      { ...claims, atp: 10 },
    ],
    [
      'on hand beside an available source that does not count: all of them',
      {
        stock: aStock([onHand(20), available(3, { sourceId: 'pos' })], claims),
        sinceCount: since,
        sources: assigned([
          ['wms', 1],
          ['pos', 0],
        ]),
      },
      { ...claims, atp: 10 },
    ],
  ])('%s', (_name, over, expected) => {
    const stock = over.stock ?? aStock([]);
    expect(nodeTerms({ ...factsOf(stock), ...over }, NOON)).toMatchObject(expected);
  });

  test('a source that changed its basis, one section counted before and one after: no claim is forgotten', () => {
    const stock = aStock([onHand(10, { section: 'backroom' }), available(5, { section: 'floor' })], {
      committed: 8,
    });
    const facts = factsOf(stock, { sinceCount: { held: 0, committed: 0 } });
    expect(nodeTerms(facts, NOON).atp).toBe(7);
  });

  test('a shortfall counts only the commitments that the source did not know of', () => {
    const stock = aStock([available(0)], { committed: 6 });
    expect(nodeTerms(factsOf(stock, { sinceCount: { held: 0, committed: 0 } }), NOON).shortfall).toBe(0);
    expect(nodeTerms(factsOf(stock, { sinceCount: { held: 0, committed: 2 } }), NOON).shortfall).toBe(2);
  });
});

describe('supply that moves', () => {
  const moved = (movement: number, over: Partial<SupplyMovement> = {}): StockEvent => {
    const message = { ...onHand(0), sequence: 2, movement, ...over };
    const { count: _, ...data } = message;
    return {
      type: 'inventory.supply-moved.v1',
      data: { ...data, moved: movement, movedThrough: 2, heardAt: data.observedAt },
    };
  };
  const stockAfter = (...events: StockEvent[]) => events.reduce(evolveStock, aStock([onHand(5)]));

  test('is the count and what has moved since', () => {
    expect(nodeTerms(factsOf(stockAfter(moved(-2))), NOON)).toMatchObject({
      supply: 3,
      atp: 3,
      shortfall: 0,
    });
  });

  test('below nothing is nothing, and a shortfall beside what is committed', () => {
    const stock = { ...stockAfter(moved(-7)), committed: 1 };
    expect(nodeTerms(factsOf(stock), NOON)).toMatchObject({ supply: 0, atp: 0, shortfall: 3 });
  });

  test('is as fresh as the newest of count and movements', () => {
    const facts = factsOf(stockAfter(moved(-2, { observedAt: later(NOON, 30) })), { node: partner });
    expect(nodeTerms(facts, later(NOON, 90))).toMatchObject({ supply: 3, observedAt: later(NOON, 30) });
    expect(nodeTerms(facts, later(NOON, 90.001))).toMatchObject({ supply: 0, freshness: 'expired' });
  });

  test('of an available source keeps the moment of its count: claims before it are subtracted already', () => {
    const stock = evolveStock(
      aStock([available(5)]),
      moved(2, { basis: 'available', observedAt: later(NOON, 30) }),
    );
    expect(claimsCountFrom(stock)).toBe(NOON);
  });
});

describe('supply that somebody did not find', () => {
  const data = {
    reservationId: 'rsv_1',
    reason: 'NOT_IN_STOCK',
    quantity: 2,
    refusedAt: later(NOON, 10),
  } as const;
  const refused: StockEvent = { type: 'inventory.stock-refused.v1', data };
  const counted = (seconds: number): StockEvent => ({
    type: 'inventory.supply-counted.v1',
    data: onHand(5, { sequence: 2, observedAt: later(NOON, seconds), receivedAt: later(NOON, 60) }),
  });
  const termsAfter = (...events: StockEvent[]) =>
    nodeTerms(factsOf(events.reduce(evolveStock, aStock([onHand(9)]))), NOON);

  test('is nothing until a feed that was observed later says otherwise', () => {
    expect(termsAfter(refused)).toMatchObject({
      supply: 0,
      atp: 0,
      freshness: 'fresh',
      zeroedAt: later(NOON, 10),
    });
    expect(termsAfter(refused, counted(10))).toMatchObject({ supply: 0, zeroedAt: later(NOON, 10) });
    expect(termsAfter(refused, counted(11))).toMatchObject({ supply: 5, atp: 5, zeroedAt: null });
    expect(termsAfter(counted(11), refused)).toMatchObject({ supply: 5, zeroedAt: null });
  });

  test('leaves what is committed short', () => {
    const stock = evolveStock(aStock([onHand(9)], { committed: 4 }), refused);
    expect(nodeTerms(factsOf(stock), NOON)).toMatchObject({ supply: 0, shortfall: 4 });
  });

  test('is remembered by the last refusal, whichever was heard first', () => {
    const earlier: StockEvent = { ...refused, data: { ...data, refusedAt: NOON } };
    expect(evolveStock(evolveStock(aStock([]), refused), earlier).zeroedAt).toBe(later(NOON, 10));
  });
});

describe('other sources of a node', () => {
  test('are shown with how much more they say; where they count in another way there is no difference', () => {
    const stock = aStock([onHand(5), onHand(8, { sourceId: 'old' }), available(2, { sourceId: 'shop' })]);
    const terms = nodeTerms(
      factsOf(stock, {
        sources: assigned([
          ['wms', 3],
          ['old', 2],
          ['shop', 1],
        ]),
      }),
      NOON,
    );
    expect(terms).toMatchObject({ supply: 5, sourceId: 'wms' });
    expect(terms.others).toEqual([
      { sourceId: 'old', basis: 'on_hand', supply: 8, freshness: 'fresh', observedAt: NOON, difference: 3 },
      {
        sourceId: 'shop',
        basis: 'available',
        supply: 2,
        freshness: 'fresh',
        observedAt: NOON,
        difference: null,
      },
    ]);
  });
});

describe('facts after an event of the same set', () => {
  const claim = { reservationId: 'rsv_1', quantity: 3 };
  const granted = { ...claim, grantedAt: later(NOON, -1) };
  const held: StockEvent = {
    type: 'inventory.stock-held.v1',
    data: { ...claim, expiresAt: later(NOON, 60) },
  };
  const committed: StockEvent = { type: 'inventory.stock-committed.v1', data: claim };
  const ofHold = { ...granted, expiresAt: later(NOON, 60) };
  const adopted: StockEvent = { type: 'inventory.held-stock-committed.v1', data: ofHold };
  const holdReleased: StockEvent = { type: 'inventory.held-stock-released.v1', data: ofHold };
  const released: StockEvent = { type: 'inventory.committed-stock-released.v1', data: granted };
  const atpAfter = (facts: StockFacts, ...events: StockEvent[]) =>
    nodeTerms(events.reduce(evolveFacts, facts), NOON).atp;

  test('a claim of this set is not there for the next member', () => {
    const facts = factsOf(aStock([onHand(10)]));
    expect(atpAfter(facts, held)).toBe(7);
    expect(atpAfter(facts, committed)).toBe(7);
    expect(atpAfter(facts, held, adopted)).toBe(7);
  });

  test('nor is it where the source reports what is available', () => {
    const facts = factsOf(aStock([available(10)]), { sinceCount: { held: 0, committed: 0 } });
    expect(atpAfter(facts, held)).toBe(7);
    expect(atpAfter(facts, committed)).toBe(7);
  });

  test('what is given back is there again', () => {
    expect(atpAfter(factsOf(aStock([onHand(10)], { held: 3 })), holdReleased)).toBe(10);
    expect(atpAfter(factsOf(aStock([onHand(10)], { committed: 3 })), released)).toBe(10);
  });

  test('a claim the available source may have known of does not add to what it says', () => {
    const facts = factsOf(aStock([available(10)], { committed: 3, held: 3 }), {
      sinceCount: { held: 0, committed: 0 },
    });
    expect(atpAfter(facts, released, holdReleased)).toBe(10);
    expect(atpAfter(facts, adopted)).toBeLessThanOrEqual(10);
  });

  test('a claim it cannot have known of is there again when it is given back', () => {
    const facts = factsOf(aStock([available(10)], { committed: 3 }), {
      sinceCount: { held: 0, committed: 3 },
    });
    const givenBack: StockEvent = {
      type: 'inventory.committed-stock-released.v1',
      data: { ...claim, grantedAt: NOON },
    };
    expect(atpAfter(facts)).toBe(7);
    expect(atpAfter(facts, givenBack)).toBe(10);
  });

  test('tidying a hold that had run out frees nothing: its units were free already, or belong to another hold', () => {
    const facts = factsOf(aStock([onHand(10)], { held: 6 }), { heldNow: 3 });
    expect(atpAfter(facts)).toBe(7);
    expect(atpAfter(facts, holdReleased)).toBe(7);
  });

  test('a new hold beside a swept one still counts', () => {
    const facts = factsOf(aStock([onHand(10)], { held: 3 }), { heldNow: 0 });
    expect(atpAfter(facts, holdReleased, held)).toBe(7);
    expect(atpAfter(facts, held, holdReleased)).toBe(7);
  });
});
