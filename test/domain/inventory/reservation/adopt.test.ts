import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import { decideAdopt } from '../../../../src/domain/inventory/reservation/adopt';
import type { InventoryLedger } from '../inventory-ledger';
import { later, NOON } from '../inventory-samples';
import {
  aBuyer,
  aCap,
  aRule,
  ask,
  at,
  given,
  order,
  refusal,
  shelves,
  teas,
  typesOf,
} from '../reservation-samples';

const held = (): InventoryLedger => {
  const ledger = shelves({ leeds: 3, york: 9 });
  ledger.reserve(ask(3));
  return ledger;
};

describe('adopting a hold', () => {
  test('moves its stock to the order in one step, and it never expires any more', () => {
    const ledger = held();
    ledger.beginSet(later(NOON, 5));
    const { answer, events } = ledger.adopt('rsv_1', order(3));
    expect(answer).toEqual(given({ reservationId: 'rsv_1', allocations: [at('leeds', 3)] }));
    expect(typesOf(events)).toEqual(['hold-adopted.v1', 'held-stock-committed.v1']);
    expect(events[1]?.event.data).toEqual({
      reservationId: 'rsv_1',
      quantity: 3,
      grantedAt: NOON,
      expiresAt: later(NOON, 60),
    });
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
    const demands = sumBySku([...teas(1), ...teas(2)]);
    expect(held().adopt('rsv_1', order(0, { demands })).answer).toMatchObject({
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
      expect(fresh.answer).toMatchObject({ reservationId: 'rsv_order', allocations: [at('leeds', 3)] });
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
    const decision = decideAdopt(ledger.reservation('rsv_1'), foreign, ledger.room(), later(NOON, 60));
    expect(decision?.answer).toEqual(refusal('RESERVATION_MISMATCH'));
  });

  test('is undone by releasing it, and then does not happen again', () => {
    const ledger = held();
    ledger.adopt('rsv_1', order(3));
    ledger.release('rsv_1');
    expect(ledger.state().stock.get('tea/leeds')).toMatchObject({ held: 0, committed: 0 });
    expect(ledger.adopt('rsv_1', order(3))).toEqual({ answer: refusal('RESERVATION_MISMATCH'), events: [] });
  });
});

describe('a hold adopted for another buyer than it was made for', () => {
  const ann = order(3, { buyer: aBuyer({ channel: 'web', shippingMethod: null, customerId: 'ann' }) });
  const annsCap = (limit: number) => aCap(limit, { id: 'cap_ann', customerId: 'ann' });

  test('keeps what it has of a cap, and claims what applies to its new buyer only', () => {
    const ledger = shelves({ leeds: 9 });
    ledger.setCap(aCap(3));
    ledger.setCap(annsCap(3));
    ledger.reserve(ask(3));
    const { events } = ledger.adopt('rsv_1', ann);
    expect(typesOf(events)).toEqual([
      'hold-adopted.v1',
      'held-stock-committed.v1',
      'cap-claim-kept.v1',
      'cap-claimed.v1',
    ]);
    expect(events.slice(2)).toMatchObject([
      { capId: 'cap_1', event: { data: { quantity: 3, expiresAt: later(NOON, 60) } } },
      { capId: 'cap_ann', event: { data: { quantity: 3, expiresAt: null } } },
    ]);
    expect(ledger.reservation('rsv_1')).toMatchObject({ buyer: ann.buyer });
    const used = () => [...ledger.state().caps.values()].map((cap) => cap.used);
    expect(used()).toEqual([3, 3]);
    ledger.beginSet(later(NOON, 61));
    expect(ledger.room().caps.map(({ usedNow }) => usedNow)).toEqual([3, 3]);
    ledger.release('rsv_1');
    expect(used()).toEqual([0, 0]);
  });

  test('is refused what the cap of the new buyer does not leave, and stays a hold', () => {
    const ledger = shelves({ leeds: 9 });
    ledger.setCap(annsCap(2));
    ledger.reserve(ask(3));
    expect(ledger.adopt('rsv_1', ann)).toEqual({
      answer: { kind: 'refused', reason: 'CAP_REACHED', detail: 'cap_ann: 3 asked, 2 left' },
      events: [],
    });
    expect(ledger.reservation('rsv_1')?.state).toBe('HELD');
  });

  test('passes a cap that was lowered since: what was claimed of it is claimed', () => {
    const ledger = shelves({ leeds: 9 });
    ledger.setCap(aCap(3));
    ledger.reserve(ask(3));
    ledger.setCap(aCap(1));
    expect(ledger.adopt('rsv_1', ann).answer).toMatchObject({ kind: 'done' });
    expect(ledger.state().caps.get('cap_1')).toMatchObject({ used: 3 });
  });

  test('is refused stock of a node that a rule denies the new buyer, whatever the rule says of other nodes', () => {
    const ledger = shelves({ leeds: 3, york: 9 });
    ledger.rules = [aRule({ nodeId: 'leeds', channel: 'web' })];
    ledger.reserve(ask(3));
    expect(ledger.adopt('rsv_1', ann)).toMatchObject({ answer: refusal('NOT_ELIGIBLE'), events: [] });
    ledger.rules = [aRule({ nodeId: 'york', channel: 'web' })];
    expect(ledger.adopt('rsv_1', ann).answer).toMatchObject({ kind: 'done' });
  });
});
