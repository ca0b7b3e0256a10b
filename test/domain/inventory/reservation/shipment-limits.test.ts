import type { GivenBackReason } from '../../../../src/domain/inventory/reservation/replace-units';
import type { ReserveRequest } from '../../../../src/domain/inventory/reservation/reserve';
import type { Item } from '../../../../src/domain/inventory/setup/set-up';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';
import { ask, at, limitedTo, order, refusal, teas, UNLIMITED } from '../reservation-samples';

const ID = 'rsv_order';
const cups = (quantity: number) => ({ sku: 'cup', quantity });

/** Stock by item and node: `{ tea: { a: 3 } }`. Node p is a partner. Node a is preferred to b, and so on. */
type Stock = Readonly<Record<string, Readonly<Record<string, number>>>>;

function shop(stock: Stock, tea: Partial<Item> = {}, cup: Partial<Item> = {}): InventoryLedger {
  const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, priority) => aNode(id, { priority }));
  const all = [...nodes, aNode('p', { kind: 'partner', priority: 9 })];
  const ledger = new InventoryLedger(all, ['cup', 'tea'], NOON, [anItem('cup', cup), anItem('tea', tea)]);
  for (const [sku, counts] of Object.entries(stock)) {
    for (const [nodeId, count] of Object.entries(counts)) ledger.count(sku, nodeId, aCount(count));
  }
  return ledger;
}

const ONE_EACH = { a: 1, b: 1, c: 1, d: 1, e: 1 };

describe('a limit of shipments', () => {
  test.each<[number | null, object]>([
    [null, { kind: 'done' }],
    [5, { kind: 'done' }],
    [4, refusal('TOO_MANY_SHIPMENTS')],
  ])('of %s decides whether five nodes may send one unit each', (maxShipments, expected) => {
    const { answer, events } = shop({ tea: ONE_EACH }).reserve(order(5, { maxShipments }));
    expect(answer).toMatchObject(expected);
    if (answer.kind === 'refused') expect(events).toEqual([]);
  });

  test('applies to a stand-alone hold as well', () => {
    expect(shop({ tea: ONE_EACH }).reserve(ask(5, { maxShipments: 4 })).answer).toMatchObject(
      refusal('TOO_MANY_SHIPMENTS'),
    );
  });

  test('has nobody wait for units that are in stock: a fill would pass the limit', () => {
    const ledger = shop({ tea: ONE_EACH }, UNLIMITED);
    expect(ledger.reserve(order(5, { maxShipments: 4 })).answer).toMatchObject(refusal('TOO_MANY_SHIPMENTS'));
  });

  test('has a short item wait whole where a part of it would be a shipment too many', () => {
    const ledger = shop({ tea: { a: 1, b: 1 }, cup: { c: 1 } }, {}, UNLIMITED);
    const demands = [cups(3), ...teas(2)];
    const { answer } = ledger.reserve(order(0, { demands, maxShipments: 2 }));
    expect(answer).toMatchObject({ allocations: [at('a', 1), at('b', 1)], backordered: [cups(3)] });
  });

  test('is the reason of a refusal also where another item may wait', () => {
    const ledger = shop({ tea: { a: 1, b: 1 } }, {}, UNLIMITED);
    const demands = [cups(3), ...teas(2)];
    expect(ledger.reserve(order(0, { demands, maxShipments: 1 })).answer).toMatchObject(
      refusal('TOO_MANY_SHIPMENTS'),
    );
  });

  test('never hides that an item is short', () => {
    expect(shop({ tea: ONE_EACH }).reserve(order(6, { maxShipments: 1 })).answer).toMatchObject({
      reason: 'OUT_OF_STOCK',
      shortages: [{ sku: 'tea', requested: 6, available: 5 }],
    });
  });

  test('refuses to convert a hold at more nodes', () => {
    const ledger = shop({ tea: ONE_EACH });
    ledger.reserve(ask(3));
    expect(ledger.adopt('rsv_1', order(3, { maxShipments: 2 })).answer).toMatchObject(
      refusal('RESERVATION_MISMATCH'),
    );
    expect(ledger.adopt('rsv_1', order(3, { shipComplete: true })).answer).toMatchObject(
      refusal('RESERVATION_MISMATCH'),
    );
    expect(ledger.adopt('rsv_1', order(3, { maxShipments: 3 })).answer).toMatchObject({ kind: 'done' });
    expect(ledger.reservation('rsv_1')).toMatchObject({ maxShipments: 3 });
  });
});

