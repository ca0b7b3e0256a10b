import {
  decideAdopt,
  decideReleaseByCaller,
  type ReserveRequest,
  reservationIdOf,
} from '../../src/domain/inventory/reservation';
import { sumBySku } from '../../src/domain/inventory/sourcing';
import { InventoryLedger } from './inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from './inventory-samples';

const LEEDS = aNode('leeds');
const YORK = aNode('york', { priority: 2 });

function shelves(
  tea: { leeds: number; york?: number },
  items = [anItem('tea'), anItem('cup')],
): InventoryLedger {
  const ledger = new InventoryLedger([LEEDS, YORK], ['tea', 'cup'], NOON, items);
  ledger.count('tea', 'leeds', aCount(tea.leeds));
  ledger.count('tea', 'york', aCount(tea.york ?? 0));
  return ledger;
}

const teas = (quantity: number) => [{ sku: 'tea', quantity }];

function ask(quantity: number, over: Partial<ReserveRequest> = {}): ReserveRequest {
  return {
    reservationId: 'rsv_1',
    caller: 'shop',
    orderId: null,
    demands: teas(quantity),
    region: 'north',
    ttlSeconds: 60,
    ...over,
  };
}

const order = (quantity: number, over: Partial<ReserveRequest> = {}) => ({
  ...ask(quantity, { reservationId: 'rsv_order', ttlSeconds: null, ...over }),
  orderId: over.orderId ?? 'ord_order',
});

const atLeeds = (quantity: number) => [{ sku: 'tea', nodeId: 'leeds', quantity }];
const refusal = (reason: string) => expect.objectContaining({ kind: 'refused', reason });

describe('reserving', () => {
  test('holds stock for a while: the reservation says so, and so does each stock row it takes from', () => {
    const { answer, events } = shelves({ leeds: 5 }).reserve(ask(3));
    const expiresAt = later(NOON, 60);
    const granted = { caller: 'shop', orderId: null, lines: teas(3), allocations: atLeeds(3), expiresAt };
    expect(answer).toEqual({ kind: 'done', reservationId: 'rsv_1', allocations: atLeeds(3), expiresAt });
    expect(events).toEqual([
      {
        of: 'reservation',
        reservationId: 'rsv_1',
        event: { type: 'inventory.reservation-held.v1', data: granted },
      },
      {
        of: 'stock',
        sku: 'tea',
        nodeId: 'leeds',
        event: {
          type: 'inventory.stock-held.v1',
          data: { reservationId: 'rsv_1', quantity: 3, expiresAt },
        },
      },
    ]);
  });

  test('commits at once for an order, with no expiry', () => {
    const ledger = shelves({ leeds: 5 });
    const { answer, events } = ledger.reserve(order(3));
    expect(answer).toEqual({
      kind: 'done',
      reservationId: 'rsv_order',
      allocations: atLeeds(3),
      expiresAt: null,
    });
    expect(events.map(({ event }) => event.type)).toEqual([
      'inventory.reservation-committed.v1',
      'inventory.stock-committed.v1',
    ]);
    expect(ledger.reservation('rsv_order')).toMatchObject({ state: 'COMMITTED', orderId: 'ord_order' });
  });

  test.each([ask(3), order(3)])(
    'the same a second time is the same promise, and takes nothing ($reservationId)',
    (request) => {
      const ledger = shelves({ leeds: 5 });
      const first = ledger.reserve(request);
      const second = ledger.reserve(request);
      expect(second).toEqual({ answer: first.answer, events: [] });
      ledger.beginSet(later(NOON, 5));
      expect(ledger.reserve(request)).toEqual({ answer: first.answer, events: [] });
    },
  );
});

