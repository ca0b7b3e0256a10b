import type { Failure } from '../../stores/webhooks/delivery-store';

/** The times of deliveries, in ms. */
export interface DeliveryTimes {
  /** The time that an endpoint has to answer. */
  readonly timeoutMs: number;
  /** Another relay takes over the endpoints of a dead one after this time. */
  readonly leaseMs: number;
  /** The pause after the first failure. It doubles with each further one, up to `longestRetryMs`. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** A message that fails while others are accepted is given up after this time. */
  readonly giveUpAfterMs: number;
}

export const USUAL_DELIVERY_TIMES: DeliveryTimes = {
  timeoutMs: 15_000,
  leaseMs: 10_000,
  firstRetryMs: 5_000,
  longestRetryMs: 6 * 3_600_000,
  giveUpAfterMs: 3 * 86_400_000,
};

const GONE = 410;

export interface FailedAttempt {
  /** The status of the answer; null without one. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** The attempts at this message before. */
  readonly attempts: number;
  readonly ageMs: number;
  /** True when the endpoint has accepted another message since the first attempt at this one. */
  readonly isOvertaken: boolean;
  /** The failed attempts since the endpoint last accepted a message. */
  readonly failures: number;
}

/**
 * Decides what follows from a failed attempt. A message is at fault when the endpoint has accepted another one since
 * the first attempt: then it alone waits, and is given up in the end. Otherwise the endpoint is at fault: it pauses, and
 * none of its messages is given up.
 * @param random from 0 to 1; shortens a pause by up to a quarter, so that endpoints are not retried all at once
 */
export function afterFailure(attempt: FailedAttempt, times: DeliveryTimes, random: number): Failure {
  const { status, retryAfterMs, attempts, ageMs, isOvertaken, failures } = attempt;
  if (status === GONE) {
    return { retryInMs: 0, pauseMs: 0, disabledReason: 'the endpoint answered 410 Gone' };
  }
  const pauseAfter = (earlier: number) => {
    const backoff = Math.min(times.longestRetryMs, times.firstRetryMs * 2 ** Math.min(earlier, 30));
    const asked = Math.min(retryAfterMs ?? 0, times.longestRetryMs);
    return Math.max(asked, backoff * (1 - random / 4));
  };
  if (!isOvertaken) return { retryInMs: 0, pauseMs: pauseAfter(failures), disabledReason: null };
  const isOver = ageMs >= times.giveUpAfterMs;
  return { retryInMs: isOver ? null : pauseAfter(attempts), pauseMs: null, disabledReason: null };
}
