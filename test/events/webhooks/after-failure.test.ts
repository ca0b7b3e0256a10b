import {
  afterFailure,
  type FailedAttempt,
  USUAL_DELIVERY_TIMES,
} from '../../../src/events/webhooks/after-failure';

const HOUR = 3_600_000;
const FAILED: FailedAttempt = {
  status: 500,
  retryAfterMs: null,
  attempts: 0,
  ageMs: 0,
  isOvertaken: false,
  failures: 0,
};
const after = (changes: Partial<FailedAttempt>, random = 0) =>
  afterFailure({ ...FAILED, ...changes }, USUAL_DELIVERY_TIMES, random);

test('the pause of an endpoint doubles from five seconds to six hours', () => {
  const pauses = [0, 1, 2, 12, 13, 500].map((failures) => after({ failures }).pauseMs);
  expect(pauses).toEqual([5_000, 10_000, 20_000, 20_480_000, 6 * HOUR, 6 * HOUR]);
});

test('jitter shortens a pause by up to a quarter', () => {
  expect(after({}, 1).pauseMs).toBe(3_750);
  expect(after({ isOvertaken: true }, 1).retryInMs).toBe(3_750);
});

test('Retry-After lengthens a pause, to six hours at most', () => {
  expect(after({ retryAfterMs: 60_000 }).pauseMs).toBe(60_000);
  expect(after({ retryAfterMs: 1_000 }).pauseMs).toBe(5_000);
  expect(after({ retryAfterMs: 1e12 }).pauseMs).toBe(6 * HOUR);
});

test('a message waits alone once the endpoint has accepted a later one, and is given up after three days', () => {
  const alone = { isOvertaken: true, attempts: 3 };
  expect(after(alone)).toEqual({ retryInMs: 40_000, pauseMs: null, disabledReason: null });
  expect(after({ ...alone, ageMs: 72 * HOUR })).toMatchObject({ retryInMs: null });
});

test('a message of an endpoint that accepts nothing is never given up', () => {
  expect(after({ ageMs: 9_000 * HOUR, attempts: 900 }).retryInMs).toBe(0);
});

test('there are more than twenty attempts in three days', () => {
  let attempts = 0;
  for (let at = 0; at < 72 * HOUR; attempts++) at += after({ isOvertaken: true, attempts }).retryInMs ?? 0;
  expect(attempts).toBeGreaterThan(20);
});
