import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/**
 * Steps on our own stores are local activities: they cost a tenth of a regular one (docs/decisions/0006). An outage is
 * retried as long as it lasts; past the threshold the waiting is done by timers, which cost little history.
 */
export const STEP: LocalActivityOptions = {
  startToCloseTimeout: '10 seconds',
  localRetryThreshold: '2 seconds',
  retry: { initialInterval: '50 milliseconds', maximumInterval: '5 seconds' },
};

/** A call that must not be repeated before its outcome was looked up: a worker that dies leaves it unknown. */
export const ONCE: ActivityOptions = { startToCloseTimeout: '8 seconds', retry: { maximumAttempts: 1 } };

/** Looking changes nothing, so it may be repeated; past this a third party counts as unreachable. */
export const LOOK_UP: ActivityOptions = {
  startToCloseTimeout: '8 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '2 seconds', maximumAttempts: 4 },
};

/** Cancelling is repeated until third parties have confirmed it; the activity itself gives up after the patience set. */
export const CANCEL: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
};
