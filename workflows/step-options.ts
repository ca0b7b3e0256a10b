import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

/**
 * Steps on our own stores are local activities: they cost a tenth of a regular one (docs/decisions). Transient
 * trouble is retried without end, because an order that was accepted must reach an outcome however long a database
 * is away; past the threshold the waiting is done by timers, which cost little history.
 */
export const FORWARD: LocalActivityOptions = {
  startToCloseTimeout: '10 seconds',
  localRetryThreshold: '2 seconds',
  retry: { initialInterval: '50 milliseconds', maximumInterval: '10 seconds' },
};

/** An undo that does not succeed soon leaves the set, so that the others need not wait for it. */
export const UNDO: LocalActivityOptions = {
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '50 milliseconds', maximumInterval: '1 second', maximumAttempts: 5 },
};

/** A call that must not be done again before somebody has looked: a worker that dies leaves its outcome unknown. */
export const ONCE: ActivityOptions = { startToCloseTimeout: '8 seconds', retry: { maximumAttempts: 1 } };

/** Looking changes nothing, so it may be done again; past this, a partner counts as out of reach. */
export const LOOK_UP: ActivityOptions = {
  startToCloseTimeout: '8 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '2 seconds', maximumAttempts: 4 },
};

/** Cancelling looks first at every partner that was asked. What does not succeed soon leaves the saga. */
export const CANCEL: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '1 second', maximumAttempts: 3 },
};

/** Outside the saga there is more time, until an operator has to know. */
export const CANCEL_LATER: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '12 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds', maximumAttempts: 7 },
};
