import { nodeTerms } from '../../src/domain/inventory/offer/node-terms';
import type { GivenBackReason } from '../../src/domain/inventory/reservation/replace-units';
import { decideExpiries } from '../../src/domain/inventory/supply/supply-expiry';
import { InventoryLedger } from './inventory/inventory-ledger';
import { aCount, aMovement, aNode, assigned, factsOf, later, NOON } from './inventory/inventory-samples';
import { StockShelf } from './stock-shelf';

const at = (seconds: number) => ({ observedAt: later(NOON, seconds), receivedAt: later(NOON, seconds) });
const REFUSED = later(NOON, 10);
const termsOf = ({ stock }: StockShelf, over: Parameters<typeof factsOf>[1] = {}) =>
  nodeTerms(factsOf(stock, over), later(NOON, 60));

/** Stock that was counted with 10 units, and refused as empty ten seconds later. */
const refusedShelf = () => new StockShelf().after(aCount(10)).refuse(REFUSED);

describe('a refusal for lack of stock', () => {
  test.each([
    [-1, 0],
    [5, 5],
  ])('sets the base to zero: a later movement of %i leaves %i', (movement, supply) => {
    const shelf = refusedShelf().after(aMovement(movement, { sequence: 2, ...at(20) }));
    expect(termsOf(shelf)).toMatchObject({ supply, atp: supply, zeroedAt: REFUSED });
  });

  test('later movements add up from zero, below it too', () => {
    const shelf = refusedShelf().after(
      aMovement(-1, { sequence: 2, ...at(20) }),
      aMovement(5, { sequence: 3, ...at(30) }),
    );
    expect(termsOf(shelf)).toMatchObject({ supply: 4 });
  });

  test('a movement observed before it, whenever it arrives, is in the zero', () => {
    const late = aMovement(5, { sequence: 2, observedAt: later(NOON, 10), receivedAt: later(NOON, 40) });
    expect(termsOf(refusedShelf().after(late)).supply).toBe(0);
    expect(termsOf(new StockShelf().after(aCount(10), late).refuse(REFUSED)).supply).toBe(0);
  });

  test('a movement whose clock runs ahead counts as observed when it was received', () => {
    const ahead = aMovement(5, { sequence: 2, observedAt: later(NOON, 11), receivedAt: REFUSED });
    expect(termsOf(refusedShelf().after(ahead)).supply).toBe(0);
  });

  test('a movement or a departure observed after it and applied before it counts', () => {
    const shelf = new StockShelf().after(aCount(10), aMovement(5, { sequence: 2, ...at(20) }));
    const [grantedAt, consumedAt] = [later(NOON, 1), later(NOON, 30)];
    const units = { reservationId: 'r', shipmentId: 's', quantity: 2, grantedAt, consumedAt };
    shelf.apply({ type: 'inventory.stock-committed.v1', data: { reservationId: 'r', quantity: 2 } });
    shelf.apply({ type: 'inventory.stock-consumed.v1', data: { ...units, sections: { wms: null } } });
    expect(termsOf(shelf).supply).toBe(13);
    expect(termsOf(shelf.refuse(REFUSED)).supply).toBe(3);
  });
});

