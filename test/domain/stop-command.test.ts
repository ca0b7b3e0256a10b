import { decideClaimCancel, decideFinishCancel } from '../../src/domain/order/cancel-order';
import { attentionOf, decideResolve, decideRetry, decideSettle } from '../../src/domain/order/compensation';
import { hasPartIn } from '../../src/domain/order/open-sagas';
import { decideClaimRejection, decideSettleRejection } from '../../src/domain/order/reject-shipment';
import { decideRecordCaptured } from '../../src/domain/order/report-shipment';
import { decideApplyRevision, decideClaimRevision } from '../../src/domain/order/revise-order';
import {
  type CutShort,
  decideCutShort,
  decideRetryCommands,
  decideStop,
} from '../../src/domain/order/stop-command';
import { refused } from '../../src/domain/refusal';
import { later, NOON } from './inventory-samples';
import { approved, content, LEEDS, reject, TERMS, type Told, YORK } from './order-told';

const stop = { remaining: ['releaseRest', 'finishCancel'], failure: 'releaseRest: it is gone' };
const cancel = (over: Partial<CutShort> = {}): CutShort => ({
  commandId: 'c1',
  kind: 'cancel',
  shipmentId: null,
  stop: null,
  ...over,
});
const shipping = (shipmentId = LEEDS): CutShort => ({
  commandId: `ship ${shipmentId}`,
  kind: 'ship',
  shipmentId,
  stop: {
    remaining: ['consumeStock', 'captureCredit', 'recordCaptured'],
    failure: 'consumeStock: not there',
  },
});
const none = { allocations: [], backordered: [] };
const unfinished = { kind: 'unfinished' };

const surplus = (told: Told) =>
  told.tell(() => ({ answer: null, events: [{ type: 'orders.surplus-booked.v1', data: {} }] }));
const claimCancel = (told: Told) => told.tell((order) => decideClaimCancel(order, { commandId: 'c1' }));
const revise = (told: Told, unitPrice = 1) =>
  told.tell((order) =>
    decideClaimRevision(order, {
      commandId: 'c1',
      baseVersion: 1,
      lines: content(told.is).map((line) => ({ ...line, unitPrice })),
    }),
  );
const stopped = (told: Told, command: CutShort) => told.tell((order) => decideStop(order, command));
const retried = (told: Told) => told.tell((order) => decideRetryCommands(order, 'tester', later(NOON, 9)));
const resolved = (told: Told, mayLeaveSurplus = true) =>
  told.tell((order) =>
    decideResolve(order as typeof told.is, { by: 'tester', note: 'done', mayLeaveSurplus }),
  );

describe('a claim that nobody has heard of', () => {
  test('is refused for good where it was not taken, and the order says so', () => {
    const told = approved();
    expect(told.tell((order) => decideCutShort(order, undefined, cancel()))).toEqual(
      refused('PROCESSING_FAILED'),
    );
    expect(told.is).toMatchObject({
      status: 'APPROVED',
      pending: null,
      lastCommand: { id: 'c1', kind: 'cancel', outcome: 'refused', reason: 'PROCESSING_FAILED' },
    });
  });

  test.each([
    ['an order', cancel(), (told: Told) => claimCancel(told)],
    ['a shipment that has left', { ...shipping(), stop: null }, (told: Told) => told.shipped()],
  ])('is left to whoever finds it lost where it has taken %s', (_name, command, claimed) => {
    const told = approved();
    claimed(told);
    const before = told.is;
    expect(told.tell((order) => decideCutShort(order, { kind: 'done' }, command))).toEqual(unfinished);
    expect(told.is).toBe(before);
  });

  test('says again what it was refused for', () => {
    const answer = refused('ALREADY_FINAL');
    expect(decideCutShort(approved().is, answer, cancel())).toEqual({ answer, events: [] });
  });

  test('is not refused where a claim of another name has taken the order under the same command', () => {
    const told = approved();
    told.tell((order) => decideClaimRejection(order, reject(), TERMS));
    expect(decideCutShort(told.is, undefined, cancel({ commandId: 'c9', kind: 'reject' })).answer).toEqual(
      unfinished,
    );
  });
});