describe('the shipments that an order has already', () => {
  test.each([
    [1, 2, { kind: 'done' }],
    [1, 1, refusal('TOO_MANY_SHIPMENTS')],
    [3, 2, refusal('TOO_MANY_SHIPMENTS')],
  ])('count when it is revised: %s of at most %s', (shipments, most, expected) => {
    const ledger = shop({ tea: { a: 3 } });
    ledger.reserve(order(1, { maxShipments: most }));
    expect(ledger.extend(ID, { commandId: 'c', demands: teas(1), shipments }).answer).toMatchObject(expected);
  });

  test('bound what replaces rejected units: the rest is lost, or waits where it may', () => {
    const replaced = (maxShipments: number | null, tea = {}) => {
      const ledger = shop({ tea: { a: 4, b: 2, c: 1, d: 1 } }, tea);
      ledger.reserve(order(4, { maxShipments }));
      const given = { nodeId: 'a', reason: 'NOT_IN_STOCK', elsewhere: teas(4), exhausted: [] } as const;
      return ledger.replace(ID, { ...given, shipments: 1 }).answer;
    };
    expect(replaced(null)).toMatchObject({ allocations: [at('b', 2), at('c', 1), at('d', 1)] });
    expect(replaced(4)).toMatchObject({ allocations: [at('b', 2), at('c', 1), at('d', 1)] });
    expect(replaced(3)).toMatchObject({ allocations: [at('b', 2), at('c', 1)], backordered: [] });
    expect(replaced(2, UNLIMITED)).toMatchObject({
      allocations: [at('b', 2)],
      backordered: [{ sku: 'tea', quantity: 2 }],
    });
    expect(replaced(1)).toMatchObject({ allocations: [], backordered: [] });
  });

  test('leave one for all items that a node sends in place of another', () => {
    const ledger = shop({ tea: { a: 1, b: 1, c: 1 }, cup: { a: 1, c: 1 } });
    const demands = [cups(1), ...teas(1)];
    ledger.reserve(order(0, { demands, maxShipments: 2 }));
    const given = { nodeId: 'a', reason: 'NO_CAPACITY', elsewhere: demands, exhausted: [] } as const;
    expect(ledger.replace(ID, { ...given, shipments: 1 }).answer).toMatchObject({
      allocations: [{ sku: 'cup', nodeId: 'c' }, at('c', 1)],
    });
  });
});

