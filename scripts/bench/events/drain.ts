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

/** Follows a log in this process until a subscription has handled a number of events. */
export async function drain(stores: Stores, subscription: Subscription, count: number): Promise<void> {
  const stopping = new AbortController();
  let left = count;
  let failure: unknown;
  await follow(
    observed(subscription, (events) => {
      left -= events.length;
      if (left <= 0) stopping.abort();
    }),
    {
      store: stores.subscriptions[subscription.log],
      owner: `bench-${process.pid}`,
      signal: stopping.signal,
      onError(_, error) {
        if (stopping.signal.aborted) return;
        failure = error;
        stopping.abort();
      },
    },
  );
  if (failure !== undefined) throw failure;
}
