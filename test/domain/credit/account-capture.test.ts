import {
  type Account,
  type AccountEvent,
  decideReleaseCredit,
  evolveAccount,
  unopenedAccount,
} from '../../../src/domain/credit/account';
import { type CaptureRequest, decideCapture, decideRefund } from '../../../src/domain/credit/capture';

const opened: AccountEvent = { type: 'credit.account-set.v1', data: { currency: 'EUR', limit: 100 } };
const held: AccountEvent = { type: 'credit.credit-held.v1', data: { orderId: 'ord_1', amount: 60 } };
const released: AccountEvent = { type: 'credit.credit-released.v1', data: { orderId: 'ord_1' } };
const captured = (captureId: string, shipmentId: string, amount: number): AccountEvent => ({
  type: 'credit.credit-captured.v1',
  data: { orderId: 'ord_1', captureId, shipmentId, amount },
});
const refunded = (captureId: string, shipmentId: string, amount: number): AccountEvent => ({
  type: 'credit.capture-refunded.v1',
  data: { orderId: 'ord_1', captureId, shipmentId, amount },
});
const settled = (amount: number): AccountEvent => ({
  type: 'credit.hold-settled.v1',
  data: { orderId: 'ord_1', amount },
});
const forestalled: AccountEvent = {
  type: 'credit.capture-forestalled.v1',
  data: { orderId: 'ord_1', captureId: 'ship_1', shipmentId: 'shp_1' },
};

const given = (...events: AccountEvent[]): Account => events.reduce(evolveAccount, unopenedAccount('ada'));
const capture = (changes: Partial<CaptureRequest> = {}): CaptureRequest => ({
  orderId: 'ord_1',
  captureId: 'ship_1',
  shipmentId: 'shp_1',
  amount: 25,
  finalTotal: null,
  ...changes,
});
const refusal = (reason: string, detail?: string) => ({ kind: 'refused', reason, ...(detail && { detail }) });

describe('capturing a shipment', () => {
  test('moves its worth from what is held to what is owed', () => {
    const account = given(opened, held);
    const { answer, events } = decideCapture(account, capture());
    expect({ answer, events }).toEqual({
      answer: { kind: 'done' },
      events: [captured('ship_1', 'shp_1', 25)],
    });
    expect(events.reduce(evolveAccount, account)).toMatchObject({ held: 35, capturedUnpaid: 25, limit: 100 });
  });

  test('up to the last cent that is held, and of nothing too', () => {
    const account = given(opened, held, captured('ship_0', 'shp_0', 20));
    expect(decideCapture(account, capture({ amount: 40 })).answer).toEqual({ kind: 'done' });
    expect(decideCapture(account, capture({ amount: 0 })).answer).toEqual({ kind: 'done' });
  });

  test('with the last one, what no shipment is worth is given back', () => {
    const account = given(opened, held, captured('ship_0', 'shp_0', 20));
    const { events } = decideCapture(account, capture({ finalTotal: 45 }));
    expect(events).toEqual([captured('ship_1', 'shp_1', 25), settled(45)]);
    expect(events.reduce(evolveAccount, account)).toMatchObject({ held: 0, capturedUnpaid: 45 });
  });

  test('the last one leaves what a shipment before it is still to capture', () => {
    const account = given(opened, held);
    const last = decideCapture(account, capture({ finalTotal: 45 })).events.reduce(evolveAccount, account);
    expect(last).toMatchObject({ held: 20, capturedUnpaid: 25 });
    const late = capture({ captureId: 'ship_0', shipmentId: 'shp_0', amount: 20 });
    expect(decideCapture(last, late).events.reduce(evolveAccount, last)).toMatchObject({
      held: 0,
      capturedUnpaid: 45,
    });
  });

  test('what all are worth is settled once', () => {
    const account = given(opened, held, captured('ship_0', 'shp_0', 20), settled(50));
    expect(decideCapture(account, capture({ finalTotal: 45 })).events).toEqual([
      captured('ship_1', 'shp_1', 25),
    ]);
  });

  test('a shipment whose capture was undone is captured anew by another command', () => {
    const account = given(opened, held, captured('ship_0', 'shp_1', 25), refunded('ship_0', 'shp_1', 25));
    expect(decideCapture(account, capture()).events).toEqual([captured('ship_1', 'shp_1', 25)]);
  });
});