describe('a reserve that asks too much', () => {
  test('is all or nothing, and says of each SKU what there was', () => {
    const ledger = shelves({ leeds: 3, york: 1 });
    const demands = sumBySku([...teas(5), { sku: 'cup', quantity: 1 }]);
    const refused = ledger.reserve(ask(0, { demands }));
    expect(refused).toEqual({
      answer: {
        kind: 'refused',
        reason: 'OUT_OF_STOCK',
        detail: 'cup: 1 asked, 0 available',
        shortages: [
          { sku: 'cup', requested: 1, available: 0 },
          { sku: 'tea', requested: 5, available: 4 },
        ],
      },
      events: [],
    });
    expect(ledger.reserve(ask(0, { demands }))).toEqual(refused);
  });

  test('takes the last unit and not one more', () => {
    const ledger = shelves({ leeds: 2, york: 1 });
    expect(ledger.reserve(ask(4)).answer).toEqual(refusal('OUT_OF_STOCK'));
    expect(ledger.reserve(ask(3)).answer).toMatchObject({ kind: 'done' });
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_2' })).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('two lines of one SKU are one demand', () => {
    const ledger = shelves({ leeds: 5 });
    const demands = sumBySku([...teas(3), ...teas(3)]);
    expect(ledger.reserve(ask(0, { demands })).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('refuses a SKU that does not exist, and more than the most an order may have', () => {
    const ledger = shelves({ leeds: 9 }, [anItem('tea', { perOrderMax: 4 })]);
    expect(ledger.reserve(ask(0, { demands: [{ sku: 'pot', quantity: 1 }] }))).toEqual({
      answer: { kind: 'refused', reason: 'UNKNOWN_SKU', detail: 'pot' },
      events: [],
    });
    expect(ledger.reserve(ask(5))).toEqual({
      answer: { kind: 'refused', reason: 'PER_ORDER_MAX_EXCEEDED', detail: 'tea' },
      events: [],
    });
    expect(ledger.reserve(ask(4)).answer).toMatchObject({ kind: 'done' });
  });

  test('five units at five nodes are more shipments than an order is worth', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e'].map((id) => aNode(id));
    const ledger = new InventoryLedger(nodes, ['tea'], NOON);
    for (const { id } of nodes) ledger.count('tea', id, aCount(1));
    expect(ledger.reserve(ask(5)).answer).toMatchObject({
      reason: 'OUT_OF_STOCK',
      detail: 'too many shipments',
    });
    expect(ledger.reserve(ask(4)).answer).toMatchObject({ kind: 'done' });
  });
});

describe('the end of a hold', () => {
  test('its stock is free exactly at its expiry, whether or not anything has swept', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 59.999));
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_2' })).answer).toEqual(refusal('OUT_OF_STOCK'));
    ledger.beginSet(later(NOON, 60));
    expect(ledger.reserve(ask(3, { reservationId: 'rsv_2' })).answer).toMatchObject({ kind: 'done' });
  });

  test('a sweep tidies it exactly at its expiry and not before, and once', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 59.999));
    expect(ledger.expire('rsv_1')).toEqual({ answer: { kind: 'done' }, events: [] });
    ledger.beginSet(later(NOON, 60));
    expect(ledger.expire('rsv_1').events.map(({ event }) => event.type)).toEqual([
      'inventory.reservation-expired.v1',
      'inventory.held-stock-released.v1',
    ]);
    expect(ledger.expire('rsv_1')).toEqual({ answer: { kind: 'done' }, events: [] });
    expect(ledger.reservation('rsv_1')?.state).toBe('EXPIRED');
  });

  test('a sweep in the set of a later hold frees nothing of that hold', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 60));
    ledger.reserve(ask(3, { reservationId: 'rsv_2' }));
    ledger.expire('rsv_1');
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_3' })).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('neither an order nor a hold that never was expires', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(order(3));
    ledger.beginSet(later(NOON, 1e6));
    expect(ledger.expire('rsv_order').events).toEqual([]);
    expect(ledger.expire('rsv_nobody').events).toEqual([]);
  });
});

