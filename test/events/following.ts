import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/events/follow';
import type { Subscription } from '../../src/events/subscription';
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

/** Until a subscription has handled all there is, and has nothing else to do. */
export async function caughtUp(stores: Stores, name: string): Promise<void> {
  for (;;) {
    const status = (await stores.inventorySubscriptions.list()).find((one) => one.name === name);
    if (status && status.lagMs === 0 && status.restartAt === null) return;
    await sleep(5);
  }
}
