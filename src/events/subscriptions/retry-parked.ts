import { failureText } from '../../contracts/failure-text';
import { StoppedAt } from './one-by-one';
import { isOutage } from './outage';
import { whileOwned } from './ownership';
import type { Runner } from './runner';
import type { Subscription } from './subscription';

const MOST_AT_ONCE = 20;

/**
 * Handles the parked events again that an operator has asked for, one by one. An event that fails again stays parked.
 * Only reactions retry: a projection cannot fold an event out of its order, and is reset instead.
 * @throws the error of an outage: the request stays
 */
export async function retryParked(runner: Runner, subscription: Subscription): Promise<void> {
  const { store, owner } = runner;
  const { name, handler } = subscription;
  if (handler.kind !== 'reaction') return;
  const events = await store.parked.toRetry(name, MOST_AT_ONCE);
  if (events.length === 0 || !(await store.claim(subscription, owner))) return;
  for (const event of events) {
    try {
      await whileOwned(runner, name, (signal) => handler.react([event], signal));
      await store.parked.handled(name, event);
    } catch (error) {
      const cause = error instanceof StoppedAt ? error.cause : error;
      if (isOutage(cause) || runner.signal.aborted) throw cause;
      await store.parked.failedAgain(name, event, failureText(cause));
    }
  }
}
