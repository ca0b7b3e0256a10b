import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/events/follow';
import type { Subscription } from '../../src/events/subscription';
import type { SubscriptionStore } from '../../src/stores/log/subscription-store';
import type { Stores } from '../../src/stores/stores';

/** Relays of this process, as many as a test wants, and what they complained of. */
export class Relays {
  readonly errors: unknown[] = [];
  readonly #running: { readonly stopping: AbortController; readonly ended: Promise<void> }[] = [];

  /** Follows beside whoever follows already. */
  start(stores: Stores, subscription: Subscription): void {
    const stopping = new AbortController();
    const ended = follow(subscription, {
      store: stores.inventorySubscriptions,
      signal: stopping.signal,
      onError: (_, error) => this.errors.push(error),
    });
    this.#running.push({ stopping, ended });
  }

  async stop(): Promise<void> {
    for (const { stopping } of this.#running) stopping.abort();
    await Promise.all(this.#running.splice(0).map(({ ended }) => ended));
  }
}

/** Until a subscription to the log of the inventory has handled all there is, and has nothing else to do. */
export function caughtUp({ inventorySubscriptions }: Stores, name: string): Promise<void> {
  return caughtUpWith(inventorySubscriptions, name);
}

/** The same, in the log of any store. */
export async function caughtUpWith(store: SubscriptionStore, name: string): Promise<void> {
  for (;;) {
    const status = (await store.list()).find((one) => one.name === name);
    if (status && status.lagMs === 0 && status.restartAt === null) return;
    await sleep(5);
  }
}
