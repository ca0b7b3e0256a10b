import { setTimeout as sleep } from 'node:timers/promises';

import type { SubscriptionStore } from '../stores/subscription-store';
import { isOutage } from './outage';
import type { Subscription } from './subscription';
import { HandlerFailure, leaveAside, takeTurn } from './turn';

export interface FollowOptions {
  readonly store: SubscriptionStore;
  readonly signal: AbortSignal;
  readonly onError: (subscription: string, error: unknown) => void;
}

/** Somebody looks at a projection; nobody waits for a reaction, and every look costs a server that is idle. */
const POLL_MS = { projection: 30, reaction: 100 };
const AFTER_TROUBLE_MS = 500;
/** Events that nobody wants wait to be passed together: a turn costs as much for them as for others, a look at many too. */
const PASS_EVERY_MS = 250;
/** Also when nothing happens: an old checkpoint makes every look at the log a longer one. */
const MOVE_AT_LEAST_EVERY_MS = 10_000;
const MOST_EVENTS = 500;
/** How often an event is tried on its own before it is left aside. */
const MOST_ATTEMPTS = 3;

/**
 * Keeps a subscription going until the signal aborts. Several processes may: one at a time has the turn, and when it
 * dies the next look of another takes it.
 */
export async function follow(subscription: Subscription, options: FollowOptions): Promise<void> {
  const { signal, onError } = options;
  const follower = new Follower(subscription, options.store);
  while (!signal.aborted) {
    const pause = await follower.look().catch((error: unknown) => {
      onError(subscription.name, error);
      return AFTER_TROUBLE_MS;
    });
    if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

/** Reads on as long as there is something to read; narrows a batch that fails down to the event that it fails for. */
class Follower {
  #isRegistered = false;
  #movedAt = 0;
  #size = MOST_EVENTS;
  #attempts = 0;

  constructor(
    private readonly subscription: Subscription,
    private readonly store: SubscriptionStore,
  ) {}

  /** Handles what comes next and says how long to wait before the next look. */
  async look(): Promise<number> {
    const { name, revision, handler } = this.subscription;
    if (!this.#isRegistered) await this.store.register({ name, revision, kind: handler.kind });
    this.#isRegistered = true;
    const pause = POLL_MS[handler.kind];
    if (!(await this.#isTurnDue())) return pause;
    this.#movedAt = performance.now();
    try {
      const hasMore = await takeTurn(this.store, this.subscription, this.#size);
      this.#size = Math.min(MOST_EVENTS, this.#size * 2);
      this.#attempts = 0;
      return hasMore ? 0 : pause;
    } catch (error) {
      return this.#narrow(error);
    }
  }

  async #isTurnDue(): Promise<boolean> {
    const { name, types } = this.subscription;
    const sinceMove = performance.now() - this.#movedAt;
    if (sinceMove > MOVE_AT_LEAST_EVERY_MS) return true;
    const unread = await this.store.unread(name, types);
    return unread === 'wanted' || (unread === 'unwanted' && sinceMove > PASS_EVERY_MS);
  }

  async #narrow(error: unknown): Promise<number> {
    const failure = error instanceof HandlerFailure ? error : undefined;
    // Events wait for a server that is down, however long; nothing is left aside for its sake.
    if (!failure || isOutage(failure.cause)) throw error;
    if (this.#size > 1) {
      this.#size = Math.floor(this.#size / 2);
      return 0;
    }
    const [event] = failure.events;
    const reason = failure.cause instanceof Error ? failure.cause.message : String(failure.cause);
    this.#attempts += 1;
    await this.store.noteFailure(this.subscription.name, reason);
    if (this.#attempts < MOST_ATTEMPTS || !event) return AFTER_TROUBLE_MS;
    await leaveAside(this.store, this.subscription, event, reason);
    this.#attempts = 0;
    throw new Error(`event ${event.id} (${event.type}) is left aside`, { cause: failure.cause });
  }
}
