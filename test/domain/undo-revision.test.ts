import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { decideResolve } from '../../src/domain/order/compensation';
import {
  decideApplyRevision,
  decideClaimRevision,
  decideFinishRevision,
} from '../../src/domain/order/revise-order';
import {
  decideTurnBack,
  decideUndoClaimRevision,
  type FallenRevision,
} from '../../src/domain/order/undo-revision';
import { refused } from '../../src/domain/refusal';
import { approved, content, TERMS, type Told, TURNED_BACK } from './order-told';

const stop = { remaining: ['revokeIncrease', 'failRevision'], failure: 'revokeIncrease: not held' };
const none = { allocations: [], backordered: [] };
const unfinished = { kind: 'unfinished' };
const claimCancel = (told: Told) => told.tell((order) => decideClaimCancel(order, { commandId: 'c2' }));
const revise = (told: Told) =>
  told.tell((order) =>
    decideClaimRevision(order, {
      commandId: 'c1',
      baseVersion: 1,
      lines: content(told.is).map((line) => ({ ...line, unitPrice: 1 })),
    }),
  );
const claimed = { kind: 'done' } as const;
const turnedBack = (told: Told, reason: 'OUT_OF_STOCK' | 'PROCESSING_FAILED' = 'OUT_OF_STOCK') =>
  told.tell((order) => decideTurnBack(order, undefined, { commandId: 'c1', reason }));
const claimUndone = (told: Told, over: Partial<FallenRevision> = {}) =>
  told.tell((order) => decideUndoClaimRevision(order, claimed, { ...TURNED_BACK, ...over }));
const apply = (told: Told) =>
  told.tell((order) => decideApplyRevision(order, { commandId: 'c1' }, none, TERMS));

const finish = (told: Told) => told.tell((order) => decideFinishRevision(order, { commandId: 'c1' }));

describe('a revision that goes back', () => {
  test('cannot be applied by anybody any more, and says what it was turned back for first', () => {
    const told = approved();
    revise(told);
    expect(turnedBack(told)).toEqual(refused('OUT_OF_STOCK'));
    expect(turnedBack(told, 'PROCESSING_FAILED')).toEqual(refused('OUT_OF_STOCK'));
    const before = told.is;
    expect(apply(told)).toEqual(refused('OUT_OF_STOCK'));
    expect(told.is).toBe(before);
    expect(before).toMatchObject({ status: 'REVISION_PENDING', pending: { turnedBack: 'OUT_OF_STOCK' } });
  });

  test.each<[string, (told: Told) => unknown]>([
    ['stands', (told) => [revise(told), apply(told)]],
    ['stood', (told) => [revise(told), apply(told), finish(told)]],
    ['lost against another', claimCancel],
  ])('is left alone where it %s', (_name, before) => {
    const told = approved();
    before(told);
    const { is } = told;
    expect(turnedBack(told)).toEqual(unfinished);
    expect(told.is).toBe(is);
  });

  test('is over once it has gone back, and says so again', () => {
    const told = approved();
    revise(told);
    turnedBack(told);
    claimUndone(told);
    const { is } = told;
    const again = { commandId: 'c1', reason: 'PROCESSING_FAILED' } as const;
    expect(told.tell((order) => decideTurnBack(order, refused('OUT_OF_STOCK'), again))).toEqual({
      kind: 'over',
      reason: 'OUT_OF_STOCK',
    });
    expect(claimUndone(told)).toEqual(claimed);
    expect(told.is).toBe(is);
  });
});

describe('the undo of the claim of one that goes back', () => {
  test('lets the order go once all of it is undone', () => {
    const told = approved();
    revise(told);
    turnedBack(told);
    const remaining = ['revokeIncrease'];
    expect(claimUndone(told, { remaining })).toEqual(unfinished);
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING', compensation: 'none' });
    claimUndone(told, { remaining, stop });
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING', attention: stop });
    claimUndone(told);
    expect(told.is).toMatchObject({
      status: 'APPROVED',
      pending: null,
      attention: null,
      lastCommand: { outcome: 'refused', reason: 'OUT_OF_STOCK' },
    });
  });

  test('keeps its order where a claim that was given again met a fault: who else runs it may have got further', () => {
    const told = approved();
    revise(told);
    expect(claimUndone(told, { undone: [] })).toEqual(unfinished);
    turnedBack(told);
    expect(claimUndone(told, { undone: [] })).toEqual(unfinished);
    expect(told.is).toMatchObject({ status: 'REVISION_PENDING' });
  });

  test('leaves a tombstone where its claim is still to come', () => {
    const told = approved();
    expect(
      told.tell((order) => decideUndoClaimRevision(order, undefined, { ...TURNED_BACK, undone: [] })),
    ).toEqual(refused('PROCESSING_FAILED'));
  });

  test('has failed for its own reason where an operator ends it by hand', () => {
    const told = approved();
    revise(told);
    turnedBack(told);
    claimUndone(told, { remaining: ['revokeIncrease'], stop });
    told.tell(() => decideResolve(told.is, { by: 'tester', note: 'done', mayLeaveSurplus: true }));
    expect(told.is).toMatchObject({ pending: null, lastCommand: { reason: 'OUT_OF_STOCK' } });
  });
});
