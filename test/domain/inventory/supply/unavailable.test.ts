import fc from 'fast-check';
import { nodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import type { Source } from '../../../../src/domain/inventory/setup/set-up';
import { type SupplyCount, unitsIn } from '../../../../src/domain/inventory/supply/supply';
import {
  DAMAGE_ENDS,
  type DamageEnd,
  decideDamageEnd,
} from '../../../../src/domain/inventory/supply/unavailable';
import { InventoryLedger, total } from '../inventory-ledger';
import { aCount, aNode, aStock, later, NOON } from '../inventory-samples';

const damaged = (unavailable: number) => aStock([aCount(10)], { unavailable });
const NOW = later(NOON, 60);

describe('what became of damaged units', () => {
  test('scrapped: they are not there any more, and not unavailable', () => {
    const { answer, events } = decideDamageEnd(damaged(3), { quantity: 2, reason: 'SCRAPPED' }, NOW);
    expect(answer).toEqual({ kind: 'done' });
    expect(events).toEqual([
      {
        type: 'inventory.damaged-stock-scrapped.v1',
        data: { quantity: 2, scrappedAt: NOW, sections: { wms: null } },
      },
    ]);
  });

  test('repaired: they are where they were, and can be had', () => {
    const { events } = decideDamageEnd(damaged(3), { quantity: 3, reason: 'REPAIRED' }, NOW);
    expect(events).toEqual([
      { type: 'inventory.damaged-stock-repaired.v1', data: { quantity: 3, repairedAt: NOW } },
    ]);
  });

  test.each(DAMAGE_ENDS)('no more are %s than are unavailable', (reason) => {
    const decided = decideDamageEnd(damaged(1), { quantity: 2, reason }, NOW);
    expect(decided).toEqual({ answer: { kind: 'fewer-unavailable', unavailable: 1 }, events: [] });
  });
});

type Act =
  | { readonly do: 'grant'; readonly quantity: number }
  | { readonly do: 'ship' | 'damage'; readonly which: number; readonly quantity: number }
  | { readonly do: 'end'; readonly quantity: number; readonly reason: DamageEnd['reason'] }
  | { readonly do: 'count' }
  | { readonly do: 'deliver'; readonly which: number };

const quantity = fc.integer({ min: 1, max: 4 });
const which = fc.nat(5);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('grant' as const), quantity }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('ship' as const, 'damage', 'damage'), which, quantity }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      quantity,
      reason: fc.constantFrom(...DAMAGE_ENDS),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('count' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), which }) },
);
const acts = fc.array(act, { minLength: 10, maxLength: 40, size: 'max' });
const buyer = { region: 'north', channel: null, shippingMethod: null, customerId: null };

/** An item with damaged units, and books that learn of it by counts which arrive late, twice, or in any order. */
class DamagedShelf {
  readonly ledger = new InventoryLedger([aNode('leeds')], ['tea'], NOON);
  readonly #taken: SupplyCount[] = [];
  #units = 20;
  #damaged = 0;
  #second = 0;

  /** Creates the item. `knowsDamage`: its source leaves damaged units out of what it calls available. */
  constructor(
    private readonly basis: Source['basis'],
    private readonly knowsDamage: boolean,
  ) {
    this.deliver(this.#count());
  }

  act(act: Act): void {
    this.pass();
    switch (act.do) {
      case 'grant': {
        const ids = { reservationId: `rsv_${this.#second}`, orderId: `ord_${this.#second}`, caller: 'shop' };
        const demands = [{ sku: 'tea', quantity: act.quantity }];
        this.ledger.reserve({ ...ids, ttlSeconds: null, demands, buyer });
        break;
      }
      case 'end':
        this.#end({ quantity: Math.min(act.quantity, this.#damaged), reason: act.reason });
        break;
      case 'count':
        this.#count();
        break;
      case 'deliver': {
        const count = this.#taken[act.which % this.#taken.length];
        if (count) this.deliver(count);
        break;
      }
      default:
        this.#onOrder(act);
    }
    this.ledger.beginSet(this.ledger.now);
  }

  #onOrder(act: Extract<Act, { readonly which: number; readonly quantity: number }>): void {
    const open = this.#open();
    const order = open[act.which % open.length];
    const [had] = order?.allocations ?? [];
    if (!order || !had) return;
    const units = { sku: 'tea', nodeId: 'leeds', quantity: Math.min(act.quantity, had.quantity) };
    if (act.do === 'ship') {
      this.ledger.consume(order.id, { shipmentId: `shp_${this.#second}`, takes: [units] });
      this.#units -= units.quantity;
      return;
    }
    this.ledger.replace(order.id, { nodeId: 'leeds', reason: 'DAMAGED', elsewhere: [units], exhausted: [] });
    this.#damaged += units.quantity;
  }

