import { connect, HoldfastProblem } from '../../client/holdfast-client';

const { HOLDFAST = 'http://127.0.0.1:3000', KEY = '' } = process.env;
const holdfast = connect({ url: HOLDFAST, key: KEY, wait: 20 });

/** Places an order and prints its outcome. */
async function checkOut(cart: string): Promise<string> {
  const { id, status } = await holdfast.placeOrder({
    body: {
      customerId: 'ada',
      currency: 'EUR',
      shipTo: { region: 'north' },
      lines: [{ sku: 'MUG-01', quantity: 2, unitPrice: 1_250 }],
    },
    headers: { 'Idempotency-Key': cart },
  });
  console.log(`${cart}: ${status}`);
  return id;
}

/** Holds stock while the customer pays; returns undefined when there is too little. */
async function hold(sku: string, quantity: number): Promise<string | undefined> {
  try {
    const { id } = await holdfast.reserveStock({
      body: { lines: [{ sku, quantity }], shipTo: { region: 'north' }, ttlSeconds: 600 },
    });
    return id;
  } catch (error) {
    if (error instanceof HoldfastProblem && error.reason === 'OUT_OF_STOCK') return undefined;
    throw error;
  }
}

/** Prints the orders of a customer, newest first. */
async function printOrders(customerId: string): Promise<void> {
  for await (const { id, status, total } of holdfast.orders({ customerId })) console.log(id, status, total);
}

/** Prints the approvals after a position, up to that of one order. Returns the position after it. */
async function printApprovals(after: string, last: string): Promise<string> {
  for await (const { key, type, position } of holdfast.events({ after, types: ['orders.*'] })) {
    if (type !== 'orders.order-approved.v1' || key.kind !== 'order') continue;
    console.log('approved', key.id);
    if (key.id === last) return position;
  }
  return after;
}

/** Cancels an order while its events are followed, up to the end of its cancellation. */
async function printCancellation(id: string): Promise<void> {
  await holdfast.cancelOrder({ path: { id } });
  for await (const { type } of holdfast.orderEvents(id)) {
    console.log(type);
    if (type === 'orders.order-cancelled.v1') return;
  }
}

async function main(): Promise<void> {
  const id = await checkOut(`cart-${Date.now()}`);
  console.log('held:', await hold('MUG-01', 1_000_000));
  await printOrders('ada');
  await printApprovals('', id);
  await printCancellation(id);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
