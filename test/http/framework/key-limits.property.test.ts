import fc from 'fast-check';
import {
  afterAnswer,
  decideAdmission,
  type KeyUse,
  limitHeaders,
} from '../../../src/http/framework/key-limits';
import type { KeyLimits } from '../../../src/stores/orders/api-keys';

const seed = Number(process.env.HOLDFAST_TEST_SEED ?? Date.now() % 2 ** 31);

const limit = fc.option(fc.integer({ min: 1, max: 20 }));
const anyLimits = fc.record({ requestsPerSecond: limit, concurrency: limit });
/** The events of a key: a request, or the end of one, after a pause in ms. */
const events = fc.array(
  fc.record({ pause: fc.constantFrom(0, 0, 0, 1, 10, 100, 999, 5_000), isEnd: fc.boolean() }),
  { maxLength: 200 },
);

interface Seen {
  readonly at: number;
  readonly isAdmitted: boolean;
  /** The open requests before the decision. */
  readonly open: number;
  readonly waitMs: number;
}

/** Plays events; an end without an open request is left out. */
function play(limits: KeyLimits, happened: readonly { pause: number; isEnd: boolean }[]) {
  let use: KeyUse | undefined;
  let at = 0;
  let open = 0;
  const seen: Seen[] = [];
  for (const { pause, isEnd } of happened) {
    at += pause;
    if (isEnd && use && open > 0) {
      use = afterAnswer(use);
      open -= 1;
    }
    if (isEnd) continue;
    const admission = decideAdmission(limits, use, at);
    use = admission.use;
    const isAdmitted = admission.kind === 'admitted';
    seen.push({ at, isAdmitted, open, waitMs: isAdmitted ? 0 : admission.waitMs });
    if (isAdmitted) open += 1;
  }
  return { seen, use, at, open };
}

describe(`the limits of a key (seed ${seed})`, () => {
  const check = (name: string, holds: (limits: KeyLimits, played: ReturnType<typeof play>) => void) =>
    test(name, () => {
      fc.assert(
        fc.property(anyLimits, events, (limits, happened) => holds(limits, play(limits, happened))),
        { seed },
      );
    });

  check(
    'admit in any period a second’s worth of requests and those of the period, at most',
    (limits, { seen }) => {
      const rate = limits.requestsPerSecond;
      const admitted = seen.filter(({ isAdmitted }) => isAdmitted).map(({ at }) => at);
      if (rate !== null)
        for (const [first, from] of admitted.entries())
          for (const [last, to] of admitted.entries())
            if (last >= first)
              expect(last - first + 1).toBeLessThanOrEqual(rate + (rate * (to - from)) / 1_000 + 1e-6);
    },
  );

  check(
    'leave at most as many requests open as allowed, and refuse none for it below that',
    (limits, { seen }) => {
      const most = limits.concurrency ?? Number.POSITIVE_INFINITY;
      for (const { open, isAdmitted } of seen) {
        if (isAdmitted) expect(open).toBeLessThan(most);
        else if (limits.requestsPerSecond === null) expect(open).toBe(most);
      }
    },
  );

  check(
    'admit the request that waits as long as it was told, once the others are answered',
    (limits, played) => {
      const refused = played.seen.at(-1);
      if (!played.use || !refused || refused.isAdmitted) return;
      expect(refused.waitMs).toBeGreaterThan(0);
      let idle = played.use;
      for (let left = played.open; left > 0; left--) idle = afterAnswer(idle);
      expect(decideAdmission(limits, idle, refused.at + refused.waitMs + 1e-6).kind).toBe('admitted');
    },
  );

  check('count open requests exactly, and announce what is left of each limit', (limits, { use, open }) => {
    if (!use) return;
    expect(use.open).toBe(open);
    const { RateLimit = '', 'RateLimit-Policy': policy = '' } = limitHeaders(limits, use);
    const left = (name: string) => new RegExp(`"${name}";r=(\\d+)`).exec(RateLimit)?.[1];
    const { requestsPerSecond: rate, concurrency } = limits;
    expect(left('requests')).toBe(rate === null ? undefined : String(Math.floor(use.tokens)));
    expect(left('concurrent')).toBe(concurrency === null ? undefined : String(concurrency - open));
    expect(policy.includes(`"requests";q=${rate};w=1`)).toBe(rate !== null);
    expect(policy.includes(`"concurrent";q=${concurrency};`)).toBe(concurrency !== null);
  });
});
