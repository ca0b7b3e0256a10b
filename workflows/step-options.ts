import type { LocalActivityOptions } from '@temporalio/workflow';

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