  #end(end: DamageEnd): void {
    const [facts] = this.ledger.shelves();
    if (!facts) throw new Error('no shelf');
    if (end.quantity === 0) return;
    const { events } = decideDamageEnd(facts.stock, end, this.ledger.now);
    this.ledger.append(events.map((event) => ({ of: 'stock', sku: 'tea', nodeId: 'leeds', event })));
    this.#damaged -= end.quantity;
    if (end.reason === 'SCRAPPED') this.#units -= end.quantity;
  }

  #count(): SupplyCount {
    const known = this.#promised() + (this.knowsDamage ? this.#damaged : 0);
    const observedAt = this.ledger.now;
    const count = aCount(this.basis === 'available' ? this.#units - known : this.#units, {
      basis: this.basis,
      sequence: this.#second,
      observedAt,
      receivedAt: observedAt,
    });
    this.#taken.push(count);
    this.pass();
    return count;
  }

  deliver(count: SupplyCount): void {
    this.ledger.count('tea', 'leeds', { ...count, receivedAt: this.ledger.now });
  }

  /** Reports the end of all damaged units, and counts. */
  settle(reason: DamageEnd['reason']): void {
    this.#end({ quantity: this.#damaged, reason });
    this.pass();
    this.deliver(this.#count());
  }

  /** Delivers the outstanding counts. */
  deliverAll(): void {
    for (const count of this.#taken) this.deliver(count);
  }

  /**
   * Returns the units that can really be sold; `said` returns the books' figure, without the clamp that would hide a
   * mistake.
   */
  free(): number {
    return this.#units - this.#damaged - this.#promised();
  }

  said(): number {
    const [facts] = this.ledger.shelves();
    if (!facts) throw new Error('no shelf');
    const { held, committed, unavailable } = nodeTerms(facts, this.ledger.now);
    return (
      facts.stock.supplies.reduce((sum, entry) => sum + unitsIn(entry, facts.stock.zeroedAt), 0) -
      unavailable -
      held -
      committed
    );
  }

  #promised(): number {
    return total(this.#open().flatMap(({ allocations }) => allocations));
  }

  #open() {
    return [...this.ledger.state().reservations.values()].filter(({ state }) => state === 'COMMITTED');
  }

  pass(): void {
    this.#second += 1;
    this.ledger.beginSet(later(NOON, this.#second));
  }
}

const SOURCES = [
  ['on_hand', false],
  ['available', false],
  ['available', true],
] as const;
const endings = fc.constantFrom(...DAMAGE_ENDS);

describe.each(SOURCES)(
  'damaged units under a source that says what is %s (less what is damaged: %s)',
  (...of) => {
    test('are never sold, whenever its counts come', () => {
      fc.assert(
        fc.property(acts, (story) => {
          const shelf = new DamagedShelf(...of);
          for (const one of story) {
            shelf.act(one);
            expect(shelf.said()).toBeLessThanOrEqual(shelf.free());
          }
        }),
        { numRuns: 100 },
      );
    });

    test('are no longer missed once it is known what became of them and it has counted again', () => {
      fc.assert(
        fc.property(acts, endings, (story, reason) => {
          const shelf = new DamagedShelf(...of);
          for (const one of story) shelf.act(one);
          shelf.settle(reason);
          expect(shelf.said()).toBe(shelf.free());
          shelf.deliverAll();
          expect(shelf.said()).toBe(shelf.free());
        }),
        { numRuns: 100 },
      );
    });
  },
);

test('where counts say what is on hand, the books are right at every moment once they have all come', () => {
  fc.assert(
    fc.property(acts, (story) => {
      const shelf = new DamagedShelf('on_hand', false);
      for (const one of story) {
        shelf.act(one);
        shelf.deliverAll();
        expect(shelf.said()).toBe(shelf.free());
      }
    }),
    { numRuns: 100 },
  );
});