describe('a command that the books do not let go on', () => {
  test('needs attention, once, and goes on when an operator wants it to', () => {
    const told = approved();
    claimCancel(told);
    stopped(told, cancel({ stop }));
    expect(told.is).toMatchObject({
      compensation: 'needs_attention',
      attention: stop,
      pending: { kind: 'cancel', commandId: 'c1', isStopped: true },
    });
    expect(decideStop(told.is, cancel({ stop })).events).toEqual([]);
    expect(decideRetry(approved().is, 'tester').events).toEqual([]);
    retried(told);
    expect(told.is).toMatchObject({ compensation: 'done', attention: null });
    expect(told.is.pending).toEqual({ kind: 'cancel', commandId: 'c1' });
    expect(decideRetryCommands(told.is, 'tester', NOON).events).toEqual([]);
  });

  test('needs none any more once somebody has ended it', () => {
    const told = approved();
    claimCancel(told);
    stopped(told, cancel({ stop }));
    told.tell((order) => decideFinishCancel(order, { commandId: 'c1' }));
    expect(told.is).toMatchObject({ status: 'CANCELLED', compensation: 'done', attention: null });
    expect(decideStop(told.is, cancel({ stop })).events).toEqual([]);
  });

  test('of two shipments the one that was captured leaves the other to be looked at', () => {
    const told = approved().shipped(LEEDS).shipped(YORK);
    stopped(told, shipping(LEEDS));
    stopped(told, shipping(YORK));
    expect(decideStop(told.is, shipping(LEEDS)).events).toEqual([]);
    expect(told.is.shipments.map(({ dueAt }) => dueAt)).toEqual([null, null]);
    expect(told.is.attention?.remaining).toEqual(['consumeStock', 'captureCredit', 'recordCaptured']);
    told.tell((order) => decideRecordCaptured(order, { shipmentId: LEEDS, amount: 15 }));
    expect(told.is.compensation).toBe('needs_attention');
    retried(told);
    expect(told.is.shipments.map(({ dueAt }) => dueAt)).toEqual([null, later(NOON, 9)]);
    told.tell((order) => decideRecordCaptured(order, { shipmentId: YORK, amount: 18 }));
    expect(told.is).toMatchObject({ status: 'SHIPPED', payment: 'captured', compensation: 'done' });
  });
});

describe('beside undos of bookings at partners', () => {
  const aborted = { remaining: ['cancelAtPartners'], failure: 'no answer' };

  test('that are being run, and end', () => {
    const told = approved();
    surplus(told);
    claimCancel(told);
    stopped(told, cancel({ stop }));
    expect(told.is.attention?.remaining).toEqual(['cancelAtPartners', ...stop.remaining]);
    told.tell((order) => decideSettle(order, null));
    expect(told.is).toMatchObject({ compensation: 'needs_attention', attention: stop });
    retried(told);
    expect(told.is.compensation).toBe('done');
  });

  test('that are being run, and do not succeed', () => {
    const told = approved();
    surplus(told);
    claimCancel(told);
    stopped(told, cancel({ stop }));
    told.tell((order) => decideSettle(order, aborted));
    const remaining = ['cancelAtPartners', ...stop.remaining];
    expect(told.is.attention).toEqual({ remaining, failure: 'no answer' });
    retried(told);
    expect(told.is).toMatchObject({ compensation: 'needs_attention', attention: aborted });
    expect(attentionOf(told.is)).toMatchObject({ kind: 'done' });
  });

  test.each([
    ['succeed', null, { compensation: 'done', attention: null }],
    ['do not succeed', aborted, { compensation: 'needs_attention', attention: aborted }],
  ])('that are being run while an operator has the steps taken again, and %s', (_name, attention, ended) => {
    const told = approved();
    surplus(told);
    claimCancel(told);
    stopped(told, cancel({ stop }));
    retried(told);
    expect(told.is.attention).toEqual({ remaining: ['cancelAtPartners'], failure: stop.failure });
    told.tell((order) => decideSettle(order, attention));
    expect(told.is).toMatchObject(ended);
    expect(decideSettle(told.is, attention).events).toEqual([]);
  });

  test('that are booked only now', () => {
    const told = approved();
    claimCancel(told);
    stopped(told, cancel({ stop }));
    surplus(told);
    expect(told.is.attention?.remaining).toEqual(['cancelAtPartners', ...stop.remaining]);
    told.tell((order) => decideRetry(order, 'tester'));
    expect(told.is.compensation).toBe('needs_attention');
  });
});

