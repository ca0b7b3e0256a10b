import { failureText } from '../../../src/contracts/failure-text';
import { follow } from '../../../src/events/subscriptions/follow';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../../src/stores/log/event-rows';
import type { Stores } from '../../../src/stores/stores';

/** Returns a subscription that reports each batch which its reaction has handled. */
export function observed(
  subscription: Subscription,
  onHandled: (events: readonly PositionedEvent[]) => void,
): Subscription {
  const { handler } = subscription;
  if (handler.kind !== 'reaction') throw new TypeError(`${subscription.name} is no reaction`);
  return {
    ...subscription,
    handler: {
      ...handler,
      async react(events, signal) {
        await handler.react(events, signal);
        onHandled(events);
      },
    },
  };
}

const LONGEST_MS = 120_000;

/**
 * Follows a log in this process until a subscription has handled a number of events. A failure is printed and tried again.
 * @throws Error when that takes longer than two minutes
 */
export async function drain(stores: Stores, subscription: Subscription, count: number): Promise<void> {
  const stopping = new AbortController();
  const tooLate = setTimeout(() => stopping.abort(), LONGEST_MS);
  let left = count;
  const counted = observed(subscription, (events) => {
    left -= events.length;
    if (left <= 0) stopping.abort();
  });
  await follow(counted, {
    store: stores.subscriptions[subscription.log],
    owner: `bench-${process.pid}`,
    signal: stopping.signal,
    onError: (name, error) => console.error(`${name}: ${failureText(error)}`),
  });
  clearTimeout(tooLate);
  if (left > 0) throw new Error(`${subscription.name} has left ${left} of ${count} events`);
}
