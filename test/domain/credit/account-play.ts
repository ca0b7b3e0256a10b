import fc from 'fast-check';
import {
  type Account,
  type AccountEvent,
  decideHoldCredit,
  decideReleaseCredit,
  decideSetAccount,
  evolveAccount,
  unopenedAccount,
} from '../../../src/domain/credit/account';
import { decideAdjustHold, decideRevokeIncrease } from '../../../src/domain/credit/adjust';
import { decideCapture, decideRefund } from '../../../src/domain/credit/capture';
import { decidePay } from '../../../src/domain/credit/pay';
import { decideRefundReturn } from '../../../src/domain/credit/refund';
import type { Decision, StepAnswer } from '../../../src/domain/decision';

export const ORDERS = 3;
const CAPTURES = 4;
/** Two of four capture commands are about the same shipment. */
const SHIPMENTS = 3;
const CHANGES = 3;
const PAYMENTS = 4;

type Kind = 'hold' | 'release' | 'capture' | 'refund' | 'return' | 'adjust' | 'revoke' | 'pay';
/** A step of a play. `which` numbers the command of that kind within its order: equal numbers mean the same command. */
export type Step =
  | { readonly do: 'set'; readonly limit: number }
  | { readonly do: Kind; readonly order: number; readonly which: number };

/** The content of the commands. It belongs to their ids, so it is drawn once for a play. */
export interface Content {
  readonly totals: readonly number[];
  readonly captures: readonly { readonly amount: number; readonly finalTotal: number | null }[];
  readonly changes: readonly number[];
  readonly payments: readonly number[];
  readonly returns: readonly number[];
}

const times = <T>(count: number, one: fc.Arbitrary<T>) =>
  fc.array(one, { minLength: count, maxLength: count });

export const content: fc.Arbitrary<Content> = fc.record({
  totals: times(ORDERS, fc.integer({ min: 1, max: 50 })),
  captures: times(
    ORDERS * CAPTURES,
    fc.record({ amount: fc.nat(30), finalTotal: fc.option(fc.nat(60), { freq: 3 }) }),
  ),
  changes: times(ORDERS * CHANGES, fc.integer({ min: -25, max: 25 })),
  payments: times(ORDERS * PAYMENTS, fc.integer({ min: 1, max: 80 })),
  returns: times(ORDERS * CAPTURES, fc.integer({ min: 1, max: 8 })),
});

const kinds: readonly (readonly [Kind, number])[] = [
  ['hold', 5],
  ['release', 1],
  ['capture', 7],
  ['refund', 2],
  ['return', 4],
  ['adjust', 4],
  ['revoke', 2],
  ['pay', 2],
];

/** The account mostly exists from the start: without it every step is refused. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.array(step(), { minLength: 5, maxLength: 50 }))
  .map(([drawn, taken]) => (drawn > 0 ? [{ do: 'set', limit: 120 }, ...taken] : taken));

function step(): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), limit: fc.nat(150) }) },
    ...kinds.map(([kind, weight]) => ({
      weight,
      arbitrary: fc.record({ do: fc.constant(kind), order: fc.nat(ORDERS - 1), which: fc.nat(3) }),
    })),
  );
}

/** Decides a step's command on an account. */
export function decide(account: Account, step: Step, said: Content): Decision<StepAnswer, AccountEvent> {
  if (step.do === 'set') return decideSetAccount(account, { currency: 'EUR', limit: step.limit });
  const { order, which } = step;
  const orderId = `ord_${order}`;
  switch (step.do) {
    case 'hold':
      return decideHoldCredit(account, { orderId, currency: 'EUR', amount: said.totals[order] ?? 0 });
    case 'release':
      return decideReleaseCredit(account, { orderId });
    case 'capture': {
      const { amount, finalTotal } = captureSaid(said, order, which);
      return decideCapture(account, { orderId, ...captureNames(which), amount, finalTotal });
    }
    case 'refund':
      return decideRefund(account, { orderId, ...captureNames(which) });
    case 'return':
      return decideRefundReturn(account, {
        orderId,
        returnId: `ret_${which}`,
        amount: returnSaid(said, order, which),
      });
    case 'adjust':
      return decideAdjustHold(account, {
        orderId,
        adjustmentId: `rev_${which % CHANGES}`,
        by: changeSaid(said, order, which),
      });
    case 'revoke':
      return decideRevokeIncrease(account, { orderId, adjustmentId: `rev_${which % CHANGES}` });
    case 'pay':
      return decidePay(account, {
        paymentId: `pay_${order}_${which}`,
        amount: paymentSaid(said, order, which),
      });
  }
}

const captureNames = (which: number) => ({
  captureId: `ship_${which}`,
  shipmentId: `shp_${which % SHIPMENTS}`,
});
const captureSaid = ({ captures }: Content, order: number, which: number) =>
  captures[order * CAPTURES + which] ?? { amount: 0, finalTotal: null };
const returnSaid = ({ returns }: Content, order: number, which: number) =>
  returns[order * CAPTURES + which] ?? 1;
const changeSaid = ({ changes }: Content, order: number, which: number) =>
  changes[order * CHANGES + (which % CHANGES)] ?? 0;
const paymentSaid = ({ payments }: Content, order: number, which: number) =>
  payments[order * PAYMENTS + which] ?? 0;

/** The credit that one order was granted and has given back, by the answers alone. */
interface Book {
  isReleased: boolean;
  /** The granted credit: its total and increases, less its decreases. */
  granted: number;
  settledAt: number | null;
  readonly captured: Map<number, number>;
  readonly refunded: Set<number>;
  readonly returned: Map<number, number>;
  readonly changed: Map<number, number>;
  readonly revoked: Set<number>;
}

