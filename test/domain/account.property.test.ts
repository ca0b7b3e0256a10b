import fc from 'fast-check';
import {
  type Account,
  type AccountEvent,
  availableCredit,
  decideHoldCredit,
  decideReleaseCredit,
  decideSetAccount,
  evolveAccount,
  unopenedAccount,
} from '../../src/domain/credit/account';
import { throughJson } from './inventory-samples';

const ORDERS = 6;

/** An order's content belongs to its id: the same order always asks for the same amount. */
const commands = fc.record({
  amounts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: ORDERS, maxLength: ORDERS }),
  steps: fc.array(
    fc.oneof(
      { weight: 1, arbitrary: fc.record({ do: fc.constant('set' as const), limit: fc.nat(150) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('hold' as const), order: fc.nat(ORDERS - 1) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), order: fc.nat(ORDERS - 1) }) },
    ),
    { maxLength: 40 },
  ),
});
type Commands = typeof commands extends fc.Arbitrary<infer Drawn> ? Drawn : never;
type Step = Commands['steps'][number];

/** Beside the account: which orders hold what, by the answers alone. */
interface Play {
  account: Account;
  readonly log: AccountEvent[];
  readonly holding: Map<string, number>;
  readonly over: Set<string>;
  limit: number;
}

function decide(account: Account, step: Step, amounts: readonly number[]) {
  switch (step.do) {
    case 'set':
      return decideSetAccount(account, { currency: 'EUR', limit: step.limit });
    case 'hold':
      return decideHoldCredit(account, {
        orderId: `ord_${step.order}`,
        currency: 'EUR',
        amount: amounts[step.order] ?? 0,
      });
    case 'release':
      return decideReleaseCredit(account, { orderId: `ord_${step.order}` });
  }
}

function note(play: Play, step: Step, isDone: boolean, amounts: readonly number[]): void {
  if (step.do === 'set') play.limit = step.limit;
  if (step.do === 'release') {
    play.holding.delete(`ord_${step.order}`);
    play.over.add(`ord_${step.order}`);
  }
  if (step.do === 'hold' && isDone) {
    const id = `ord_${step.order}`;
    expect(play.over.has(id)).toBe(false);
    const isNew = !play.holding.has(id);
    play.holding.set(id, amounts[step.order] ?? 0);
    if (isNew) expect(total(play)).toBeLessThanOrEqual(play.limit);
  }
}

function total({ holding }: Play): number {
  return [...holding.values()].reduce((sum, amount) => sum + amount, 0);
}

function run({ amounts, steps }: Commands): Play {
  const play: Play = {
    account: unopenedAccount('ada'),
    log: [],
    holding: new Map(),
    over: new Set(),
    limit: 0,
  };
  for (const step of steps) {
    const { answer, events } = decide(play.account, step, amounts);
    play.account = events.reduce(evolveAccount, play.account);
    play.log.push(...events);
    note(play, step, answer.kind === 'done', amounts);
    expect(play.account.held).toBe(total(play));
    expect(decide(play.account, step, amounts)).toEqual({ answer, events: [] });
  }
  return play;
}

describe('whatever is set, held and released', () => {
  test('credit is held within the limit of that moment, for each order once, and is exactly what the holds sum up to', () => {
    let heldByAnyone = 0;
    fc.assert(
      fc.property(commands, (drawn) => {
        const play = run(drawn);
        heldByAnyone += play.holding.size;
        expect(availableCredit(play.account)).toBe(play.limit - total(play));
      }),
      { numRuns: 400 },
    );
    expect(heldByAnyone).toBeGreaterThan(0);
  });

  test('I2: folding the log from scratch, through JSON, gives the very account', () => {
    fc.assert(
      fc.property(commands, (drawn) => {
        const { log, account } = run(drawn);
        const kept = throughJson(log);
        expect(kept).toEqual(log);
        expect(kept.reduce(evolveAccount, unopenedAccount('ada'))).toEqual(account);
      }),
      { numRuns: 200 },
    );
  });

  test('I3: once every order was released nothing is held, and no hold comes back', () => {
    fc.assert(
      fc.property(commands, (drawn) => {
        const all = Array.from({ length: ORDERS }, (_, order) => order);
        const releases = all.map((order): Step => ({ do: 'release', order }));
        const late = all.map((order): Step => ({ do: 'hold', order }));
        const { account } = run({ ...drawn, steps: [...drawn.steps, ...releases, ...late] });
        expect(account.held).toBe(0);
        expect(Object.values(account.holds).map(({ state }) => state)).toEqual(all.map(() => 'RELEASED'));
      }),
      { numRuns: 200 },
    );
  });

  test('I6: every hold and release again, at any later time, changes nothing, and a hold is only refused after its release', () => {
    fc.assert(
      fc.property(commands, ({ amounts, steps }) => {
        const { account, holding, over } = run({ amounts, steps });
        for (const order of Array.from({ length: ORDERS }, (_, index) => index)) {
          const id = `ord_${order}`;
          const { answer, events } = decide(account, { do: 'hold', order }, amounts);
          if (holding.has(id)) expect({ answer, events }).toEqual({ answer: { kind: 'done' }, events: [] });
          if (over.has(id)) {
            expect({ answer, events }).toEqual({
              answer: { kind: 'refused', reason: 'RELEASED_EARLIER' },
              events: [],
            });
            expect(decide(account, { do: 'release', order }, amounts).events).toEqual([]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
