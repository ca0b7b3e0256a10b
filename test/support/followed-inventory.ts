import { follow } from '../../src/events/follow';
import { inventorySubscriptions } from '../../src/main/roles/relay-role';
import type { SagaFixture } from './saga-fixture';

/** Follows the inventory's log as a relay does. Returns a function that stops it, and throws the error of a handler. */
export function followInventory({ context }: Pick<SagaFixture, 'context'>): () => Promise<void> {
  const stopping = new AbortController();
  const following = Promise.all(
    inventorySubscriptions(context).map((subscription) =>
      follow(subscription, {
        store: context.stores.inventorySubscriptions,
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
