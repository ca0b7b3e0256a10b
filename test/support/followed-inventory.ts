import { follow } from '../../src/events/subscriptions/follow';
import { subscriptionsOf } from '../../src/main/roles/subscriptions';
import type { SagaFixture } from './saga-fixture';

/** Runs all subscriptions as a relay does. Returns a function that stops it, and throws the error of a handler. */
export function followInventory({ context }: Pick<SagaFixture, 'context'>): () => Promise<void> {
  const stopping = new AbortController();
  const following = Promise.all(
    subscriptionsOf(context, []).map((subscription) =>
      follow(subscription, {
        store: context.stores.subscriptions[subscription.log],
        owner: context.processId,
        signal: stopping.signal,
        onError: (_name, error) => {
          throw error;
        },
      }),
    ),
  );
  return async () => {
    stopping.abort();
    await following;
  };
}
