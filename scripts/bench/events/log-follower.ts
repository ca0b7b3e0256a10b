import { InMemoryChannel } from '../../../src/events/channels/in-memory-channel';
import { follow } from '../../../src/events/subscriptions/follow';
import { openStores } from '../../../src/stores/stores';
import { ofOrders } from './broker-rates';
import { observed } from './drain';

/** A message to the process that started this one. */
export type FollowerMessage =
  | { readonly kind: 'handled'; readonly events: number }
  | { readonly kind: 'memory'; readonly rssMb: number; readonly heapMb: number };

/**
 * A relay that follows the log of orders into memory. It tells its parent the number of events after each batch, and its
 * memory after a garbage collection when the parent asks.
 */
function main(url: string): void {
  const stores = openStores({ orders: url, inventory: url, credit: url }, 3);
  const send = (message: FollowerMessage) => process.send?.(message);
  let events = 0;
  const channel = new InMemoryChannel(() => {
    events += 1;
  });
  follow(
    observed(ofOrders(channel), () => send({ kind: 'handled', events })),
    {
      store: stores.subscriptions.orders,
      owner: `follower-${process.pid}`,
      signal: new AbortController().signal,
      onError: (_, error) => console.error(error),
    },
  );
  process.on('message', () => {
    global.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    send({ kind: 'memory', rssMb: Math.round(rss / 1e6), heapMb: Math.round(heapUsed / 1e6) });
  });
  process.once('disconnect', () => process.exit(0));
}

main(process.argv[2] ?? '');
