import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';
import {
  aCap,
  aRule,
  ask,
  at,
  given,
  limitedTo,
  order,
  refusal,
  shelves,
  teas,
  typesOf,
  UNLIMITED,
} from '../reservation-samples';

const NONE_THERE = { nodeId: 'leeds', reason: 'NOT_IN_STOCK' } as const;
const FULL = { nodeId: 'leeds', reason: 'NO_CAPACITY' } as const;

describe('a node that cannot deliver', () => {
  test('is replaced by another, and the reservation remembers not to ask it again', () => {
    const ledger = shelves({ leeds: 3, depot: 4 });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 5));
    const { answer, events } = ledger.resource('rsv_order', NONE_THERE);
    expect(answer).toEqual(
      given({ reservationId: 'rsv_order', allocations: [at('depot', 3)], partners: ['depot'] }),
    );
    expect(typesOf(events)).toEqual([
      'reservation-resourced.v1',
      'committed-stock-released.v1',
      'stock-refused.v1',
      'stock-committed.v1',
    ]);
    const now = later(NOON, 5);
    expect(events[1]?.event.data).toEqual({ reservationId: 'rsv_order', quantity: 3, grantedAt: NOON });
    expect(events[2]?.event.data).toEqual({
      reservationId: 'rsv_order',
      quantity: 3,
      reason: 'NOT_IN_STOCK',
      refusedAt: now,
    });
    expect(ledger.reservation('rsv_order')).toMatchObject({
      state: 'COMMITTED',
      allocations: [{ ...at('depot', 3), grantedAt: now }],
      exclusions: [
        {
          ...NONE_THERE,
          sku: 'tea',
          refusedAt: expect.any(String),
          refusals: 1,
          retryAt: null,
          isOver: false,
        },
      ],
    });
  });

  test('keeps the lines of other nodes as they are', () => {
    const ledger = shelves({ leeds: 2, york: 2, depot: 1 });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 5));
    ledger.resource('rsv_order', FULL);
    expect(ledger.reservation('rsv_order')?.allocations).toEqual([
      { ...at('york', 1), grantedAt: NOON },
      { ...at('york', 1), grantedAt: later(NOON, 5) },
      { ...at('depot', 1), grantedAt: later(NOON, 5) },
    ]);
  });

  test('of the same moment, they are one', () => {
    const ledger = shelves({ leeds: 2, york: 2 });
    ledger.reserve(order(3));
    ledger.count('tea', 'york', aCount(3, { sequence: 2 }));
    ledger.resource('rsv_order', FULL);
    expect(ledger.reservation('rsv_order')?.allocations).toEqual([{ ...at('york', 3), grantedAt: NOON }]);
    expect(ledger.state().stock.get('tea/york')).toMatchObject({ committed: 3 });
  });

  test('a second time changes nothing and gives what is there now', () => {
    const ledger = shelves({ leeds: 3, york: 3 });
    ledger.reserve(order(3));
    const { answer } = ledger.resource('rsv_order', NONE_THERE);
    expect(ledger.resource('rsv_order', NONE_THERE)).toEqual({ answer, events: [] });
  });

  test('concerns neither a hold nor a reservation that is not', () => {
    const ledger = shelves({ leeds: 3, york: 3 });
    ledger.reserve(ask(3));
    for (const id of ['rsv_1', 'rsv_nobody'])
      expect(ledger.resource(id, NONE_THERE)).toEqual({ answer: refusal('RELEASED_EARLIER'), events: [] });
  });
});

describe('what a refusal says of the stock of the node', () => {
  test('none there: nobody is promised any of it until a feed has spoken again', () => {
    const ledger = shelves({ leeds: 9, york: 3 });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 5));
    ledger.resource('rsv_order', NONE_THERE);
    expect(ledger.reserve(ask(1)).answer).toEqual(refusal('OUT_OF_STOCK'));
    const heard = later(NOON, 6);
    ledger.beginSet(heard);
    ledger.count('tea', 'leeds', aCount(2, { sequence: 2, observedAt: heard, receivedAt: heard }));
    expect(ledger.reserve(ask(2)).answer).toMatchObject({ allocations: [at('leeds', 2)] });
  });

  test.each(['NO_CAPACITY', 'UNREACHABLE'] as const)('%s: nothing; others may have it', (reason) => {
    const ledger = shelves({ leeds: 3, york: 3 });
    ledger.reserve(order(3));
    const { events } = ledger.resource('rsv_order', { nodeId: 'leeds', reason });
    expect(typesOf(events)).not.toContain('stock-refused.v1');
    expect(ledger.reserve(ask(3)).answer).toMatchObject({ allocations: [at('leeds', 3)] });
  });
});

