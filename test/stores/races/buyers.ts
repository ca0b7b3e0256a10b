import { fork } from 'node:child_process';
import path from 'node:path';
import { createOrders, openShop, order } from '../shop';

/** A process of buyers, for one pear each. */
export interface Buyers {
  /** Resolves when the process is connected. */
  readonly ready: Promise<void>;
  /** Lets all buyers order at once. Returns the number of approved orders. */
  go(): Promise<number>;
}

/** Starts a process that waits for `go`, then makes `count` buyers order at once. */
export function startBuyers(url: string, count: number): Buyers {
  const child = fork(path.join(__dirname, 'buyers.ts'), [url, `${count}`], { execArgv: ['--import', 'tsx'] });
  const messages = async (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the buyers ended with ${code}`)));
    });
  return {
    ready: messages().then(() => undefined),
    async go() {
      const approved = messages();
      child.send('go');
      return Number(await approved);
    },
  };
}

async function buy(url: string, count: number): Promise<void> {
  const shop = openShop(url);
  await shop.stores.ping();
  process.send?.('ready');
  await new Promise((resolve) => process.once('message', resolve));
  const orders = Array.from({ length: count }, (_, index) => [order(`there-${index}`, [['pear', 1]])]);
  const approved = await Promise.all(orders.map((each) => createOrders(shop, each)));
  process.send?.(approved.flat().length);
  process.disconnect();
  await shop.stores.close();
}

if (require.main === module) {
  const [url = '', count = ''] = process.argv.slice(2);
  // The buyers end with their test run.
  process.once('disconnect', () => setTimeout(() => process.exit(0), 5_000).unref());
  buy(url, Number(count)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
}
