import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { decideSettle } from '../../src/domain/order/compensation';
import { decideReject } from '../../src/domain/order/create-order';
import { creationOf, openSagasOf, type StoredSteps, stepsOf } from '../../src/domain/order/open-sagas';
import type { Order } from '../../src/domain/order/order';
import {
  decideClaimRejection,
  decideOverdue,
  decideSettleRejection,
} from '../../src/domain/order/reject-shipment';
import { decideRecordCaptured } from '../../src/domain/order/report-shipment';
import { decideApplyRevision, decideClaimRevision } from '../../src/domain/order/revise-order';
import { decideStop } from '../../src/domain/order/stop-command';
import { decideTurnBack } from '../../src/domain/order/undo-revision';
import { approved, content, LEEDS, reject, TERMS, Told, YORK } from './order-told';

const CREATION = { kind: 'create', id: 'ord_1' };
const EVERY_STEP = ['recordOrder', 'holdCredit', 'commitStock', 'approveOrder'];
const nothing = { allocations: [], backordered: [] };

/** How far the first open saga of an order is, where these steps have these answers. */
function far(order: Order, verdicts: Record<string, string> = {}, hasPartners = false) {
  const stored: StoredSteps = { verdicts, hasPartners };
  return stepsOf(order, openSagasOf(order)[0] ?? creationOf(order), stored);
}

const done = (...steps: readonly string[]) => Object.fromEntries(steps.map((step) => [step, 'done']));

describe('being created', () => {
  const pending = () => new Told().is;

  test.each([
    [{}, ['recordOrder'], ['holdCredit', 'commitStock', 'approveOrder'], []],
    [done('holdCredit'), ['recordOrder', 'holdCredit'], ['commitStock', 'approveOrder'], []],
    [{ holdCredit: 'refused' }, ['recordOrder'], ['rejectOrder'], []],
    [
      { ...done('holdCredit'), commitStock: 'refused' },
      ['recordOrder', 'holdCredit'],
      ['releaseCredit', 'rejectOrder'],
      [],
    ],
    [
      { ...done('holdCredit', 'releaseStock') },
      ['recordOrder', 'holdCredit'],
      ['releaseCredit', 'rejectOrder'],
      ['releaseStock'],
    ],
  ])('with %j', (verdicts, ...[does, remaining, undone]) => {
    expect(openSagasOf(pending())).toEqual([CREATION]);
    expect(far(pending(), verdicts)).toEqual({ done: does, remaining, undone });
  });

  test('with partners to be asked', () => {
    const stored = done('holdCredit', 'commitStock');
    expect(far(pending(), stored, true).remaining).toEqual(['confirmAtPartners', 'approveOrder']);
    expect(far(pending(), { ...stored, ...done('releaseStock') }, true)).toEqual({
      done: ['recordOrder', 'holdCredit', 'commitStock'],
      remaining: ['cancelAtPartners', 'releaseCredit', 'rejectOrder'],
      undone: ['releaseStock'],
    });
  });
});

