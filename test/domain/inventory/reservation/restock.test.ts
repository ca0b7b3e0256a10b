import fc from 'fast-check';
import { isExcluded } from '../../../../src/domain/inventory/limits/exclusion';
import { decideRestock } from '../../../../src/domain/inventory/reservation/restock';
import { sectionsFor } from '../../../../src/domain/inventory/supply/departure';
import { unitsIn } from '../../../../src/domain/inventory/supply/supply';
import { StockShelf } from '../../stock-shelf';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, later, NOON } from '../inventory-samples';

const RETURNED = later(NOON, 60);

function unitsBack(quantity: number, condition: 'SELLABLE' | 'DAMAGED' = 'SELLABLE', nodeId = 'leeds') {
  return { returnId: 'ret_1', nodeId, units: [{ sku: 'tea', quantity, condition }] };
}

/** Adds returned units to the stock as of `RETURNED`. */
function takeBack(shelf: StockShelf, quantity: number): void {
  const left = { quantity: -quantity, grantedAt: RETURNED, leftAt: RETURNED };
  const sections = sectionsFor(shelf.stock, left);
  const data = {
    returnId: 'ret_1',
    quantity,
    condition: 'SELLABLE',
    returnedAt: RETURNED,
    sections,
  } as const;
  shelf.apply({ type: 'inventory.stock-returned.v1', data });
}

const supplyOf = ({ stock }: StockShelf) =>
  stock.supplies.reduce((sum, entry) => sum + unitsIn(entry, stock.zeroedAt), 0);

describe('returned units', () => {
  const stocked = () => {
    const ledger = new InventoryLedger([aNode('leeds'), aNode('york')], ['tea'], NOON);
    ledger.count('tea', 'leeds', aCount(5, { observedAt: NOON, receivedAt: NOON }));
    ledger.beginSet(RETURNED);
    return ledger;
  };

  test.each([
    ['SELLABLE', { supply: 7, unavailable: 0, restoredAt: RETURNED }],
    ['DAMAGED', { supply: 7, unavailable: 2, restoredAt: null }],
  ] as const)('%s add to supply, and to the unavailable units when damaged', (condition, expected) => {
    const ledger = stocked();
    expect(ledger.restock(unitsBack(2, condition)).answer).toEqual({ kind: 'done' });
    const [facts] = ledger.shelves();
    const stock = facts?.stock;
    const supply = stock?.supplies.reduce((sum, entry) => sum + unitsIn(entry, stock.zeroedAt), 0);
    expect({ supply, unavailable: stock?.unavailable, restoredAt: stock?.restoredAt }).toEqual(expected);
  });

  test('end the exclusion of their node, as a movement does', () => {
    const ledger = stocked();
    const exclusion = {
      nodeId: 'leeds',
      reason: 'MISMATCH',
      refusedAt: NOON,
      refusals: 1,
      retryAt: null,
      isOver: false,
    };
    const leeds = () => ledger.shelves().find(({ node }) => node.id === 'leeds');
    const isClosed = () => isExcluded(exclusion, leeds() as NonNullable<ReturnType<typeof leeds>>, RETURNED);
    expect(isClosed()).toBe(true);
    ledger.restock(unitsBack(1));
    expect(isClosed()).toBe(false);
  });

  test.each([
    ['a node', { facts: { get: () => [] }, items: { get: () => ({}) as never } }, 'UNKNOWN_NODE'],
    ['an item', { facts: { get: () => [] }, items: { get: () => undefined } }, 'UNKNOWN_SKU'],
  ])('wait for an operator where %s does not exist', (_, room, reason) => {
    const decided = decideRestock({ ...unitsBack(1), returnedAt: RETURNED }, room);
    expect(decided).toMatchObject({ answer: { kind: 'refused', reason }, events: [], isForNow: true });
  });
});

describe('a count and returned units', () => {
  /** Counts by sequence: the first two are observed before the return, the others after it or at its moment. */
  const observed = [-20, -10, 0, 10].map((seconds, at) => {
    const observedAt = later(RETURNED, seconds);
    return aCount(10 + at, { sequence: at + 1, observedAt, receivedAt: later(RETURNED, 100) });
  });

  test('a count observed at the moment of the return or later contains the units, an earlier one does not', () => {
    expect(
      observed.map((count) => {
        const shelf = new StockShelf().after(count);
        takeBack(shelf, 3);
        return supplyOf(shelf);
      }),
    ).toEqual([13, 14, 12, 13]);
  });

  test('end in the same supply in any order, of a node as a whole and of its sections', () => {
    const property = fc.property(
      fc.subarray(observed, { minLength: 1 }),
      fc.nat(1_000),
      fc.constantFrom(null, 'backroom'),
      (chosen, seed, section) => {
        const messages = chosen.map((count) => ({ ...count, section }));
        const ends = [messages, shuffled(messages, seed)].flatMap((order) =>
          Array.from({ length: order.length + 1 }, (_, at) => {
            const shelf = new StockShelf().after(...order.slice(0, at));
            takeBack(shelf, 3);
            return supplyOf(shelf.after(...order.slice(at)));
          }),
        );
        expect(new Set(ends).size).toBe(1);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  test('after a refusal of the node start from zero, unless the units came before it', () => {
    const before = new StockShelf().after(observed[0] as never);
    takeBack(before, 3);
    expect(supplyOf(before.refuse(later(RETURNED, 5)))).toBe(0);
    const after = new StockShelf().after(observed[0] as never).refuse(later(RETURNED, -5));
    takeBack(after, 3);
    expect(supplyOf(after)).toBe(3);
  });

  test('a source that begins to report by sections later gets the units once', () => {
    const shelf = new StockShelf();
    takeBack(shelf, 3);
    const [early] = observed;
    if (!early) throw new Error('no count');
    shelf.after({ ...early, section: 'floor' }, { ...early, section: 'backroom' });
    expect(supplyOf(shelf)).toBe(2 * early.count + 3);
  });
});

function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const keyed = items.map((item, at) => ({ item, key: ((at + 1) * (seed + 7919)) % 104_729 }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
