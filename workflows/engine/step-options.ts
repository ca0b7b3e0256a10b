import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/**
 * The options of steps on our own stores. They are local activities, which cost a tenth of regular ones
 * (docs/decisions/0007-batches-and-slots.md). A step is retried as long as an outage lasts. Past `localRetryThreshold`
 * the retries wait on timers, which add little history.
 */
export const STEP: LocalActivityOptions = {
  startToCloseTimeout: '10 seconds',
  localRetryThreshold: '2 seconds',
  retry: { initialInterval: '50 milliseconds', maximumInterval: '5 seconds' },
};

/** A call without retries: its outcome must be looked up before a repeat, because a dying worker leaves it unknown. */
export const ONCE: ActivityOptions = { startToCloseTimeout: '8 seconds', retry: { maximumAttempts: 1 } };

/** A lookup. It changes nothing, so it is retried. After the last attempt the third party counts as unreachable. */
export const LOOK_UP: ActivityOptions = {
  startToCloseTimeout: '8 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '2 seconds', maximumAttempts: 4 },
};

/** A cancellation, retried until third parties confirm it. The activity itself gives up after the set patience. */
export const CANCEL: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
};