describe('after a refusal for lack of stock', () => {
  test('a count observed later replaces the zero, with every movement above it', () => {
    const early = aMovement(3, { sequence: 3, ...at(5) });
    const shelf = refusedShelf().after(early, aCount(8, { sequence: 2, ...at(11) }));
    expect(termsOf(shelf)).toMatchObject({ supply: 11, zeroedAt: null });
  });

  test('a count observed before it that arrives later leaves the zero, and orders what follows', () => {
    const shelf = refusedShelf().after(
      aCount(8, { sequence: 4, observedAt: later(NOON, 9), receivedAt: later(NOON, 40) }),
      aMovement(5, { sequence: 5, ...at(20) }),
    );
    expect(shelf.take(aMovement(7, { sequence: 3, ...at(25) }))).toEqual({ kind: 'stale' });
    expect(termsOf(shelf)).toMatchObject({ supply: 5, zeroedAt: REFUSED });
  });

  test('every source and section of the node is at zero, also one that is heard of later', () => {
    const shelf = new StockShelf().after(aCount(4, { section: 'floor' }), aCount(7, { sourceId: 'pos' }));
    shelf.refuse(REFUSED);
    shelf.after(
      aCount(6, { section: 'backroom', ...at(5) }),
      aMovement(2, { section: 'backroom', ...at(20), sequence: 2 }),
    );
    expect(
      termsOf(shelf, {
        sources: assigned([
          ['wms', 2],
          ['pos', 1],
        ]),
      }),
    ).toMatchObject({
      supply: 2,
      sections: [
        { section: 'backroom', supply: 2 },
        { section: 'floor', supply: 0 },
      ],
      others: [{ sourceId: 'pos', supply: 0 }],
    });
  });

  test('a section that was never counted adds its later movements to zero', () => {
    const shelf = new StockShelf().after(aCount(4, { section: 'floor' })).refuse(REFUSED);
    shelf.after(aMovement(3, { section: 'backroom', sequence: 1, ...at(20) }));
    expect(termsOf(shelf).supply).toBe(3);
  });

  test('an earlier refusal that is heard of later changes nothing', () => {
    const shelf = refusedShelf().after(aMovement(5, { sequence: 2, ...at(20) }));
    const before = shelf.stock;
    expect(shelf.refuse(later(NOON, 5)).stock).toBe(before);
    expect(termsOf(shelf).supply).toBe(5);
  });

  test('all claims are subtracted until the next count, also for a source that reports what is available', () => {
    const basis = 'available' as const;
    const sinceCount = { held: 0, committed: 0 };
    const shelf = new StockShelf().after(aCount(10, { basis }));
    shelf.apply({ type: 'inventory.stock-committed.v1', data: { reservationId: 'r', quantity: 3 } });
    expect(termsOf(shelf, { sinceCount }).atp).toBe(10);
    shelf.refuse(REFUSED).after(aMovement(5, { basis, sequence: 2, ...at(20) }));
    expect(termsOf(shelf, { sinceCount })).toMatchObject({ supply: 5, committed: 3, atp: 2 });
    shelf.after(aCount(5, { basis, sequence: 3, ...at(30) }));
    expect(termsOf(shelf, { sinceCount })).toMatchObject({ supply: 5, committed: 0, atp: 5 });
  });

  test('the note of a silent feed says what is left of it', () => {
    const shelf = refusedShelf().after(aMovement(2, { sequence: 2, ...at(20) }));
    const [note] = decideExpiries(shelf.stock, 5, later(NOON, 60));
    expect(note).toMatchObject({ type: 'inventory.supply-expired.v1', data: { supply: 2 } });
  });
});

describe('what a node says when it gives units back', () => {
  const ID = 'rsv_1';
  const given = (reason: GivenBackReason, movement: number) => {
    const ledger = new InventoryLedger([aNode('n1')], ['tea'], NOON);
    ledger.count('tea', 'n1', aCount(10));
    ledger.beginSet(later(NOON, 1));
    const demands = [{ sku: 'tea', quantity: 2 }];
    const buyer = { region: 'north', channel: null, shippingMethod: null, customerId: null };
    ledger.reserve({ reservationId: ID, orderId: 'ord_1', caller: 'shop', demands, buyer, ttlSeconds: null });
    ledger.beginSet(later(NOON, 30));
    ledger.move('tea', 'n1', aMovement(movement, { sequence: 2, ...at(20) }));
    ledger.replace(ID, { nodeId: 'n1', reason, elsewhere: [], exhausted: demands }, later(NOON, 10));
    const [facts] = ledger.shelves();
    if (!facts) throw new Error('no shelf');
    return nodeTerms(facts, ledger.now);
  };

  test.each<[GivenBackReason, object]>([
    ['NOT_IN_STOCK', { supply: 5, unavailable: 0, atp: 5 }],
    ['MISMATCH', { supply: 13, unavailable: 0, atp: 13 }],
    ['DAMAGED', { supply: 15, unavailable: 2, atp: 13 }],
    ['NO_CAPACITY', { supply: 15, unavailable: 0, atp: 15 }],
    ['NO_RESPONSE', { supply: 15, unavailable: 0, atp: 15 }],
  ])('%s, with a movement of 5 observed since and applied already', (reason, terms) => {
    expect(given(reason, 5)).toMatchObject({ ...terms, committed: 0 });
  });
});