describe('refused', () => {
  const rejected = (remaining: readonly string[]) => {
    const told = new Told();
    told.tell((order) =>
      decideReject(order, { reason: 'OUT_OF_STOCK', undone: ['releaseCredit'], remaining }),
    );
    return told;
  };
  const stored = { ...done('holdCredit', 'releaseCredit'), commitStock: 'refused' };

  test('and over, it says what was undone', () => {
    expect(openSagasOf(rejected([]).is)).toEqual([]);
    const undone = ['releaseCredit', 'rejectOrder'];
    expect(far(rejected([]).is, stored)).toEqual({
      done: ['recordOrder', 'holdCredit'],
      remaining: [],
      undone,
    });
  });

  test('with an undo on its way, and once somebody has to look at it', () => {
    const told = rejected(['releaseCredit']);
    const without = { ...done('holdCredit'), commitStock: 'refused' };
    expect(far(told.is, without)).toMatchObject({ remaining: ['releaseCredit'], undone: ['rejectOrder'] });
    told.tell((order) => decideSettle(order, { remaining: ['releaseCredit'], failure: 'gone' }));
    expect(openSagasOf(told.is)).toEqual([CREATION]);
    expect(far(told.is, without)).toMatchObject({ remaining: ['releaseCredit'], undone: ['rejectOrder'] });
  });

  test('as its key stood for another body, it had nothing done', () => {
    const order = {
      ...rejected([]).is,
      reason: 'IDEMPOTENCY_KEY_REUSED' as const,
      compensation: 'none' as const,
    };
    expect(far(order)).toEqual({ done: [], remaining: [], undone: [] });
  });

  test('with partners, of whom one could not be told', () => {
    const told = rejected(['cancelAtPartners']);
    const settled = done('holdCredit', 'commitStock', 'releaseStock', 'releaseCredit');
    expect(far(told.is, settled, true)).toMatchObject({ remaining: ['cancelAtPartners'] });
    told.tell((order) => decideSettle(order, { remaining: ['cancelAtPartners'], failure: 'down' }));
    const undone = ['releaseStock', 'releaseCredit', 'rejectOrder'];
    expect(far(told.is, settled, true)).toMatchObject({ remaining: ['cancelAtPartners'], undone });
    expect(far(rejected([]).is, settled, true).undone).toEqual(['cancelAtPartners', ...undone]);
  });
});

describe('approved', () => {
  test('nothing is open', () => {
    expect(openSagasOf(approved().is)).toEqual([]);
    const all = far(approved().is, done('holdCredit', 'commitStock'));
    expect(all).toEqual({ done: EVERY_STEP, remaining: [], undone: [] });
  });

  test('with more at partners than it needs', () => {
    const order = { ...approved().is, compensation: 'running' as const };
    expect(openSagasOf(order)).toEqual([CREATION]);
    expect(far(order, done('holdCredit', 'commitStock'), true)).toEqual({
      done: [...EVERY_STEP.slice(0, 3), 'confirmAtPartners', 'approveOrder'],
      remaining: ['cancelAtPartners'],
      undone: [],
    });
  });

  test('taken by a cancel', () => {
    const told = approved();
    told.tell((order) => decideClaimCancel(order, { commandId: 'c1' }));
    expect(openSagasOf(told.is)).toEqual([{ kind: 'cancel', id: 'c1' }]);
    expect(far(told.is, done('claimCancel', 'releaseRest'))).toEqual({
      done: ['claimCancel', 'releaseRest'],
      remaining: ['decreaseCredit', 'finishCancel'],
      undone: [],
    });
  });

  test('taken by a revision, which goes back where it cannot have what it needs, and forward once it stands', () => {
    const told = approved();
    const lines = content(told.is).map((line) => ({ ...line, quantity: line.quantity + 1 }));
    told.tell((order) => decideClaimRevision(order, { commandId: 'c1', baseVersion: 1, lines }));
    expect(openSagasOf(told.is)).toEqual([{ kind: 'revise', id: 'c1' }]);
    expect(far(told.is, { ...done('claimRevision', 'increaseCredit'), extendStock: 'refused' })).toEqual({
      done: ['claimRevision', 'increaseCredit'],
      remaining: ['revokeIncrease', 'failRevision'],
      undone: [],
    });
    const turned = new Told().approve();
    turned.tell((order) => decideClaimRevision(order, { commandId: 'c1', baseVersion: 1, lines }));
    turned.tell((order) => decideTurnBack(order, undefined, { commandId: 'c1', reason: 'OUT_OF_STOCK' }));
    // Whoever else runs it may have got further than has been heard of.
    expect(far(turned.is, done('claimRevision', 'increaseCredit', 'revokeIncrease'))).toEqual({
      done: ['claimRevision', 'increaseCredit'],
      remaining: ['undoExtend', 'failRevision'],
      undone: ['revokeIncrease'],
    });
    told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, nothing, TERMS));
    const before = done('claimRevision', 'increaseCredit', 'extendStock', 'applyRevision');
    expect(far(told.is, before).remaining).toEqual(['shrinkStock', 'decreaseCredit', 'finishRevision']);
  });

  test('taken by a revision of which nobody knows how it ended, and whose undos an operator has to finish', () => {
    const told = approved();
    const { is } = told;
    told.tell((order) => decideClaimRevision(order, { commandId: 'c1', baseVersion: 1, lines: content(is) }));
    const attention = { remaining: ['revokeIncrease'], failure: 'the account is gone' };
    told.tell((order) =>
      decideStop(order, { commandId: 'c1', kind: 'revise', shipmentId: null, stop: attention }),
    );
    expect(openSagasOf(told.is)).toEqual([{ kind: 'revise', id: 'c1' }]);
    expect(far(told.is).remaining).toEqual(['revokeIncrease', 'failRevision']);
  });

  test('taken by a rejection, or by a deadline that has passed', () => {
    const rejection = approved();
    rejection.tell((order) => decideClaimRejection(order, reject({ commandId: 'c1' }), TERMS));
    expect(openSagasOf(rejection.is)).toEqual([{ kind: 'reject', id: 'c1' }]);
    expect(far(rejection.is).done).toEqual(['claimRejection']);
    rejection.tell((order) => decideSettleRejection(order, { commandId: 'c1' }, nothing, TERMS));
    const settled = done('claimRejection', 'replaceUnits', 'settleRejection');
    expect(far(rejection.is, settled).remaining).toEqual(['decreaseCredit', 'finishRejection']);
    const overdue = approved();
    const late = { ...TERMS, now: '2030-01-01T00:00:00.000Z' };
    overdue.tell((order) => decideOverdue(order, { commandId: 'o1', shipmentId: LEEDS }, late));
    expect(openSagasOf(overdue.is)).toEqual([{ kind: 'reject', id: 'o1' }]);
    expect(far(overdue.is)).toMatchObject({ done: ['claimOverdue'], remaining: { length: 4 } });
  });
});

