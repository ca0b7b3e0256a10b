import { setTimeout as sleep } from 'node:timers/promises';
import { follow } from '../../src/events/subscriptions/follow';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import type { SubscriptionStore } from '../../src/stores/log/subscription-store';
import type { Stores } from '../../src/stores/stores';

/** The relays of this process, and their errors. */
export class Relays {
  readonly errors: unknown[] = [];
  readonly #running: { readonly stopping: AbortController; readonly ended: Promise<void> }[] = [];

  /** Starts another follower beside those that run. */
  start(stores: Stores, subscription: Subscription, owner = `relay-${this.#running.length}`): void {
    const stopping = new AbortController();
    const ended = follow(subscription, {
      store: stores.subscriptions[subscription.log],
      owner,
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

/** Waits until a subscription to the inventory's log has handled all events and has no restart pending. */
export function caughtUp({ subscriptions }: Stores, name: string): Promise<void> {
  return caughtUpWith(subscriptions.inventory, name);
}

/** As `caughtUp`, in the log of any store. */
export async function caughtUpWith(store: SubscriptionStore, name: string): Promise<void> {
  for (;;) {
    const status = (await store.list()).find((one) => one.name === name);
    if (status && status.lagMs === 0 && status.restartAt === null) return;
    await sleep(5);
  }
}
