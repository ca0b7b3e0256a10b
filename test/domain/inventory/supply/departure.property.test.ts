import fc from 'fast-check';
import { nodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import type { Source } from '../../../../src/domain/inventory/setup/set-up';
import { departureBy } from '../../../../src/domain/inventory/supply/stock';
import { type SupplyCount, unitsIn } from '../../../../src/domain/inventory/supply/supply';
import { assertUntilSeen } from '../../until-seen';
import { InventoryLedger, total } from '../inventory-ledger';
import { aCount, aNode, later, NOON } from '../inventory-samples';

type Act =
  | { readonly do: 'grant'; readonly quantity: number }
  | { readonly do: 'ship' | 'lose' | 'release'; readonly which: number; readonly quantity: number }
  | { readonly do: 'arrive' | 'return'; readonly quantity: number; readonly section: number }
  | { readonly do: 'count'; readonly section: number }
  | { readonly do: 'deliver'; readonly which: number };

const quantity = fc.integer({ min: 1, max: 4 });
const which = fc.nat(5);
const section = fc.nat(1);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('grant' as const), quantity }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ship' as const), which, quantity }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'release'), which, quantity }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('arrive' as const), quantity, section }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('return' as const), quantity, section }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('count' as const), section }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('deliver' as const), which }) },
);
const acts = fc.array(act, { minLength: 10, maxLength: 60, size: 'max' });
const buyer = { region: 'north', channel: null, shippingMethod: null, customerId: null };

/** One item's real units, and books that learn of them by counts which arrive late, twice, or in any order. */
class TrueShelf {
  readonly ledger = new InventoryLedger([aNode('leeds')], ['tea'], NOON);
  readonly units: number[];
  readonly taken: SupplyCount[] = [];
  #second = 0;
  #orders = 0;

  constructor(
    private readonly basis: Source['basis'],
    private readonly sections: readonly (string | null)[],
    private readonly mayOversell = false,
  ) {
    this.units = sections.map(() => 10);
    for (const at of sections.keys()) this.deliver(this.count(at));
  }

  promised(): number {
    return total(this.#open().flatMap(({ allocations }) => allocations));
  }

  free(): number {
    return this.units.reduce((sum, units) => sum + units, 0) - this.promised();
  }

  /** Returns the available units of the books, without the clamp that would hide a mistake. */
  said(): number {
    const [facts] = this.ledger.shelves();
    if (!facts) throw new Error('no shelf');
    const { held, committed } = nodeTerms(facts, this.ledger.now);
    return (
      facts.stock.supplies.reduce((sum, entry) => sum + unitsIn(entry, facts.stock.zeroedAt), 0) -
      held -
      committed
    );
  }

  act(act: Act): void {
    this.pass();
    switch (act.do) {
      case 'grant': {
        const id = `rsv_${++this.#orders}`;
        const demands = [{ sku: 'tea', quantity: act.quantity }];
        const ids = { reservationId: id, orderId: `ord_${id}`, caller: 'shop', ttlSeconds: null };
        this.ledger.reserve({ ...ids, demands, buyer });
        break;
      }
      case 'arrive':
        this.units[act.section % this.units.length] = this.#at(act.section) + act.quantity;
        break;
      case 'return':
        this.units[act.section % this.units.length] = this.#at(act.section) + act.quantity;
        this.ledger.restock({
          returnId: `ret_${this.#second}`,
          nodeId: 'leeds',
          units: [{ sku: 'tea', quantity: act.quantity, condition: 'SELLABLE' }],
        });
        break;
      case 'count':
        this.count(act.section);
        break;
      case 'deliver': {
        const count = this.taken[act.which % this.taken.length];
        if (count) this.deliver(count);
        break;
      }
      default:
        this.#onOrder(act);
    }
    this.ledger.beginSet(this.ledger.now);
    if (!this.mayOversell) expect(this.said()).toBeLessThanOrEqual(this.free());
  }

  #onOrder(act: Extract<Act, { readonly which: number; readonly quantity: number }>): void {
    const open = this.#open();
    const order = open[act.which % open.length];
    const [had] = order?.allocations ?? [];
    if (!order || !had) return;
    const units = { sku: 'tea', nodeId: 'leeds', quantity: Math.min(act.quantity, had.quantity) };
    if (act.do === 'release') {
      this.ledger.shrink(order.id, [{ ...units, place: null }]);
      return;
    }
    if (act.do === 'ship')
      this.ledger.consume(order.id, { shipmentId: `shp_${this.#second}`, takes: [units] });
    else {
      const given = { nodeId: 'leeds', reason: 'MISMATCH', elsewhere: [units], exhausted: [] } as const;
      this.ledger.replace(order.id, given);
    }
    this.#leave(act.which, units.quantity);
  }