/** An account beside the sums of its answers. */
export interface Play {
  account: Account;
  readonly log: AccountEvent[];
  readonly books: Map<number, Book>;
  readonly paid: Map<string, number>;
  limit: number;
  /** The number of effective steps of each kind. */
  readonly done: Map<Step['do'], number>;
}

const sum = (amounts: Iterable<number>) => [...amounts].reduce((all, amount) => all + amount, 0);

export function heldByBook({ isReleased, granted, settledAt, captured }: Book): number {
  return isReleased ? 0 : (settledAt ?? granted) - sum(captured.values());
}

export const heldByBooks = ({ books }: Play) => sum([...books.values()].map(heldByBook));
export const capturedByBooks = ({ books }: Play) =>
  sum([...books.values()].map(({ captured, returned }) => sum(captured.values()) - sum(returned.values())));
export const returnedByBooks = ({ books }: Play) =>
  sum([...books.values()].map(({ returned }) => sum(returned.values())));
export const paidByBooks = ({ paid }: Play) => sum(paid.values());

/** Plays steps one after the other, and checks after each step that the account equals the sums of the answers. */
export function play(said: Content, taken: readonly Step[]): Play {
  const it: Play = {
    account: unopenedAccount('ada'),
    log: [],
    books: new Map(),
    paid: new Map(),
    limit: 0,
    done: new Map(),
  };
  for (const step of taken) takeStep(it, step, said);
  return it;
}

function takeStep(it: Play, step: Step, said: Content): void {
  const { answer, events } = decide(it.account, step, said);
  it.account = events.reduce(evolveAccount, it.account);
  it.log.push(...events);
  if (answer.kind === 'refused') expect(events).toEqual([]);
  else {
    if (events.length > 0) it.done.set(step.do, (it.done.get(step.do) ?? 0) + 1);
    const isGrant = note(it, step, said);
    if (isGrant)
      expect(heldByBooks(it) + capturedByBooks(it) - paidByBooks(it)).toBeLessThanOrEqual(it.limit);
  }
  const { held, capturedUnpaid } = it.account;
  const owed = capturedByBooks(it) - paidByBooks(it);
  expect([held, capturedUnpaid]).toEqual([heldByBooks(it), owed]);
  expect(Math.min(0, ...[...it.books.values()].map(heldByBook))).toBe(0);
  expect(decide(it.account, step, said)).toMatchObject({ answer, events: [] });
}

/** Enters a completed step into the books. Returns true when the step has granted new credit. */
function note(it: Play, step: Step, said: Content): boolean {
  if (step.do === 'set') {
    it.limit = step.limit;
    return false;
  }
  const { order, which } = step;
  if (step.do === 'pay') {
    it.paid.set(`${order}/${which}`, paymentSaid(said, order, which));
    return false;
  }
  const book = it.books.get(order);
  if (!book) return begin(it, step, said);
  return noteInBook(book, step, said);
}

function begin(it: Play, step: Exclude<Step, { do: 'set' }>, said: Content): boolean {
  if (step.do !== 'hold' && step.do !== 'release') return false;
  it.books.set(step.order, {
    isReleased: step.do === 'release',
    granted: step.do === 'hold' ? (said.totals[step.order] ?? 0) : 0,
    settledAt: null,
    captured: new Map(),
    refunded: new Set(),
    returned: new Map(),
    changed: new Map(),
    revoked: new Set(),
  });
  return step.do === 'hold';
}

function noteInBook(book: Book, step: Exclude<Step, { do: 'set' }>, said: Content): boolean {
  const { order, which } = step;
  const change = which % CHANGES;
  const isOver = book.isReleased || book.settledAt !== null;
  switch (step.do) {
    case 'hold':
      expect(book.isReleased).toBe(false);
      return false;
    case 'release':
      book.isReleased = true;
      return false;
    case 'capture':
      noteCapture(book, which, captureSaid(said, order, which));
      return false;
    case 'refund':
      book.captured.delete(which);
      if (!book.isReleased) book.refunded.add(which);
      return false;
    case 'return':
      if (book.returned.has(which)) return false;
      book.returned.set(which, returnSaid(said, order, which));
      expect(sum(book.returned.values())).toBeLessThanOrEqual(sum(book.captured.values()));
      return false;
    case 'adjust': {
      const by = changeSaid(said, order, which);
      if (by === 0 || book.changed.has(change) || isOver) return false;
      expect(book.revoked.has(change)).toBe(false);
      book.changed.set(change, by);
      book.granted += by;
      return by > 0;
    }
    case 'revoke':
      if (isOver) return false;
      if ((book.changed.get(change) ?? 0) < 0) return false;
      book.granted -= book.changed.get(change) ?? 0;
      book.changed.delete(change);
      book.revoked.add(change);
      return false;
    default:
      throw new Error(`nobody notes ${step.do}`);
  }
}

/** Checks that a capture answered as done is the earlier one or a new one within the hold. */
function noteCapture(book: Book, which: number, said: Content['captures'][number]): void {
  if (book.captured.has(which)) return;
  expect({ over: book.isReleased, refunded: book.refunded.has(which) }).toEqual({
    over: false,
    refunded: false,
  });
  const shipments = [...book.captured.keys()].map((other) => other % SHIPMENTS);
  expect(shipments).not.toContain(which % SHIPMENTS);
  book.captured.set(which, said.amount);
  if (said.finalTotal !== null && book.settledAt === null) {
    expect(said.finalTotal).toBeLessThanOrEqual(book.granted);
    book.settledAt = said.finalTotal;
  }
}