describe('releasing', () => {
  test.each([
    ['a hold', ask(3), 'inventory.held-stock-released.v1'],
    ['what an order committed', order(3), 'inventory.committed-stock-released.v1'],
  ])('gives back %s, once', (_name, request, type) => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(request);
    const { answer, events } = ledger.release(request.reservationId);
    expect(answer).toEqual({ kind: 'done' });
    expect(events.map(({ event }) => event.type)).toEqual(['inventory.reservation-released.v1', type]);
    expect(events[1]?.event.data).toEqual({ reservationId: request.reservationId, quantity: 3 });
    expect(ledger.release(request.reservationId)).toEqual({ answer: { kind: 'done' }, events: [] });
    expect(ledger.reservation(request.reservationId)).toMatchObject({
      state: 'RELEASED',
      reason: 'OUT_OF_STOCK',
    });
  });

  test('what never was leaves a tombstone, and the late reserve is refused, again and again', () => {
    const ledger = shelves({ leeds: 3 });
    expect(ledger.release('rsv_order').events.map(({ event }) => event.type)).toEqual([
      'inventory.reservation-forestalled.v1',
    ]);
    expect(ledger.release('rsv_order').events).toEqual([]);
    const late = ledger.reserve(order(1));
    expect(late).toEqual({ answer: { kind: 'refused', reason: 'RELEASED_EARLIER' }, events: [] });
    expect(ledger.reserve(order(1))).toEqual(late);
  });

  test('an order whose release came first does not adopt a hold either', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.release('rsv_order');
    expect(ledger.adopt('rsv_1', order(3))).toEqual({
      answer: { kind: 'refused', reason: 'RELEASED_EARLIER' },
      events: [],
    });
    expect(ledger.reservation('rsv_1')?.state).toBe('HELD');
  });

  test('of a hold that has run out gives its stock back once', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    ledger.beginSet(later(NOON, 60));
    ledger.release('rsv_1');
    expect(ledger.expire('rsv_1').events).toEqual([]);
    expect(ledger.state().stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 0 });
  });
});

describe('final states never reopen', () => {
  const ends: [string, (ledger: InventoryLedger) => void][] = [
    ['RELEASED', (ledger) => ledger.release('rsv_1')],
    [
      'EXPIRED',
      (ledger) => {
        ledger.beginSet(later(NOON, 60));
        ledger.expire('rsv_1');
      },
    ],
  ];

  test.each(ends)('%s: every command again changes nothing', (state, end) => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    end(ledger);
    const before = ledger.log.length;
    expect(ledger.reserve(ask(3)).answer).toMatchObject({ kind: 'refused' });
    ledger.release('rsv_1');
    ledger.expire('rsv_1');
    ledger.release('rsv_1', 'somebody else');
    expect(ledger.log).toHaveLength(before);
    expect(ledger.reservation('rsv_1')?.state).toBe(state);
  });
});

const held = (): InventoryLedger => {
  const ledger = shelves({ leeds: 3, york: 9 });
  ledger.reserve(ask(3));
  return ledger;
};

describe('adopting a hold', () => {
  test('moves its stock to the order in one step, and it never expires any more', () => {
    const ledger = held();
    const { answer, events } = ledger.adopt('rsv_1', order(3));
    expect(answer).toEqual({
      kind: 'done',
      reservationId: 'rsv_1',
      allocations: atLeeds(3),
      expiresAt: null,
    });
    expect(events.map(({ event }) => event.type)).toEqual([
      'inventory.hold-adopted.v1',
      'inventory.held-stock-committed.v1',
    ]);
    expect(ledger.state().stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 3 });
    ledger.beginSet(later(NOON, 1e6));
    expect(ledger.expire('rsv_1').events).toEqual([]);
    expect(ledger.reservation('rsv_1')).toMatchObject({
      state: 'COMMITTED',
      orderId: 'ord_order',
      expiresAt: null,
    });
  });

  test('a second time is the same answer and no event, also when the hold would have run out meanwhile', () => {
    const ledger = held();
    const first = ledger.adopt('rsv_1', order(3));
    ledger.beginSet(later(NOON, 1e6));
    expect(ledger.adopt('rsv_1', order(3))).toEqual({ answer: first.answer, events: [] });
  });

  test('whose lines are the same once summed', () => {
    const ledger = held();
    const demands = sumBySku([...teas(1), ...teas(2)]);
    expect(ledger.adopt('rsv_1', order(0, { demands })).answer).toMatchObject({
      kind: 'done',
      reservationId: 'rsv_1',
    });
  });
});

