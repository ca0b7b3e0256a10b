import { USUAL_DEADLINES } from '../../activities/step-deps';
import { type FillableOrders, fillableOrders } from '../../src/events/handlers/fill-orders';
import { orderFills } from '../../src/events/handlers/order-fills';
import { follow } from '../../src/events/subscriptions/follow';
import { openStores } from '../../src/stores/stores';

/** A relay process that kills itself just before or just after it has added fills to their orders. */
async function main(url: string, moment: string): Promise<void> {
  const stores = openStores({ orders: url, inventory: url, credit: url }, 3);
  const orders = fillableOrders(stores.orders, USUAL_DEADLINES);
  const deadly: FillableOrders = {
    async fillOrders(fills) {
      if (moment === 'after') await orders.fillOrders(fills);
      process.kill(process.pid, 'SIGKILL');
    },
  };
  const { signal } = new AbortController();
  await follow(orderFills(deadly), {
    store: stores.subscriptions.inventory,
    owner: `${process.pid}`,
    signal,
    onError: (_, error) => console.error(error),
  });
}

// A relay ends with its test run.
process.once('disconnect', () => process.exit(0));
const [url = '', moment = ''] = process.argv.slice(2);
main(url, moment).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
