import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepSession } from '../../../src/stores/postgres/store-session';
import { openStores, type Stores } from '../../../src/stores/stores';

/** Holds the next transaction of one run between its locks and its commit, until it is released. */
export class TransactionHold {
  readonly #entered = deferred<number>();
  readonly #released = deferred<void>();
  #isUsed = false;

  /** Resolves with the process id of the held connection, once it has its locks. */
  get entered(): Promise<number> {
    return this.#entered.promise;
  }

  get isUsed(): boolean {
    return this.#isUsed;
  }

  release(): void {
    this.#released.resolve();
  }

  async pass(session: StepSession): Promise<void> {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const [row] = await session.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    this.#entered.resolve(row?.pid ?? 0);
    await this.#released.promise;
  }
}

/** The hold on the transactions of the current async context. */
export const transactionHold = new AsyncLocalStorage<TransactionHold>();

/** Opens the stores of one process: its own pools and caches, on a database that others use too. */
export function openProcess(url: string, connections = 5): Stores {
  const stores = openStores({ orders: url, inventory: url, credit: url }, connections);
  for (const { pool } of [stores.orders, stores.inventory, stores.credit]) {
    const step = pool.step.bind(pool);
    pool.step = (work) => {
      const hold = transactionHold.getStore();
      if (!hold) return step(work);
      return step(async (session) => {
        const result = await work(session);
        await hold.pass(session);
        return result;
      });
    };
  }
  return stores;
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolvePromise) => {
    resolve = resolvePromise;
  });
  return { promise, resolve };
}
