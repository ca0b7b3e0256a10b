import { waitingEntries } from '../../../../src/domain/inventory/offer/waiting-entry';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';
import {
  aBuyer,
  aRule,
  at,
  limitedTo,
  order,
  refusal,
  shelves,
  typesOf,
  UNLIMITED,
} from '../reservation-samples';

const first = { sku: 'tea', place: 1 };
const second = { sku: 'tea', place: 2 };
const later5 = later(NOON, 5);

/** Creates two backordered orders, for 2 and for 3 units. */
function waiting(): InventoryLedger {
  const ledger = shelves({ leeds: 1 }, { tea: UNLIMITED });
  ledger.reserve(order(3));
  ledger.reserve(order(3, { reservationId: 'rsv_2', orderId: 'ord_2' }));
  ledger.beginSet(later5);
  return ledger;
}

const arrived = (ledger: InventoryLedger, nodeId: string, count: number): void =>
  ledger.count('tea', nodeId, aCount(count, { sequence: 2 }));

const still = {
  answer: { kind: 'refused', reason: 'OUT_OF_STOCK', detail: 'tea: still waiting' },
  events: [],
  isForNow: true,
};

describe('filling', () => {
  test('gives a turn its units, whole, beside what the order has', () => {
    const ledger = waiting();
    arrived(ledger, 'leeds', 3);
    const { answer, events } = ledger.fill('rsv_order', first);
    expect(answer).toEqual({ kind: 'done', allocations: [at('leeds', 2)] });
    expect(typesOf(events)).toEqual(['reservation-filled.v1', 'stock-committed.v1', 'backorder-filled.v1']);
    expect(events[0]?.event.data).toMatchObject({
      reservationId: 'rsv_order',
      orderId: 'ord_order',
      entry: { sku: 'tea', place: 1, allocations: [at('leeds', 2)] },
    });
    expect(events[1]?.event.data).toEqual({ reservationId: 'rsv_order', quantity: 2 });
    expect(events[2]?.event.data).toEqual({ reservationId: 'rsv_order', quantity: 2, place: 1 });
    expect(ledger.reservation('rsv_order')).toMatchObject({
      backordered: [],
      allocations: [
        { ...at('leeds', 1), grantedAt: NOON },
        { ...at('leeds', 2), grantedAt: later5 },
      ],
    });
    expect(ledger.state().queues.get('tea')).toEqual({ sku: 'tea', open: 3, placed: 2 });
    expect(ledger.fill('rsv_order', first)).toEqual({
      answer: { kind: 'done', allocations: [] },
      events: [],
      isForNow: true,
    });
  });

  test('one unit short is not there', () => {
    const ledger = waiting();
    arrived(ledger, 'leeds', 2);
    expect(ledger.fill('rsv_order', first)).toEqual(still);
  });

  test('takes any number of parcels: what was promised has to come', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'].map((id) => aNode(id));
    const ledger = new InventoryLedger(nodes, ['tea'], NOON, [anItem('tea', UNLIMITED)]);
    ledger.reserve(order(5));
    for (const { id } of nodes) ledger.count('tea', id, aCount(1));
    expect(ledger.fill('rsv_order', first).answer).toEqual({
      kind: 'done',
      allocations: nodes.map(({ id }) => at(id, 1)),
    });
  });

  test('goes by region and priority like any other', () => {
    const ledger = waiting();
    arrived(ledger, 'york', 9);
    arrived(ledger, 'leeds', 9);
    expect(ledger.fill('rsv_order', first).answer).toMatchObject({ allocations: [at('leeds', 2)] });
  });
});

describe('first come, first served', () => {
  test('what is owed to an earlier turn is not there for a later one', () => {
    const ledger = waiting();
    arrived(ledger, 'york', 4);
    expect(ledger.fill('rsv_2', second)).toEqual(still);
    arrived(ledger, 'leeds', 3);
    expect(ledger.fill('rsv_2', second).answer).toMatchObject({ kind: 'done' });
    expect(ledger.fill('rsv_order', first).answer).toMatchObject({ kind: 'done' });
  });

  test('in one set too: a turn that was filled is not ahead of anybody', () => {
    const ledger = waiting();
    arrived(ledger, 'york', 5);
    ledger.fill('rsv_order', first);
    expect(ledger.fill('rsv_2', second).answer).toMatchObject({ kind: 'done', allocations: [at('york', 3)] });
  });
});

