import { decideClaimCancel } from '../../src/domain/order/cancel-order';
import { loggedCommand, stepsOfEnded } from '../../src/domain/order/logged-command';
import type { OrderEvent } from '../../src/domain/order/order-events';
import { refusedLate } from '../../src/domain/order/semantic-lock';
import { refused } from '../../src/domain/refusal';
import { approved } from './order-told';

const named = (...types: readonly OrderEvent['type'][]) =>
  types.map((type) => ({ type, data: { commandId: 'c1', reason: 'OUT_OF_STOCK' } }) as unknown as OrderEvent);
const ended = (events: readonly OrderEvent[], verdicts: Record<string, string>) => {
  const command = loggedCommand('c1', events);
  return command && stepsOfEnded(command, { verdicts, hasPartners: false });
};

test('a command that lost is told by its refusal alone', () => {
  const { events } = refusedLate(approved().is, 'cancel', 'c1', refused('CONFLICT'));
  expect(loggedCommand('c1', events)).toMatchObject({ kind: 'cancel', wasTaken: false, refusal: 'CONFLICT' });
  expect(ended(events, { claimCancel: 'refused' })).toEqual({ done: [], remaining: [], undone: [] });
});

test('one that was taken by the event that it was taken with', () => {
  const { events } = decideClaimCancel(approved().is, { commandId: 'c1' });
  expect(loggedCommand('c1', events)).toMatchObject({ kind: 'cancel', wasTaken: true, refusal: null });
  expect(ended(events, { claimCancel: 'done', releaseRest: 'done' })?.done).toEqual([
    'claimCancel',
    'releaseRest',
  ]);
});

test('a revision that has failed is undone to its claim', () => {
  const events = named(
    'orders.revision-claimed.v1',
    'orders.revision-turned-back.v1',
    'orders.revision-failed.v1',
  );
  expect(loggedCommand('c1', events)).toMatchObject({ kind: 'revise', refusal: 'OUT_OF_STOCK' });
  const verdicts = {
    claimRevision: 'done',
    increaseCredit: 'done',
    extendStock: 'refused',
    applyRevision: 'refused',
  };
  const undone = { undoExtend: 'done', revokeIncrease: 'done' };
  expect(ended(events, { ...verdicts, ...undone })).toEqual({
    done: ['claimRevision', 'increaseCredit'],
    remaining: [],
    undone: ['undoExtend', 'revokeIncrease', 'failRevision'],
  });
});

test('what is not of a command is of none', () => {
  expect(loggedCommand('ord_1/resolve', named('orders.attention-resolved.v1'))).toBeUndefined();
  expect(loggedCommand('c1', [])).toBeUndefined();
});