describe('an order that ships complete', () => {
  const whole = (over: Partial<ReserveRequest> = {}) => order(3, { shipComplete: true, ...over });
  const rejecting = (ledger: InventoryLedger, lost: number, together: number, reason: GivenBackReason) =>
    ledger.replace(ID, {
      ...{ nodeId: 'a', reason, elsewhere: teas(lost), exhausted: [] },
      ...{ together: together > 0 ? teas(together) : [], shipments: 0 },
    });

  test('comes from one node, though others are preferred', () => {
    const ledger = shop({ tea: { a: 2, b: 2, c: 3 } });
    expect(ledger.reserve(whole()).answer).toMatchObject({ allocations: [at('c', 3)] });
  });

  test.each([[{}], [UNLIMITED]])('is refused where only two nodes together have it', (tea) => {
    const ledger = shop({ tea: { a: 2, b: 2 } }, tea);
    expect(ledger.reserve(whole()).answer).toMatchObject(refusal('TOO_MANY_SHIPMENTS'));
  });

  test('waits for all of it where a part is short, and is refused where one item may not wait', () => {
    const demands = [cups(1), ...teas(3)];
    const stock = { tea: { a: 2 }, cup: { a: 1 } };
    expect(shop(stock, UNLIMITED, UNLIMITED).reserve(whole({ demands })).answer).toMatchObject({
      allocations: [],
      backordered: [cups(1), { sku: 'tea', quantity: 3 }],
    });
    expect(shop(stock, UNLIMITED).reserve(whole({ demands })).answer).toMatchObject(refusal('OUT_OF_STOCK'));
    expect(shop(stock, limitedTo(2), UNLIMITED).reserve(whole({ demands })).answer).toMatchObject(
      refusal('OUT_OF_STOCK'),
    );
  });

  test('moves whole to another node when its node gives a unit back', () => {
    const ledger = shop({ tea: { a: 3, b: 2, c: 3 } });
    ledger.reserve(whole());
    const { answer } = rejecting(ledger, 1, 2, 'NO_CAPACITY');
    expect(answer).toEqual({ kind: 'done', allocations: [at('c', 3)], backordered: [] });
    expect(ledger.reservation(ID)).toMatchObject({ lines: teas(3), allocations: [at('c', 3)] });
  });

  test('is said damaged only as far as it is', () => {
    const ledger = shop({ tea: { a: 3, b: 3 } });
    ledger.reserve(whole());
    rejecting(ledger, 1, 2, 'DAMAGED');
    expect(ledger.state().stock.get('tea/a')).toMatchObject({ unavailable: 1, committed: 0 });
  });

  test('waits whole where no other node has all of it', () => {
    const ledger = shop({ tea: { a: 3, b: 2 } }, UNLIMITED);
    ledger.reserve(whole());
    const { answer } = rejecting(ledger, 1, 2, 'NO_CAPACITY');
    expect(answer).toMatchObject({ allocations: [], backordered: [{ sku: 'tea', quantity: 3 }] });
    expect(ledger.state().stock.get('tea/a')).toMatchObject({ committed: 0 });
  });

  test('stays where it is without the lost units where it may not wait either', () => {
    const ledger = shop({ tea: { a: 3, b: 2 } });
    ledger.reserve(whole());
    const { answer } = rejecting(ledger, 1, 2, 'NO_CAPACITY');
    expect(answer).toEqual({ kind: 'done', allocations: [at('a', 2)], backordered: [] });
    expect(ledger.reservation(ID)).toMatchObject({ lines: teas(2), allocations: [at('a', 2)] });
  });

  test('gets no second shipment by a revision', () => {
    const ledger = shop({ tea: { a: 9 } }, UNLIMITED);
    ledger.reserve(whole());
    const { answer } = ledger.extend(ID, { commandId: 'c', demands: teas(1), shipments: 1 });
    expect(answer).toMatchObject(refusal('TOO_MANY_SHIPMENTS'));
  });

  test('that waits has more to wait for after a revision, though it is in stock', () => {
    const ledger = shop({ cup: { a: 9 } }, UNLIMITED, limitedTo(1));
    ledger.reserve(whole());
    const extended = (quantity: number, commandId: string) =>
      ledger.extend(ID, { commandId, demands: [cups(quantity)], shipments: 0 }).answer;
    expect(extended(2, 'c')).toMatchObject(refusal('TOO_MANY_SHIPMENTS'));
    expect(extended(10, 'd')).toMatchObject(refusal('OUT_OF_STOCK'));
    expect(extended(1, 'e')).toMatchObject({ allocations: [], backordered: [cups(1)] });
  });
});

describe('the stock of a partner, which nobody asks after an approval,', () => {
  test('serves no revision', () => {
    const ledger = shop({ tea: { a: 1, p: 9 } });
    ledger.reserve(order(1));
    expect(ledger.extend(ID, { commandId: 'c', demands: teas(1) }).answer).toMatchObject({
      reason: 'OUT_OF_STOCK',
      shortages: [{ sku: 'tea', requested: 1, available: 0 }],
    });
  });

  test.each([[false], [true]])('serves no replacement (ships complete: %s)', (shipComplete) => {
    const ledger = shop({ tea: { a: 1, p: 9 } });
    ledger.reserve(order(1, { shipComplete }));
    const given = { nodeId: 'a', reason: 'NO_CAPACITY', elsewhere: teas(1), exhausted: [] } as const;
    expect(ledger.replace(ID, given).answer).toMatchObject({ allocations: [], backordered: [] });
  });

  test('serves no fill', () => {
    const ledger = shop({}, UNLIMITED);
    ledger.reserve(order(1));
    ledger.count('tea', 'p', aCount(9));
    ledger.beginSet(later(NOON, 1));
    expect(ledger.fill(ID, { sku: 'tea', place: 1 }).answer).toMatchObject(refusal('OUT_OF_STOCK'));
  });

  test('stays with the order where the partner keeps a part of it', () => {
    const ledger = shop({ tea: { p: 3 } });
    ledger.reserve(order(3, { shipComplete: true }));
    const given = { nodeId: 'p', reason: 'DAMAGED', elsewhere: teas(1), exhausted: [] } as const;
    const { answer } = ledger.replace(ID, { ...given, together: teas(2), shipments: 0 });
    expect(answer).toMatchObject({ allocations: [at('p', 2)], backordered: [], hasSurplus: true });
  });
});