describe('a hold that cannot be adopted', () => {
  test.each([
    ['of another caller', order(3, { caller: 'thief' })],
    ['of more', order(4)],
    ['of less', order(2)],
    ['of other SKUs', order(3, { demands: [{ sku: 'cup', quantity: 3 }] })],
    ['of SKUs more', order(3, { demands: [...teas(3), { sku: 'zest', quantity: 1 }] })],
    ['of none', order(3, { demands: [] })],
  ])('%s is refused, twice, and the hold stays', (_name, request) => {
    const ledger = held();
    const refused = { answer: refusal('RESERVATION_MISMATCH'), events: [] };
    expect(ledger.adopt('rsv_1', request)).toEqual(refused);
    expect(ledger.adopt('rsv_1', request)).toEqual(refused);
    expect(ledger.reservation('rsv_1')?.state).toBe('HELD');
  });

  test('that does not exist is refused', () => {
    expect(held().adopt('rsv_nobody', order(3)).answer).toEqual(refusal('RESERVATION_MISMATCH'));
  });

  test('that another order has adopted is refused', () => {
    const ledger = held();
    ledger.adopt('rsv_1', order(3));
    const second = order(3, { orderId: 'ord_second', reservationId: 'rsv_second' });
    expect(ledger.adopt('rsv_1', second)).toEqual({ answer: refusal('RESERVATION_MISMATCH'), events: [] });
  });

  test('that was released is refused', () => {
    const ledger = held();
    ledger.release('rsv_1');
    expect(ledger.adopt('rsv_1', order(3)).answer).toMatchObject({ detail: 'the reservation is RELEASED' });
  });
});

describe('a hold that has run out by the time it is named', () => {
  test('makes a fresh reservation, swept or not, from the very instant on', () => {
    for (const sweep of [false, true]) {
      const ledger = held();
      ledger.beginSet(later(NOON, 60));
      if (sweep) ledger.expire('rsv_1');
      ledger.beginSet(later(NOON, 60));
      const fresh = ledger.adopt('rsv_1', order(3));
      expect(fresh.answer).toMatchObject({
        kind: 'done',
        reservationId: 'rsv_order',
        allocations: atLeeds(3),
      });
      expect(ledger.adopt('rsv_1', order(3))).toEqual({ answer: fresh.answer, events: [] });
    }
  });

  test('an instant before, it is still the hold', () => {
    const ledger = held();
    ledger.beginSet(later(NOON, 59.999));
    expect(ledger.adopt('rsv_1', order(3)).answer).toMatchObject({ reservationId: 'rsv_1' });
  });

  test('of somebody else that has run out is refused all the same', () => {
    const ledger = held();
    const foreign = order(3, { caller: 'thief' });
    expect(decideAdopt(ledger.reservation('rsv_1'), foreign, later(NOON, 60))?.answer).toEqual(
      refusal('RESERVATION_MISMATCH'),
    );
  });

  test('is undone by releasing it, and then does not happen again', () => {
    const ledger = held();
    ledger.adopt('rsv_1', order(3));
    ledger.release('rsv_1');
    expect(ledger.state().stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 0 });
    expect(ledger.adopt('rsv_1', order(3))).toEqual({ answer: refusal('RESERVATION_MISMATCH'), events: [] });
  });
});

describe('a caller who gives a hold back', () => {
  test('gets it released, and hears the same the second time', () => {
    const ledger = shelves({ leeds: 3 });
    ledger.reserve(ask(3));
    const { answer, events } = decideReleaseByCaller(ledger.reservation('rsv_1'), 'shop');
    ledger.append(events);
    expect(answer).toEqual({ kind: 'done' });
    expect(ledger.reservation('rsv_1')).toMatchObject({ state: 'RELEASED', reason: 'CALLER' });
    expect(decideReleaseByCaller(ledger.reservation('rsv_1'), 'shop')).toEqual({ answer, events: [] });
  });

  test('is refused what belongs to another, to an order, or to nobody', () => {
    const ledger = shelves({ leeds: 5 });
    ledger.reserve(ask(3));
    ledger.reserve(order(2));
    const refused = { answer: refusal('RESERVATION_MISMATCH'), events: [] };
    expect(decideReleaseByCaller(ledger.reservation('rsv_1'), 'thief')).toEqual(refused);
    expect(decideReleaseByCaller(ledger.reservation('rsv_order'), 'shop')).toEqual(refused);
    expect(decideReleaseByCaller(undefined, 'shop')).toEqual(refused);
  });
});

test('an order makes its own reservation under a key of its own', () => {
  expect(reservationIdOf('ord_abc')).toBe('rsv_abc');
  expect(reservationIdOf('ord_ord_x')).toBe('rsv_ord_x');
});
