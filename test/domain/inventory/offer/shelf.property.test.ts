import fc from 'fast-check';
import { emptyShelf, evolveShelf, factsOf, type Shelf } from '../../../../src/domain/inventory/offer/shelf';
import { claimsCountFrom, type StockEvent } from '../../../../src/domain/inventory/supply/stock';
import { aNode, later, NOON } from '../inventory-samples';

interface Claim {
  readonly grantedAt: string;
  readonly expiresAt: string | null;
  readonly quantity: number;
}

type Act =
  | { readonly do: 'hold' | 'commit'; readonly quantity: number; readonly ttl: number }
  | { readonly do: 'adopt' | 'release'; readonly which: number }
  | { readonly do: 'count' }
  | { readonly do: 'wait'; readonly seconds: number };

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('hold' as const, 'commit' as const),
      quantity: fc.integer({ min: 1, max: 3 }),
      ttl: fc.constantFrom(1, 5, 60),
    }),
    fc.record({ do: fc.constantFrom('adopt' as const, 'release' as const), which: fc.nat(9) }),
    fc.record({ do: fc.constant('count' as const) }),
    fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(0, 1, 7) }),
  ),
  { maxLength: 60 },
);

const sum = (claims: readonly Claim[]) => claims.reduce((total, { quantity }) => total + quantity, 0);

/** A stock projection beside a plain list of all its claims. */
class Story {
  shelf: Shelf = emptyShelf('tea', 'leeds');
  now = NOON;
  claims: Claim[] = [];
  #sequence = 0;

  constructor(readonly basis: 'on_hand' | 'available') {}

  act(next: Act): void {
    switch (next.do) {
      case 'wait':
        this.now = later(this.now, next.seconds);
        break;
      case 'count':
        this.#count();
        break;
      case 'hold':
      case 'commit':
        this.#grant(next.quantity, next.do === 'hold' ? later(this.now, next.ttl) : null);
        break;
      default:
        this.#change(next.do, next.which);
    }
  }

  #log(event: StockEvent): void {
    this.shelf = evolveShelf(this.shelf, event, this.now);
  }

  #count(): void {
    const { basis, now } = this;
    const place = { sourceId: 'wms', section: null, basis, sequence: ++this.#sequence };
    const data = { ...place, count: 9, observedAt: now, receivedAt: now };
    this.#log({ type: 'inventory.supply-counted.v1', data });
  }

  #grant(quantity: number, expiresAt: string | null): void {
    const reservationId = 'r';
    this.claims.push({ grantedAt: this.now, expiresAt, quantity });
    if (expiresAt === null)
      this.#log({ type: 'inventory.stock-committed.v1', data: { reservationId, quantity } });
    else this.#log({ type: 'inventory.stock-held.v1', data: { reservationId, quantity, expiresAt } });
  }

  #change(how: 'adopt' | 'release', which: number): void {
    const [claim] = this.claims.splice(which % (this.claims.length || 1), 1);
    if (!claim) return;
    const { expiresAt, ...granted } = claim;
    const data = { reservationId: 'r', ...granted };
    if (how === 'adopt') this.claims.push({ ...claim, expiresAt: null });
    if (expiresAt === null) {
      if (how === 'release') this.#log({ type: 'inventory.committed-stock-released.v1', data });
      return;
    }
    const type = how === 'adopt' ? 'inventory.held-stock-committed.v1' : 'inventory.held-stock-released.v1';
    this.#log({ type, data: { ...data, expiresAt } });
  }

  /** Returns the sums over all claims. */
  expected() {
    const from = claimsCountFrom(this.shelf.stock);
    const held = this.claims.filter(({ expiresAt }) => expiresAt !== null && expiresAt > this.now);
    const committed = this.claims.filter(({ expiresAt }) => expiresAt === null);
    const since = (some: readonly Claim[]) => sum(some.filter(({ grantedAt }) => grantedAt >= (from ?? '')));
    return {
      heldNow: sum(held),
      committed: sum(committed),
      sinceCount: from === null ? null : { held: since(held), committed: since(committed) },
    };
  }
}

test.each(['on_hand', 'available'] as const)(
  'a shelf says of its claims what a list of all of them would, at every step (%s)',
  (basis) => {
    fc.assert(
      fc.property(acts, (all) => {
        const story = new Story(basis);
        // A source of basis `available` has counted before any unit of its count is promised.
        story.act({ do: 'count' });
        for (const next of all) {
          story.act(next);
          const { heldNow, sinceCount, stock } = factsOf(story.shelf, aNode('leeds'), {}, story.now);
          expect({ heldNow, sinceCount, committed: stock.committed }).toEqual(story.expected());
        }
      }),
    );
  },
);

test('commitments that no source can tell apart are kept as one', () => {
  const story = new Story('on_hand');
  for (let order = 0; order < 500; order++) {
    story.act({ do: 'commit', quantity: 1, ttl: 1 });
    story.act({ do: 'wait', seconds: 1 });
  }
  expect(story.shelf.claims).toEqual([[Date.parse(story.now) - 1_000, null, 500]]);
  story.act({ do: 'release', which: 7 });
  expect(story.shelf.claims).toEqual([[expect.any(Number), null, 499]]);
  const merchant = new Story('available');
  merchant.act({ do: 'count' });
  for (let order = 0; order < 50; order++) {
    merchant.act({ do: 'commit', quantity: 1, ttl: 1 });
    merchant.act({ do: 'wait', seconds: 1 });
  }
  expect(merchant.shelf.claims).toHaveLength(50);
  merchant.act({ do: 'count' });
  expect(merchant.shelf.claims).toHaveLength(1);
});