describe('what an operator has put right by hand', () => {
  /** Partners may have more of it than it needs now. */
  const bookingsLeft = { compensation: 'running' };

  test.each<[string, (told: Told) => unknown, object]>([
    [
      'a cancel',
      claimCancel,
      { status: 'CANCELLED', lastCommand: { kind: 'cancel', outcome: 'done' }, ...bookingsLeft },
    ],
    [
      'a revision that was not applied',
      (told) => revise(told),
      { status: 'APPROVED', version: 1, lastCommand: { outcome: 'refused', reason: 'PROCESSING_FAILED' } },
    ],
    [
      'a revision that was applied',
      (told) => {
        revise(told);
        told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, none, TERMS));
      },
      {
        status: 'APPROVED',
        version: 2,
        total: 5,
        lastCommand: { kind: 'revise', outcome: 'done' },
        ...bookingsLeft,
      },
    ],
    [
      'units given back, and nothing found for them',
      (told) => told.tell((order) => decideClaimRejection(order, reject({ commandId: 'c1' }), TERMS)),
      { status: 'APPROVED', total: 23, lastCommand: { kind: 'reject', outcome: 'done' }, ...bookingsLeft },
    ],
    [
      'units given back, and cancelled',
      (told) => {
        told.tell((order) => decideClaimRejection(order, reject({ commandId: 'c1' }), TERMS));
        told.tell((order) => decideSettleRejection(order, { commandId: 'c1' }, none, TERMS));
      },
      { status: 'APPROVED', total: 23, lastCommand: { kind: 'reject', outcome: 'done' } },
    ],
  ])('%s: the order is free', (_name, claim, expected) => {
    const told = approved();
    claim(told);
    stopped(told, cancel({ stop }));
    expect(told.is.compensation).toBe('needs_attention');
    expect(resolved(told)).toMatchObject({ kind: 'done' });
    expect(told.is).toMatchObject({ compensation: 'done', ...expected, pending: null, attention: null });
    expect(hasPartIn(told.is, 'c1')).toBe(false);
    told.tell((order) => decideSettle(order, null, told.is.updatedAt));
    expect(told.is).toMatchObject({ compensation: 'done' });
  });

  test('a cancel of an order that no partner was asked for: nothing is left to be done', () => {
    const told = approved();
    claimCancel(told);
    stopped(told, cancel({ stop }));
    resolved(told, false);
    expect(told.is).toMatchObject({ status: 'CANCELLED', compensation: 'done', pending: null });
  });

  test('a shipment: it has left, nothing was captured for it, and nobody goes on with it', () => {
    const told = approved().shipped(LEEDS).shipped(YORK);
    stopped(told, shipping(LEEDS));
    resolved(told);
    expect(told.is).toMatchObject({ status: 'SHIPPED', payment: 'authorized', compensation: 'done' });
    expect(told.is.shipments[0]).toMatchObject({ state: 'SHIPPED', captured: 0, dueAt: null });
    expect(told.is.shipments[1]?.captured).toBeUndefined();
    expect(decideStop(told.is, shipping(LEEDS)).events).toEqual([]);
    expect(hasPartIn(told.is, `ship ${LEEDS}`)).toBe(false);
    expect(hasPartIn(told.is, `ship ${YORK}`)).toBe(true);
  });

  test('undos: an order that a command has taken meanwhile stays taken', () => {
    const told = approved();
    surplus(told);
    told.tell((order) => decideSettle(order, { remaining: ['cancelAtPartners'], failure: 'no answer' }));
    claimCancel(told);
    resolved(told);
    expect(told.is).toMatchObject({ compensation: 'done', pending: { commandId: 'c1' } });
  });
});
