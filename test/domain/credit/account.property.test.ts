import fc from 'fast-check';
import {
  type Account,
  type AccountEvent,
  availableCredit,
  evolveAccount,
  unopenedAccount,
} from '../../../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../../../src/domain/credit/adjust';
import { decideCapture, decideRefund } from '../../../src/domain/credit/capture';
import { capturedOf } from '../../../src/domain/credit/hold';
import type { Decision, StepAnswer } from '../../../src/domain/decision';
import { throughJson } from '../inventory/inventory-samples';
import { assertUntilSeen } from '../until-seen';
import {
  capturedByBooks,
  content,
  decide,
  heldByBooks,
  ORDERS,
  paidByBooks,
  play,
  returnedByBooks,
  type Step,
  steps,
} from './account-play';

const everyOrder = Array.from({ length: ORDERS }, (_, order) => order);
const everyStep = (kind: Exclude<Step['do'], 'set'>): Step[] =>
  everyOrder.flatMap((order) => [0, 1, 2, 3].map((which): Step => ({ do: kind, order, which })));

describe('whatever is set, held, captured, revised, paid and undone, in any order', () => {
  test('credit is granted within the limit of that moment, captured once and out of what is held, and counted once', () => {
    const done = new Map<Step['do'], number>();
    const property = fc.property(content, steps, (said, taken) => {
      const it = play(said, taken);
      for (const [kind, count] of it.done) done.set(kind, (done.get(kind) ?? 0) + count);
      const owed = capturedByBooks(it) - paidByBooks(it);
      expect(availableCredit(it.account)).toBe(it.limit - heldByBooks(it) - owed);
    });
    // Plays without an effective step of some kind would prove nothing about it.
    const kinds = [
      'adjust',
      'capture',
      'hold',
      'pay',
      'refund',
      'release',
      'return',
      'revoke',
      'set',
    ] as const;
    assertUntilSeen(property, 200, () => kinds.filter((kind) => (done.get(kind) ?? 0) < 15));
  });

  test('I2: folding the log from scratch, through JSON, gives the very account', () => {
    fc.assert(
      fc.property(content, steps, (said, taken) => {
        const { log, account } = play(said, taken);
        const kept = throughJson(log);
        expect(kept).toEqual(log);
        expect(kept.reduce(evolveAccount, unopenedAccount('ada'))).toEqual(account);
      }),
      { numRuns: 150 },
    );
  });

  test('I3: once every order was released nothing is held, and nothing late comes back', () => {
    const releases = everyOrder.map((order): Step => ({ do: 'release', order, which: 0 }));
    const late = (['hold', 'capture', 'adjust'] as const).flatMap(everyStep);
    fc.assert(
      fc.property(content, steps, (said, taken) => {
        const it = play(said, [...taken, ...releases]);
        const following = (more: readonly Step[]) =>
          more.reduce(
            (account, step) => decide(account, step, said).events.reduce(evolveAccount, account),
            it.account,
          );
        expect(it.account.held).toBe(0);
        expect(following(late)).toEqual(it.account);
        const refunded = following([...everyStep('refund'), ...late]);
        expect([refunded.held, refunded.capturedUnpaid]).toEqual([
          0,
          0 - paidByBooks(it) - returnedByBooks(it),
        ]);
      }),
      { numRuns: 150 },
    );
  });

  test('I6: whatever was done is done again at any later time without effect, and what was undone is refused', () => {
    fc.assert(
      fc.property(content, steps, (said, taken) => {
        const { account, books } = play(said, taken);
        for (const [order, { captured, refunded, changed, revoked, isReleased }] of books) {
          const again = (kind: Exclude<Step['do'], 'set'>, which = 0) =>
            decide(account, { do: kind, order, which }, said);
          const same = { answer: { kind: 'done' }, events: [] };
          const late = { answer: { kind: 'refused', reason: 'RELEASED_EARLIER' }, events: [] };
          expect(again('hold')).toEqual(isReleased ? late : same);
          for (const which of captured.keys()) expect(again('capture', which)).toEqual(same);
          for (const which of refunded) {
            expect(again('capture', which)).toMatchObject(late);
            expect(again('refund', which)).toEqual(same);
          }
          for (const which of changed.keys()) expect(again('adjust', which)).toEqual(same);
          for (const which of revoked) expect(again('revoke', which)).toEqual(same);
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** An order of known value: its shipments, its cancelled amounts, and the credit granted beyond both. */
const orders = fc.record({
  shipments: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
  cancelled: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }),
  surplus: fc.nat(10),
  last: fc.nat(3),
});

type Command = (account: Account) => Decision<StepAnswer, AccountEvent>;

const orderId = 'ord_1';
const total = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);

function accountFor({
  shipments,
  cancelled,
  surplus,
}: typeof orders extends fc.Arbitrary<infer O> ? O : never) {
  const amount = total(shipments) + total(cancelled) + surplus;
  const events: AccountEvent[] = [
    { type: 'credit.account-set.v1', data: { currency: 'EUR', limit: amount + 100 } },
    { type: 'credit.credit-held.v1', data: { orderId: 'other', amount: 50 } },
    { type: 'credit.credit-held.v1', data: { orderId, amount } },
  ];
  return events.reduce(evolveAccount, unopenedAccount('ada'));
}

function run(account: Account, commands: readonly Command[]): Account {
  return commands.reduce((state, command) => {
    const { answer, events } = command(state);
    expect(answer).toEqual({ kind: 'done' });
    return events.reduce(evolveAccount, state);
  }, account);
}

/** The numbers of an order's steps in random order, each at least once. */
const shuffledTwice = (count: number) =>
  fc.shuffledSubarray(
    Array.from({ length: count * 2 }, (_, index) => index % count),
    { minLength: count * 2 },
  );

describe('commands that overtake each other', () => {
  test('the captures of an order and what is cancelled of it end the same in any order, each as often as it likes', () => {
    const drawn = orders.chain((order) =>
      fc.record({
        order: fc.constant(order),
        turns: shuffledTwice(order.shipments.length + order.cancelled.length),
      }),
    );
    fc.assert(
      fc.property(drawn, ({ order, turns }) => {
        const { shipments, cancelled } = order;
        const last = order.last % shipments.length;
        const captures = shipments.map((amount, index): Command => {
          const finalTotal = index === last ? total(shipments) : null;
          const named = { orderId, captureId: `ship_${index}`, shipmentId: `shp_${index}` };
          return (account) => decideCapture(account, { ...named, amount, finalTotal });
        });
        const decreases = cancelled.map(
          (by, index): Command =>
            (account) =>
              decideAdjustHold(account, { orderId, adjustmentId: `cancel_${index}`, by: -by }),
        );
        const commands = [...captures, ...decreases];
        const ended = run(
          accountFor(order),
          turns.flatMap((turn) => commands[turn] ?? []),
        );
        const { [orderId]: hold, other } = ended.holds;
        expect(ended).toMatchObject({ held: 50, capturedUnpaid: total(shipments) });
        expect(hold && [hold.state, hold.amount, capturedOf(hold)]).toEqual([
          'SETTLED',
          total(shipments),
          total(shipments),
        ]);
        expect(other).toMatchObject({ state: 'HELD', amount: 50 });
      }),
      { numRuns: 400 },
    );
  });

  test.each<[string, Command, Command]>([
    [
      'a capture and its refund',
      (account) =>
        decideCapture(account, {
          ...{ orderId, captureId: 'ship_0', shipmentId: 'shp_0' },
          ...{ amount: 30, finalTotal: null },
        }),
      (account) => decideRefund(account, { orderId, captureId: 'ship_0', shipmentId: 'shp_0' }),
    ],
    [
      'an increase and its undo',
      (account) => decideAdjustHold(account, { orderId, adjustmentId: 'rev_0', by: 30 }),
      (account) => decideRevokeIncrease(account, { orderId, adjustmentId: 'rev_0' }),
    ],
  ])('%s leave the totals as they were, in any order and number', (_what, make, undo) => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), (turns) => {
        const before = accountFor({ shipments: [40], cancelled: [], surplus: 0, last: 0 });
        const commands = [...turns.map((isUndo) => (isUndo ? undo : make)), undo, make];
        const after = commands.reduce(
          (account, command) => command(account).events.reduce(evolveAccount, account),
          before,
        );
        expect({ ...after, holds: {} }).toEqual({ ...before, holds: {} });
        expect(make(after).answer).toEqual({ kind: 'refused', reason: 'RELEASED_EARLIER' });
      }),
    );
  });
});