describe('what fills nothing', () => {
  test('stock of a partner, who may refuse it', () => {
    const ledger = waiting();
    arrived(ledger, 'depot', 99);
    expect(ledger.fill('rsv_order', first)).toEqual(still);
    arrived(ledger, 'york', 2);
    expect(ledger.fill('rsv_order', first).answer).toMatchObject({ allocations: [at('york', 2)] });
  });

  test('also where a partner has it in fewer parcels, and where it would make up for what is owed to others', () => {
    const ledger = waiting();
    arrived(ledger, 'depot', 99);
    arrived(ledger, 'york', 4);
    expect(ledger.fill('rsv_2', second)).toEqual(still);
    const scattered = waiting();
    arrived(scattered, 'depot', 99);
    arrived(scattered, 'leeds', 2);
    arrived(scattered, 'york', 1);
    expect(scattered.fill('rsv_order', first).answer).toEqual({
      kind: 'done',
      allocations: [at('leeds', 1), at('york', 1)],
    });
  });

  test('stock that a rule denies the buyer', () => {
    const ledger = waiting();
    ledger.rules = [aRule({ nodeId: 'york', region: 'north' })];
    arrived(ledger, 'york', 9);
    expect(ledger.fill('rsv_order', first)).toEqual(still);
  });

  test('a node that could not deliver this item to this order, while others are served from it', () => {
    const ledger = shelves({ leeds: 2 }, { tea: UNLIMITED });
    ledger.reserve(order(2));
    ledger.resource('rsv_order', { nodeId: 'leeds', reason: 'NO_CAPACITY' });
    expect(ledger.fill('rsv_order', first)).toEqual(still);
    arrived(ledger, 'york', 2);
    expect(ledger.fill('rsv_order', first).answer).toMatchObject({ allocations: [at('york', 2)] });
  });

  test('what was blocked for another item is not blocked for this one', () => {
    const ledger = shelves({}, { tea: UNLIMITED });
    ledger.count('cup', 'leeds', aCount(1));
    ledger.count('cup', 'york', aCount(1));
    const demands = [
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 2 },
    ];
    ledger.reserve(order(0, { demands }));
    ledger.resource('rsv_order', { nodeId: 'leeds', reason: 'NO_CAPACITY' });
    arrived(ledger, 'leeds', 2);
    expect(ledger.fill('rsv_order', first).answer).toMatchObject({ allocations: [at('leeds', 2)] });
  });
});

describe('a turn that is none', () => {
  const nothing = { answer: { kind: 'done', allocations: [] }, events: [], isForNow: true };

  test('of an order that was cancelled, of another place or item, of nobody', () => {
    const ledger = waiting();
    arrived(ledger, 'york', 9);
    expect(ledger.fill('rsv_order', second)).toEqual(nothing);
    expect(ledger.fill('rsv_order', { sku: 'cup', place: 1 })).toEqual(nothing);
    expect(ledger.fill('rsv_nobody', first)).toEqual(nothing);
    ledger.release('rsv_order');
    expect(ledger.fill('rsv_order', first)).toEqual(nothing);
    expect(ledger.fill('rsv_2', second).answer).toMatchObject({ kind: 'done' });
  });

  test('a queue is free again once it was filled', () => {
    const ledger = shelves({}, { tea: limitedTo(2) });
    ledger.reserve(order(2));
    const another = order(2, { reservationId: 'rsv_2', orderId: 'ord_2' });
    expect(ledger.reserve(another).answer).toEqual(refusal('OUT_OF_STOCK'));
    ledger.count('tea', 'leeds', aCount(2));
    expect(ledger.reserve(another).answer).toEqual(refusal('OUT_OF_STOCK'));
    ledger.fill('rsv_order', first);
    expect(ledger.reserve(another).answer).toMatchObject({ backordered: [{ quantity: 2, place: 2 }] });
  });
});

test('an entry that waits is explained: what it claims, and the nodes that it cannot use', () => {
  const ledger = shelves({ leeds: 1, depot: 5 }, { tea: UNLIMITED });
  const wanted = order(1);
  ledger.reserve(wanted);
  ledger.resource('rsv_order', { nodeId: 'leeds', reason: 'NO_CAPACITY', isLast: true });
  const waits = order(3, { reservationId: 'rsv_2', orderId: 'ord_2', buyer: aBuyer({ region: 'south' }) });
  ledger.rules = [aRule({ nodeId: 'leeds', region: 'south' }), aRule({ nodeId: 'depot' }, { id: 'rule_2' })];
  ledger.reserve(waits);
  arrived(ledger, 'york', 2);
  const item = {
    sku: 'tea',
    tags: [],
    shelves: ledger.shelves().filter(({ stock }) => stock.sku === 'tea'),
    rules: ledger.rules,
  };
  expect(waitingEntries(item, ledger.turns('tea'), ledger.walk('tea'), NOON)).toMatchObject([
    {
      entry: { reservationId: 'rsv_2', quantity: 3 },
      claimed: 2,
      closed: [
        { nodeId: 'leeds', reason: 'AGE_RESTRICTED', until: null },
        { nodeId: 'depot', reason: 'PARTNER', until: null },
      ],
    },
  ]);
});
