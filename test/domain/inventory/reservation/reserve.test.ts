import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import { reservationIdOf } from '../../../../src/domain/inventory/reservation/reservation';
import { aCount, later, NOON } from '../inventory-samples';
import {
  aBuyer,
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

const expiresAt = later(NOON, 60);

describe('reserving', () => {
  test('holds stock for a while: the reservation says so, and so does each stock row it takes from', () => {
    const { answer, events } = shelves({ leeds: 5 }).reserve(ask(3));
    expect(answer).toEqual(given({ reservationId: 'rsv_1', allocations: [at('leeds', 3)], expiresAt }));
    const data = {
      caller: 'shop',
      orderId: null,
      buyer: aBuyer(),
      lines: teas(3),
      allocations: [{ ...at('leeds', 3), grantedAt: NOON }],
      backordered: [],
      caps: [],
      expiresAt,
      shipComplete: false,
      maxShipments: null,
    };
    expect(events).toEqual([
      { of: 'reservation', reservationId: 'rsv_1', event: { type: 'inventory.reservation-held.v1', data } },
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
    expect(answer).toEqual(given({ reservationId: 'rsv_order', allocations: [at('leeds', 3)] }));
    expect(typesOf(events)).toEqual(['reservation-committed.v1', 'stock-committed.v1']);
    expect(events[1]?.event.data).toEqual({ reservationId: 'rsv_order', quantity: 3 });
    expect(ledger.reservation('rsv_order')).toMatchObject({ state: 'COMMITTED', orderId: 'ord_order' });
  });

  test('says which of its nodes have to be asked, each once', () => {
    const ledger = shelves({ leeds: 1, depot: 3 });
    ledger.count('cup', 'depot', aCount(1));
    const demands = [{ sku: 'cup', quantity: 1 }, ...teas(4)];
    const { answer } = ledger.reserve(order(0, { demands }));
    expect(answer).toMatchObject({ partners: ['depot'] });
    expect(ledger.reserve(order(0, { demands })).answer).toEqual(answer);
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

  test('an order makes its own reservation under a key of its own', () => {
    expect(reservationIdOf('ord_abc')).toBe('rsv_abc');
    expect(reservationIdOf('ord_ord_x')).toBe('rsv_ord_x');
  });
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
    const demands = sumBySku([...teas(3), ...teas(3)]);
    expect(shelves({ leeds: 5 }).reserve(ask(0, { demands })).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('refuses a SKU that does not exist, and more than the most an order may have', () => {
    const ledger = shelves({ leeds: 9 }, { tea: { perOrderMax: 4, tags: [] } });
    expect(ledger.reserve(ask(0, { demands: [{ sku: 'pot', quantity: 1 }] }))).toEqual({
      answer: { kind: 'refused', reason: 'UNKNOWN_SKU', detail: 'item pot does not exist' },
      events: [],
    });
    expect(ledger.reserve(ask(5))).toEqual({
      answer: {
        kind: 'refused',
        reason: 'PER_ORDER_MAX_EXCEEDED',
        detail: 'tea: 5 asked, more than one order may have',
      },
      events: [],
    });
    expect(ledger.reserve(ask(4)).answer).toMatchObject({ kind: 'done' });
  });
});

describe('an order for more than there is', () => {
  const promised = (quantity: number, place = 1) => ({ sku: 'tea', quantity, place, promiseDate: null });

  test('takes what there is and a turn for the rest', () => {
    const ledger = shelves({ leeds: 3 }, { tea: UNLIMITED });
    const { answer, events } = ledger.reserve(order(5));
    expect(answer).toEqual(
      given({ reservationId: 'rsv_order', allocations: [at('leeds', 3)], backordered: [promised(2)] }),
    );
    expect(typesOf(events)).toEqual([
      'reservation-committed.v1',
      'stock-committed.v1',
      'backorder-placed.v1',
    ]);
    expect(events[2]).toEqual({
      of: 'backorder',
      sku: 'tea',
      event: {
        type: 'inventory.backorder-placed.v1',
        data: {
          reservationId: 'rsv_order',
          quantity: 2,
          place: 1,
          promiseDate: null,
          buyer: { region: 'north', channel: null, shippingMethod: null },
          exclusions: [],
        },
      },
    });
    expect(ledger.state().queues.get('tea')).toEqual({ sku: 'tea', open: 2, placed: 1 });
  });

  test('of which nothing is there waits for all of it, and the promise says until when', () => {
    const promiseDate = '2026-06-01';
    const backorder = { mode: 'unlimited', promiseDate } as const;
    const { answer } = shelves({}, { tea: { backorder } }).reserve(order(5));
    expect(answer).toMatchObject({ allocations: [], backordered: [{ ...promised(5), promiseDate }] });
  });

  test('is refused what the item does not allow, to the unit', () => {
    const ledger = shelves({ leeds: 3 }, { tea: limitedTo(2) });
    expect(ledger.reserve(order(6))).toEqual({
      answer: expect.objectContaining({ reason: 'OUT_OF_STOCK', detail: 'tea: 6 asked, 3 available' }),
      events: [],
    });
    expect(ledger.reserve(order(5)).answer).toMatchObject({ kind: 'done' });
    expect(shelves({ leeds: 3 }).reserve(order(4)).answer).toEqual(refusal('OUT_OF_STOCK'));
  });

  test('is of one mind about all of its items', () => {
    const ledger = shelves({}, { tea: UNLIMITED });
    const demands = sumBySku([...teas(1), { sku: 'cup', quantity: 1 }]);
    expect(ledger.reserve(order(0, { demands }))).toMatchObject({
      answer: refusal('OUT_OF_STOCK'),
      events: [],
    });
  });

  test('is no business of a stand-alone hold', () => {
    const ledger = shelves({ leeds: 3 }, { tea: UNLIMITED });
    expect(ledger.reserve(ask(4)).answer).toEqual(refusal('OUT_OF_STOCK'));
    expect(ledger.reserve(ask(3)).answer).toMatchObject({ kind: 'done' });
  });

  test('stands behind those before it, also once they have left', () => {
    const ledger = shelves({}, { tea: UNLIMITED });
    ledger.reserve(order(5));
    const second = order(1, { reservationId: 'rsv_2' });
    expect(ledger.reserve(second).answer).toMatchObject({ backordered: [promised(1, 2)] });
    ledger.release('rsv_2');
    expect(ledger.reserve(order(1, { reservationId: 'rsv_3' })).answer).toMatchObject({
      backordered: [promised(1, 3)],
    });
  });

  test('what comes in belongs to those who wait before anybody else', () => {
    const ledger = shelves({}, { tea: limitedTo(2) });
    ledger.reserve(order(2));
    ledger.count('tea', 'leeds', aCount(3));
    expect(ledger.reserve(ask(2)).answer).toEqual(refusal('OUT_OF_STOCK'));
    expect(ledger.reserve(ask(1)).answer).toMatchObject({ kind: 'done' });
  });
});

describe('a reserve under caps and rules', () => {
  test('claims its part of every cap that applies, and notes it', () => {
    const ledger = shelves({ leeds: 9 });
    ledger.setCap(aCap(5));
    ledger.setCap(aCap(3, { id: 'cap_web', channel: 'web' }));
    const { events } = ledger.reserve(ask(2));
    expect(typesOf(events)).toEqual(['reservation-held.v1', 'stock-held.v1', 'cap-claimed.v1']);
    expect(events[2]).toMatchObject({
      capId: 'cap_1',
      event: { data: { reservationId: 'rsv_1', quantity: 2, expiresAt } },
    });
    ledger.reserve(order(3, { buyer: aBuyer({ channel: 'web' }) }));
    expect(ledger.reservation('rsv_order')?.caps).toEqual([
      { capId: 'cap_1', quantity: 3 },
      { capId: 'cap_web', quantity: 3 },
    ]);
    expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 5 });
    expect(ledger.reserve(ask(1, { reservationId: 'rsv_2' }))).toEqual({
      answer: { kind: 'refused', reason: 'CAP_REACHED', detail: 'cap_1: 1 asked, 0 left' },
      events: [],
    });
  });

  test('items of one cap are summed: alone each would fit', () => {
    const ledger = shelves({ leeds: 9 });
    ledger.count('cup', 'leeds', aCount(9));
    ledger.setCap(aCap(5, { skus: ['tea', 'cup'] }));
    const demands = sumBySku([...teas(3), { sku: 'cup', quantity: 3 }]);
    expect(ledger.reserve(ask(0, { demands })).answer).toMatchObject({ detail: 'cap_1: 6 asked, 5 left' });
  });

  test('units that are waited for are sold units too', () => {
    const ledger = shelves({ leeds: 1 }, { tea: UNLIMITED });
    ledger.setCap(aCap(4));
    expect(ledger.reserve(order(5)).answer).toEqual(refusal('CAP_REACHED'));
    expect(ledger.reserve(order(4)).answer).toMatchObject({ kind: 'done' });
    expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 4 });
  });

  test('a buyer whom rules leave no node is told so, and not that there is no stock', () => {
    const ledger = shelves({ leeds: 9, york: 9 }, { tea: UNLIMITED });
    ledger.rules = [aRule({ sku: 'tea', channel: 'web' })];
    expect(ledger.reserve(order(1, { buyer: aBuyer({ channel: 'web' }) }))).toEqual({
      answer: { kind: 'refused', reason: 'NOT_ELIGIBLE', detail: 'tea: AGE_RESTRICTED' },
      events: [],
    });
    expect(ledger.reserve(order(1)).answer).toMatchObject({ kind: 'done' });
  });

  test('a node that a rule denies is passed over', () => {
    const ledger = shelves({ leeds: 9, york: 4 });
    ledger.rules = [aRule({ nodeId: 'leeds', region: 'north' })];
    expect(ledger.reserve(ask(5)).answer).toMatchObject({ shortages: [{ available: 4 }] });
    expect(ledger.reserve(ask(4)).answer).toMatchObject({ allocations: [at('york', 4)] });
  });
});
