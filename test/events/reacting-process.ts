import { follow } from '../../src/events/subscriptions/follow';
import { openStores } from '../../src/stores/stores';

/**
 * A relay process with a reaction that sends each event to its parent, and then hangs if the argument `hangs` is
 * `hangs`.
 */
async function main(url: string, name: string, hangs: string): Promise<void> {
  const stores = openStores({ orders: url, inventory: url, credit: url }, 3);
  const { signal } = new AbortController();
  await follow(
    {
      name,
      log: 'orders',
      revision: 1,
      types: null,
      handler: {
        kind: 'reaction',
        async react(events) {
          for (const { version } of events) process.send?.(version);
          if (hangs === 'hangs') await new Promise<never>(() => undefined);
        },
      },
    },
    {
      store: stores.subscriptions.orders,
      owner: `process-${process.pid}`,
      signal,
      onError: (_, error) => console.error(error),
    },
  );
}

// A relay ends with its test run.
process.once('disconnect', () => process.exit(0));
const [url = '', name = '', hangs = ''] = process.argv.slice(2);
main(url, name, hangs).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