  /** Takes units from one section, and from the other when it has too few. */
  #leave(from: number, quantity: number): void {
    const first = Math.min(quantity, this.#at(from));
    this.units[from % this.units.length] = this.#at(from) - first;
    if (first < quantity)
      this.units[(from + 1) % this.units.length] = this.#at(from + 1) - (quantity - first);
  }

  count(at: number): SupplyCount {
    const known = this.basis === 'available' ? this.promised() : 0;
    const observedAt = this.ledger.now;
    const place = { section: this.sections[at % this.sections.length] ?? null, basis: this.basis };
    const over = { ...place, sequence: this.#second, observedAt, receivedAt: observedAt };
    const count = aCount(this.#at(at) - known, over);
    this.taken.push(count);
    this.pass();
    return count;
  }

  deliver(count: SupplyCount): void {
    this.ledger.count('tea', 'leeds', { ...count, receivedAt: this.ledger.now });
  }

  #at(section: number): number {
    return this.units[section % this.units.length] ?? 0;
  }

  #open() {
    return [...this.ledger.state().reservations.values()].filter(({ state }) => state === 'COMMITTED');
  }

  pass(): void {
    this.#second += 1;
    this.ledger.beginSet(later(NOON, this.#second));
  }

  /** Delivers the outstanding counts. */
  settle(): void {
    for (const count of this.taken) this.deliver(count);
  }
}

describe('a count contains what left after it was taken, whenever it comes', () => {
  test.each(['on_hand', 'available'] as const)('the books are never above the shelf (%s)', (basis) => {
    let left = 0;
    const property = fc.property(acts, (story) => {
      const shelf = new TrueShelf(basis, [null]);
      for (const one of story) shelf.act(one);
      left += shelf.ledger.log.filter(({ event }) => event.type === 'inventory.stock-consumed.v1').length;
    });
    assertUntilSeen(property, 150, () => (left > 0 ? [] : ['units that leave']));
  });

  test.each(['on_hand', 'available'] as const)(
    'and they say what is on it, where nothing came or was given back since the newest count (%s)',
    (basis) => {
      fc.assert(
        fc.property(acts, (story) => {
          const shelf = new TrueShelf(basis, [null]);
          for (const one of story) if (one.do !== 'arrive' && one.do !== 'release') shelf.act(one);
          shelf.settle();
          expect(shelf.said()).toBe(shelf.free());
        }),
        { numRuns: 150 },
      );
    },
  );

  test('of a node with two sections units are taken off once, and the books are right once both are counted', () => {
    fc.assert(
      fc.property(acts, (story) => {
        const shelf = new TrueShelf('on_hand', ['floor', 'backroom'], true);
        for (const one of story) {
          if (one.do === 'count' || one.do === 'deliver' || one.do === 'arrive') continue;
          shelf.act(one);
          expect(shelf.said()).toBe(shelf.free());
        }
        shelf.pass();
        shelf.deliver(shelf.count(0));
        shelf.deliver(shelf.count(1));
        expect(shelf.said()).toBe(shelf.free());
      }),
      { numRuns: 80 },
    );
  });

  test('counts of two sections that come late contain what left once between them, and no more', () => {
    let late = 0;
    const property = fc.property(acts, (story) => {
      const shelf = new TrueShelf('on_hand', ['floor', 'backroom'], true);
      for (const one of story) if (one.do !== 'return') shelf.act(one);
      shelf.settle();
      const gone = shelf.ledger.shelves().flatMap(({ stock }) => stock.supplies.map((entry) => entry.gone));
      const left = shelf.ledger.log.flatMap(({ of, event }) => (of === 'stock' && departureBy(event)) || []);
      expect(gone.reduce((sum, units) => sum + units, 0)).toBeLessThanOrEqual(total(left));
      late += gone.filter((units) => units > 0).length;
    });
    assertUntilSeen(property, 80, () => (late > 0 ? [] : ['a count that comes late']));
  });
});
