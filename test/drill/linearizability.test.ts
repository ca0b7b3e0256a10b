import {
  describeNotLinearizable,
  findNotLinearizable,
  type StockCall,
} from '../../scripts/drill/checks/linearizability';
import { DrillRandom } from '../../scripts/drill/drill-random';

const SEED = Number(process.env.HOLDFAST_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const HISTORIES = 60;

type Span = readonly [calledAt: number, returnedAt?: number];

let calls = 0;

function reserve(
  quantity: number,
  [calledAt, returnedAt]: Span,
  outcome?: StockCall['outcome'],
  available?: number,
): StockCall {
  return { id: calls++, kind: 'reserve', quantity, calledAt, returnedAt, outcome, available };
}

function release(quantity: number, [calledAt, returnedAt]: Span): StockCall {
  return {
    id: calls++,
    kind: 'release',
    quantity,
    calledAt,
    returnedAt,
    outcome: returnedAt === undefined ? undefined : 'granted',
  };
}

describe('the linearizability of one item', () => {
  test('holds for calls one after the other', () => {
    const history = [
      reserve(2, [0, 1], 'granted'),
      reserve(2, [2, 3], 'refused', 1),
      release(2, [4, 5]),
      reserve(3, [6, 7], 'granted'),
    ];
    expect(findNotLinearizable(3, history)).toBeUndefined();
  });

  test('holds where concurrent calls can be put in some order', () => {
    const history = [
      reserve(3, [0, 10], 'granted'),
      release(3, [11, 20]),
      // Granted out of the released units, although it returns first.
      reserve(2, [12, 13], 'granted'),
      reserve(2, [14, 15], 'refused', 1),
    ];
    expect(findNotLinearizable(3, history)).toBeUndefined();
  });

  test('an oversell is found', () => {
    const history = [
      reserve(2, [0, 1], 'granted'),
      reserve(2, [0, 2], 'granted'),
      reserve(1, [3, 4], 'refused', 0),
    ];
    const found = findNotLinearizable(3, history);
    expect(found).toEqual({ call: history[1], possible: [1] });
    expect(found && describeNotLinearizable(found, history)).toContain('reserve 2 granted [0-2]');
  });

  test('a lost release is found by the refusal that follows', () => {
    const history = [reserve(3, [0, 1], 'granted'), release(3, [2, 3]), reserve(1, [4, 5], 'refused', 0)];
    expect(findNotLinearizable(3, history)).toEqual({ call: history[2], possible: [3] });
  });

  test('a refusal that names a number which was never left is found', () => {
    const history = [reserve(1, [0, 1], 'granted'), reserve(5, [2, 3], 'refused', 1)];
    expect(findNotLinearizable(3, history)?.call).toBe(history[1]);
  });
});

describe('a history of one item', () => {
  test('a refusal while enough was left is found, whatever it says', () => {
    const history = [reserve(1, [0, 1], 'granted'), reserve(2, [2, 3], 'refused')];
    expect(findNotLinearizable(3, history)).toEqual({ call: history[1], possible: [2] });
  });

  test('a release counts twice nowhere', () => {
    const history = [
      reserve(3, [0, 1], 'granted'),
      release(3, [2, 3]),
      reserve(3, [4, 5], 'granted'),
      reserve(3, [6, 7], 'granted'),
    ];
    expect(findNotLinearizable(3, history)?.call).toBe(history[3]);
  });

  test('a call without an answer may have had its effect, or not, or later', () => {
    const unanswered = reserve(3, [0]);
    expect(findNotLinearizable(3, [unanswered, reserve(3, [1, 2], 'granted')])).toBeUndefined();
    expect(findNotLinearizable(3, [unanswered, reserve(1, [1, 2], 'refused', 0)])).toBeUndefined();
    const refused = reserve(1, [1, 2], 'refused', 0);
    const after = reserve(1, [3, 4], 'granted');
    expect(findNotLinearizable(3, [unanswered, refused, after])?.call).toBe(after);
    expect(findNotLinearizable(3, [unanswered, refused, release(3, [2.5]), after])).toBeUndefined();
  });

  test(`what one counter answers is linearizable, and not with one answer turned (seed ${SEED})`, () => {
    const random = new DrillRandom(SEED);
    let turned = 0;
    for (let history = 0; history < HISTORIES; history++) {
      const played = playHistory(random.fork(`history ${history}`));
      expect(findNotLinearizable(SUPPLY, played)).toBeUndefined();
      // A refusal of more than the supply: once it is changed into a grant, no order explains it.
      const hopeless = played.findIndex(
        ({ outcome, quantity }) => outcome === 'refused' && quantity > SUPPLY,
      );
      if (hopeless < 0) continue;
      turned += 1;
      const wrong = played.map((call, index) =>
        index === hopeless ? { ...call, outcome: 'granted' as const } : call,
      );
      expect(findNotLinearizable(SUPPLY, wrong)?.call.id).toBe(played[hopeless]?.id);
    }
    expect(turned).toBeGreaterThan(0);
  });
});

const SUPPLY = 4;
const CALLERS = 4;
const CALLS_A_CALLER = 20;

/** Plays callers against one counter: each effect is at a random time between its call and its return. */
function playHistory(random: DrillRandom): readonly StockCall[] {
  interface Step {
    readonly at: number;
    readonly run: () => void;
  }
  const history: StockCall[] = [];
  const steps: Step[] = [];
  let left = SUPPLY;
  for (let caller = 0; caller < CALLERS; caller++) {
    let now = 0;
    let held = 0;
    for (let index = 0; index < CALLS_A_CALLER; index++) {
      const calledAt = now + random.between(1, 20);
      const effectAt = calledAt + random.between(1, 30) + random.below(1_000) / 1_000;
      const returnedAt = effectAt + random.between(1, 30);
      now = returnedAt;
      const quantity = random.between(1, SUPPLY + 1);
      const id = history.length;
      history.push({ id, kind: 'reserve', quantity, calledAt, returnedAt });
      steps.push({
        at: effectAt,
        run: () => {
          const call = history[id] as StockCall;
          if (held > 0) {
            history[id] = { ...call, kind: 'release', quantity: held, outcome: 'granted' };
            left += held;
            held = 0;
          } else if (left >= quantity) {
            history[id] = { ...call, outcome: 'granted' };
            left -= quantity;
            held = quantity;
          } else history[id] = { ...call, outcome: 'refused', available: left };
        },
      });
    }
  }
  for (const step of steps.sort((a, b) => a.at - b.at)) step.run();
  return history;
}