describe('a capture is refused', () => {
  test.each<[string, AccountEvent[], Partial<CaptureRequest>, object]>([
    ['nothing is held', [opened], {}, refusal('CREDIT_NOT_HELD', 'nothing is held for the order')],
    [
      'a cent more than is held',
      [opened, held],
      { amount: 61 },
      refusal('CREDIT_NOT_HELD', 'EUR 0.61 asked, EUR 0.60 held'),
    ],
    [
      'a cent more than other shipments leave',
      [opened, held, captured('ship_0', 'shp_0', 40)],
      { amount: 21 },
      refusal('CREDIT_NOT_HELD', 'EUR 0.21 asked, EUR 0.20 held'),
    ],
    [
      'a total below what is captured',
      [opened, held, captured('ship_0', 'shp_0', 20)],
      { finalTotal: 44 },
      refusal('CREDIT_NOT_HELD', 'EUR 0.44 in all, EUR 0.45 captured of EUR 0.60'),
    ],
    [
      'a total above what is held',
      [opened, held],
      { finalTotal: 61 },
      refusal('CREDIT_NOT_HELD', 'EUR 0.61 in all, EUR 0.25 captured of EUR 0.60'),
    ],
    [
      'another command has captured the shipment',
      [opened, held, captured('ship_0', 'shp_1', 25)],
      {},
      refusal('ALREADY_CAPTURED'),
    ],
    ['the hold was released', [opened, held, released], {}, refusal('RELEASED_EARLIER')],
    ['its refund came first', [opened, held, forestalled], {}, refusal('RELEASED_EARLIER')],
    [
      'it was refunded',
      [opened, held, captured('ship_1', 'shp_1', 25), refunded('ship_1', 'shp_1', 25)],
      {},
      refusal('RELEASED_EARLIER'),
    ],
  ])('where %s', (_name, events, changes, answer) => {
    const decision = decideCapture(given(...events), capture(changes));
    expect(decision).toEqual({ answer, events: [], isForNow: true });
  });
});

describe('releasing an order of which some is captured', () => {
  test('gives back only what is not', () => {
    const account = given(opened, held, captured('ship_1', 'shp_1', 25));
    const { events } = decideReleaseCredit(account, { orderId: 'ord_1' });
    expect(events).toEqual([released]);
    expect(events.reduce(evolveAccount, account)).toMatchObject({ held: 0, capturedUnpaid: 25 });
  });

  test('of which all is captured, gives back nothing', () => {
    const account = given(opened, held, captured('ship_1', 'shp_1', 25), settled(25));
    const { events } = decideReleaseCredit(account, { orderId: 'ord_1' });
    expect(events.reduce(evolveAccount, account)).toMatchObject({ held: 0, capturedUnpaid: 25 });
  });
});

describe('refunding a capture', () => {
  const refund = { orderId: 'ord_1', captureId: 'ship_1', shipmentId: 'shp_1' };

  test.each<[string, AccountEvent[], number]>([
    ['is held again', [], 60],
    ['is held again where the rest was given back', [settled(25)], 25],
    ['is the customer’s where the hold was released', [released], 0],
  ])('what it took %s', (_name, events, heldThen) => {
    const account = given(opened, held, captured('ship_1', 'shp_1', 25), ...events);
    const { answer, events: left } = decideRefund(account, refund);
    expect({ answer, left }).toEqual({ answer: { kind: 'done' }, left: [refunded('ship_1', 'shp_1', 25)] });
    const after = left.reduce(evolveAccount, account);
    expect(after).toMatchObject({ held: heldThen, capturedUnpaid: 0 });
    expect(decideRefund(after, refund)).toEqual({ answer: { kind: 'done' }, events: [] });
  });

  test('leaves a tombstone where it comes first', () => {
    const { events } = decideRefund(given(opened, held), refund);
    expect(events).toEqual([forestalled]);
    expect(decideRefund(given(opened, held, forestalled), refund).events).toEqual([]);
  });

  test.each<[string, AccountEvent[]]>([
    ['nothing is held', [opened]],
    ['the hold was released', [opened, held, released]],
  ])('is done where %s and nothing can be captured', (_name, events) => {
    expect(decideRefund(given(...events), refund)).toEqual({ answer: { kind: 'done' }, events: [] });
  });

  test('of one command leaves what another has captured of the shipment', () => {
    const account = given(opened, held, captured('ship_2', 'shp_1', 25));
    const { events } = decideRefund(account, refund);
    expect(events.reduce(evolveAccount, account)).toMatchObject({ held: 35, capturedUnpaid: 25 });
  });
});
