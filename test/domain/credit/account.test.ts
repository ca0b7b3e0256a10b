import {
  type Account,
  type AccountEvent,
  availableCredit,
  decideHoldCredit,
  decideReleaseCredit,
  decideSetAccount,
  evolveAccount,
  unopenedAccount,
} from '../../../src/domain/credit/account';

const set = (limit: number, currency = 'EUR'): AccountEvent => ({
  type: 'credit.account-set.v1',
  data: { currency, limit },
});
const held = (orderId: string, amount: number): AccountEvent => ({
  type: 'credit.credit-held.v1',
  data: { orderId, amount },
});
const released = (orderId: string): AccountEvent => ({
  type: 'credit.credit-released.v1',
  data: { orderId },
});
const forestalled = (orderId: string): AccountEvent => ({
  type: 'credit.hold-forestalled.v1',
  data: { orderId },
});

const given = (...events: AccountEvent[]): Account => events.reduce(evolveAccount, unopenedAccount('ada'));
const hold = (orderId: string, amount: number, currency = 'EUR') => ({ orderId, amount, currency });
const refusal = (reason: string, detail?: string) => ({ kind: 'refused', reason, ...(detail && { detail }) });

/** Decides twice: the second time on the state that the first decision leaves. */
function twice<Answer>(
  account: Account,
  decide: (account: Account) => { answer: Answer; events: readonly AccountEvent[] },
) {
  const first = decide(account);
  const second = decide(first.events.reduce(evolveAccount, account));
  expect(second).toEqual({ answer: first.answer, events: [] });
  return first;
}

describe('holding credit', () => {
  test('up to the limit, to the last cent', () => {
    const { answer, events } = twice(given(set(100)), (account) =>
      decideHoldCredit(account, hold('ord_1', 100)),
    );
    expect(answer).toEqual({ kind: 'done' });
    expect(events).toEqual([held('ord_1', 100)]);
  });

  test.each<[string, AccountEvent[], ReturnType<typeof hold>, object]>([
    ['a customer without an account', [], hold('ord_1', 1), refusal('UNKNOWN_CUSTOMER')],
    [
      'a cent above the limit',
      [set(100)],
      hold('ord_1', 101),
      refusal('CREDIT_LIMIT_EXCEEDED', 'EUR 1.01 asked, EUR 1.00 available'),
    ],
    [
      'a cent above what other orders leave',
      [set(100), held('ord_0', 60)],
      hold('ord_1', 41),
      refusal('CREDIT_LIMIT_EXCEEDED', 'EUR 0.41 asked, EUR 0.40 available'),
    ],
    [
      'a limit lowered below what is held',
      [set(100), held('ord_0', 60), set(50)],
      hold('ord_1', 1),
      refusal('CREDIT_LIMIT_EXCEEDED', 'EUR 0.01 asked, EUR -0.10 available'),
    ],
    [
      'another currency, before the limit is looked at',
      [set(100)],
      hold('ord_1', 101, 'USD'),
      refusal('CURRENCY_MISMATCH', 'the account is in EUR'),
    ],
    [
      'an order that was released',
      [set(100), held('ord_1', 9), released('ord_1')],
      hold('ord_1', 9),
      refusal('RELEASED_EARLIER'),
    ],
    [
      'an order whose release came first',
      [set(100), forestalled('ord_1')],
      hold('ord_1', 9),
      refusal('RELEASED_EARLIER'),
    ],
  ])('is refused: %s', (_name, events, request, answer) => {
    expect(twice(given(...events), (account) => decideHoldCredit(account, request))).toEqual({
      answer,
      events: [],
    });
  });

  test('what is captured and not paid yet takes up credit too', () => {
    const account = { ...given(set(100), held('ord_0', 30)), capturedUnpaid: 50 };
    expect(availableCredit(account)).toBe(20);
    expect(decideHoldCredit(account, hold('ord_1', 20)).answer).toEqual({ kind: 'done' });
    expect(decideHoldCredit(account, hold('ord_1', 21)).answer).toMatchObject(
      refusal('CREDIT_LIMIT_EXCEEDED'),
    );
  });

  test('a retry does not count its own hold against the limit', () => {
    const account = given(set(100), held('ord_1', 100));
    expect(decideHoldCredit(account, hold('ord_1', 100))).toEqual({ answer: { kind: 'done' }, events: [] });
  });

  test('a retry is done even where the limit was lowered meanwhile', () => {
    const account = given(set(100), held('ord_1', 100), set(0));
    expect(decideHoldCredit(account, hold('ord_1', 100))).toEqual({ answer: { kind: 'done' }, events: [] });
  });
});

describe('releasing credit', () => {
  test('gives back what was held', () => {
    const account = given(set(100), held('ord_1', 40), held('ord_2', 5));
    const { answer, events } = twice(account, (one) => decideReleaseCredit(one, { orderId: 'ord_1' }));
    expect(answer).toEqual({ kind: 'done' });
    expect(events).toEqual([released('ord_1')]);
    expect(events.reduce(evolveAccount, account)).toMatchObject({
      held: 5,
      holds: {
        ord_1: { orderId: 'ord_1', amount: 40, state: 'RELEASED' },
        ord_2: { orderId: 'ord_2', amount: 5, state: 'HELD' },
      },
    });
  });

  test.each([
    ['nothing was held', [set(100)]],
    ['there is no account', []],
  ])('leaves a tombstone where %s', (_name, events) => {
    const { answer, events: left } = twice(given(...events), (one) =>
      decideReleaseCredit(one, { orderId: 'ord_1' }),
    );
    expect(answer).toEqual({ kind: 'done' });
    expect(left).toEqual([forestalled('ord_1')]);
  });

  test('a tombstone outlasts the opening of the account', () => {
    const account = given(forestalled('ord_1'), set(100));
    expect(account).toMatchObject({ held: 0, limit: 100 });
    expect(decideHoldCredit(account, hold('ord_1', 1)).answer).toEqual(refusal('RELEASED_EARLIER'));
  });
});

describe('opening an account', () => {
  test('is done once', () => {
    const { answer, events } = twice(given(), (one) =>
      decideSetAccount(one, { currency: 'EUR', limit: 100 }),
    );
    expect({ answer, events }).toEqual({ answer: { kind: 'done' }, events: [set(100)] });
  });

  test('with a limit of nothing is still an account', () => {
    const { events } = decideSetAccount(given(), { currency: 'EUR', limit: 0 });
    expect(events).toEqual([set(0)]);
    expect(given(...events).currency).toBe('EUR');
  });

  test('a limit may fall below what is held, and takes nothing back', () => {
    const account = given(set(100), held('ord_1', 80));
    const { events } = twice(account, (one) => decideSetAccount(one, { currency: 'EUR', limit: 10 }));
    expect(events.reduce(evolveAccount, account)).toMatchObject({
      limit: 10,
      held: 80,
      holds: account.holds,
    });
  });

  test('the currency never changes', () => {
    const { answer, events } = twice(given(set(100)), (one) =>
      decideSetAccount(one, { currency: 'USD', limit: 100 }),
    );
    expect(answer).toEqual(refusal('CURRENCY_MISMATCH', 'the account is in EUR'));
    expect(events).toEqual([]);
  });
});
