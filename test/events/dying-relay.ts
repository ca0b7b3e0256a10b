import { availability } from '../../src/events/projections/availability-projection';
import { follow } from '../../src/events/subscriptions/follow';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import { openStores } from '../../src/stores/stores';

/** A relay process that kills itself in the middle of a batch: its rows are written, and nothing is committed. */
async function main(url: string, turns: number): Promise<void> {
  const stores = openStores({ orders: url, inventory: url, credit: url }, 3);
  const { handler } = availability;
  if (handler.kind !== 'projection') throw new TypeError('availability is a projection');
  let left = turns;
  const deadly: Subscription = {
    ...availability,
    handler: {
      ...handler,
      async apply(session, events) {
        await handler.apply(session, events);
        if (--left === 0) process.kill(process.pid, 'SIGKILL');
      },
    },
  };
  const { signal } = new AbortController();
  await follow(deadly, {
    store: stores.subscriptions.inventory,
    owner: `${process.pid}`,
    signal,
    onError: (_, error) => console.error(error),
  });
}

// A relay ends with its test run.
process.once('disconnect', () => process.exit(0));
const [url = '', turns = ''] = process.argv.slice(2);
main(url, Number(turns)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