describe('with shipments that have left', () => {
  const SHIPPED = ['shipShipment', 'consumeStock', 'captureCredit', 'recordCaptured'];
  const ship = (shipmentId = LEEDS) => ({ kind: 'ship', id: `ship ${shipmentId}` });

  test('each that was not captured is a saga of its own', () => {
    const told = approved().shipped().shipped(YORK);
    expect(openSagasOf(told.is)).toEqual([ship(), ship(YORK)]);
    expect(far(told.is, done('shipShipment', 'consumeStock'))).toEqual({
      done: SHIPPED.slice(0, 2),
      remaining: SHIPPED.slice(2),
      undone: [],
    });
    told.tell((order) => decideRecordCaptured(order, { shipmentId: LEEDS as string, amount: 0 }));
    expect(openSagasOf(told.is)).toEqual([ship(YORK)]);
  });

  test('beside a cancel of the rest', () => {
    const told = approved().shipped();
    told.tell((order) => decideClaimCancel(order, { commandId: 'c1' }));
    expect(openSagasOf(told.is)).toEqual([{ kind: 'cancel', id: 'c1' }, ship()]);
  });

  test('those that an operator has to finish come first, with what is left of each', () => {
    const told = approved().shipped().shipped(YORK);
    const stop = { remaining: ['captureCredit', 'recordCaptured'], failure: 'not held' };
    const command = { commandId: `ship ${YORK}`, kind: 'ship', shipmentId: YORK ?? '', stop } as const;
    told.tell((order) => decideStop(order, command));
    const cancel = { kind: 'cancel', id: 'c1' };
    const alone: Order = { ...told.is, pending: { kind: 'cancel', commandId: 'c1' } };
    expect(openSagasOf(alone)).toEqual([ship(YORK), cancel, ship()]);
    const verdicts = { ...done('shipShipment', 'consumeStock'), captureCredit: 'refused' };
    expect(far(alone, verdicts)).toEqual({
      done: SHIPPED.slice(0, 2),
      remaining: SHIPPED.slice(2),
      undone: [],
    });
    const attention = { ...stop, remaining: ['cancelAtPartners', ...stop.remaining] };
    const order: Order = { ...alone, attention };
    expect(openSagasOf(order)).toEqual([CREATION, ship(YORK), cancel, ship()]);
    expect(far(order, done('holdCredit', 'commitStock'), true).remaining).toEqual(['cancelAtPartners']);
  });
});