describe('where a re-sourcing may not look', () => {
  test('at a node that refused the line before', () => {
    const ledger = shelves({ leeds: 9, york: 3 });
    ledger.reserve(order(3));
    ledger.resource('rsv_order', FULL);
    const second = ledger.resource('rsv_order', { nodeId: 'york', reason: 'NO_CAPACITY' });
    expect(second.answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('a node is blocked for the items it could not deliver, and for those alone', () => {
    const demands = [{ sku: 'cup', quantity: 1 }, ...teas(3)];
    const ledger = shelves({ leeds: 3 });
    ledger.count('cup', 'york', aCount(1));
    ledger.count('cup', 'depot', aCount(9));
    ledger.reserve(order(0, { demands }));
    ledger.resource('rsv_order', { nodeId: 'york', reason: 'NO_CAPACITY' });
    ledger.count('tea', 'york', aCount(3));
    ledger.resource('rsv_order', FULL);
    expect(ledger.reservation('rsv_order')?.allocations.map(({ sku, nodeId }) => [sku, nodeId])).toEqual([
      ['cup', 'depot'],
      ['tea', 'york'],
    ]);
  });

  test('at a node that a rule denies the buyer', () => {
    const ledger = shelves({ leeds: 3, york: 3 });
    ledger.reserve(order(3));
    ledger.rules = [aRule({ nodeId: 'york' })];
    expect(ledger.resource('rsv_order', FULL).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('at what is owed to those who wait, for whom paper stock of the node that refused is none', () => {
    const ledger = shelves({ leeds: 3 }, { tea: limitedTo(2) });
    ledger.reserve(order(3));
    ledger.reserve(order(2, { reservationId: 'rsv_2', orderId: 'ord_2' }));
    ledger.count('tea', 'leeds', aCount(9, { sequence: 2 }));
    ledger.count('tea', 'york', aCount(4));
    expect(ledger.resource('rsv_order', NONE_THERE).answer).toEqual(refusal('OUT_OF_STOCK'));
    const enough = shelves({ leeds: 3 }, { tea: limitedTo(2) });
    enough.reserve(order(3));
    enough.reserve(order(2, { reservationId: 'rsv_2', orderId: 'ord_2' }));
    enough.count('tea', 'york', aCount(5));
    expect(enough.resource('rsv_order', NONE_THERE).answer).toMatchObject({ allocations: [at('york', 3)] });
  });

  test('in more than one parcel, where the order comes in many already', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => aNode(id));
    const ledger = new InventoryLedger(nodes, ['tea'], NOON, [anItem('tea', limitedTo(5))]);
    ledger.reserve(order(5));
    for (const id of ['a', 'b', 'c', 'd', 'e']) ledger.count('tea', id, aCount(1));
    ledger.fill('rsv_order', { sku: 'tea', place: 1 });
    ledger.count('tea', 'f', aCount(1));
    const { answer } = ledger.resource('rsv_order', { nodeId: 'a', reason: 'NO_CAPACITY' });
    expect(answer).toMatchObject({ backordered: [], allocations: expect.arrayContaining([at('f', 1)]) });
  });
});

describe('the shipments of an order that is sourced again', () => {
  test('stay within its limit, those that stay included', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => aNode(id));
    const resourced = (maxShipments: number | null) => {
      const ledger = new InventoryLedger(nodes, ['tea'], NOON, [anItem('tea')]);
      for (const id of ['a', 'b', 'c']) ledger.count('tea', id, aCount(2));
      ledger.reserve(order(6, { maxShipments }));
      for (const id of ['d', 'e']) ledger.count('tea', id, aCount(1));
      return ledger.resource('rsv_order', { nodeId: 'c', reason: 'NO_CAPACITY' }).answer;
    };
    expect(resourced(null)).toMatchObject({ kind: 'done' });
    expect(resourced(4)).toMatchObject({ kind: 'done' });
    expect(resourced(3)).toEqual(refusal('TOO_MANY_SHIPMENTS'));
  });

  test('do not become more while a node that sends one has the units', () => {
    const nodes = [aNode('a'), aNode('b', { priority: 3 }), aNode('c', { priority: 2 })];
    const ledger = new InventoryLedger(nodes, ['cup', 'tea'], NOON, [anItem('cup'), anItem('tea')]);
    ledger.count('tea', 'a', aCount(1));
    ledger.count('cup', 'b', aCount(1));
    ledger.reserve(order(0, { demands: [{ sku: 'cup', quantity: 1 }, ...teas(1)] }));
    for (const id of ['b', 'c']) ledger.count('tea', id, aCount(1));
    const { answer } = ledger.resource('rsv_order', { nodeId: 'a', reason: 'NO_CAPACITY' });
    expect(answer).toMatchObject({ allocations: [{ sku: 'cup', nodeId: 'b' }, at('b', 1)] });
  });
});

describe('what nobody else has', () => {
  test('is waited for, in a turn of its own, where the item allows it', () => {
    const ledger = shelves({ leeds: 3, york: 2 }, { tea: UNLIMITED });
    ledger.reserve(order(3));
    ledger.reserve(order(9, { reservationId: 'rsv_2', orderId: 'ord_2' }));
    const { answer, events } = ledger.resource('rsv_order', FULL);
    const turn = { sku: 'tea', quantity: 3, place: 2, promiseDate: null };
    expect(answer).toEqual(given({ reservationId: 'rsv_order', allocations: [], backordered: [turn] }));
    expect(typesOf(events)).toEqual([
      'reservation-resourced.v1',
      'committed-stock-released.v1',
      'backorder-placed.v1',
    ]);
    expect(ledger.turns('tea')).toMatchObject([{ place: 1 }, { place: 2, reservationId: 'rsv_order' }]);
    expect(ledger.resource('rsv_order', FULL)).toEqual({ answer, events: [] });
  });

  test('is lost, and what the node said is noted all the same; the second time too', () => {
    const ledger = shelves({ leeds: 3, york: 2 }, { tea: limitedTo(2) });
    ledger.setCap(aCap(3));
    ledger.reserve(order(3));
    const { answer, events } = ledger.resource('rsv_order', NONE_THERE);
    expect(answer).toEqual({
      kind: 'refused',
      reason: 'OUT_OF_STOCK',
      detail: 'tea: 3 asked, 2 available',
      shortages: [{ sku: 'tea', requested: 3, available: 2 }],
    });
    expect(typesOf(events)).toEqual([
      'reservation-resourced.v1',
      'committed-stock-released.v1',
      'stock-refused.v1',
    ]);
    expect(ledger.reservation('rsv_order')).toMatchObject({
      state: 'COMMITTED',
      allocations: [],
      backordered: [],
    });
    expect(ledger.resource('rsv_order', NONE_THERE)).toEqual({ answer, events: [] });
    expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 3 });
    ledger.release('rsv_order');
    expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 0 });
  });

  test('of one item is the end of the order: another that is lost after it is not looked for', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.count('cup', 'york', aCount(1));
    ledger.count('cup', 'depot', aCount(1));
    ledger.reserve(order(0, { demands: [{ sku: 'cup', quantity: 1 }, ...teas(3)] }));
    expect(ledger.resource('rsv_order', FULL).answer).toEqual(refusal('OUT_OF_STOCK'));
    const { answer, events } = ledger.resource('rsv_order', { nodeId: 'york', reason: 'NO_CAPACITY' });
    expect(answer).toEqual(refusal('OUT_OF_STOCK'));
    expect(typesOf(events)).toEqual(['reservation-resourced.v1', 'committed-stock-released.v1']);
  });

  test('joins the turn that the order has already, as a turn behind it', () => {
    const ledger = shelves({ leeds: 3 }, { tea: limitedTo(5) });
    ledger.reserve(order(5));
    ledger.resource('rsv_order', NONE_THERE);
    expect(ledger.turns('tea')).toMatchObject([
      { place: 1, quantity: 2 },
      { place: 2, quantity: 3 },
    ]);
    const refused = ledger.resource('rsv_order', { nodeId: 'york', reason: 'NO_CAPACITY' });
    expect(refused.answer).toMatchObject({ kind: 'done' });
  });
});
