import type { SubscriptionStore } from '../stores/log/subscription-store';
import { Hints, type Pause } from './hints';
import { isOutage } from './outage';
import type { Subscription } from './subscription';
import { HandlerFailure, leaveAside, takeTurn } from './turn';

export interface FollowOptions {
  readonly store: SubscriptionStore;
  readonly signal: AbortSignal;
  readonly onError: (subscription: string, error: unknown) => void;
}

/**
 * The pause between two looks, in ms. A save in this process ends it after `least`, so that events which arrive close
 * together are handled in one turn. While there is nothing to read it doubles, up to `most`: this bounds the delay for
 * saves of other processes. Projections pause less, because callers read them.
 */
const PAUSE_MS = { projection: { least: 25, most: 200 }, reaction: { least: 100, most: 250 } };
const NO_PAUSE: Pause = { least: 0, most: 0 };
const AFTER_TROUBLE: Pause = { least: 500, most: 500 };
/** Unwanted events are skipped together: a skip costs a whole turn. Too many of them make each look slow. */
const PASS_EVERY_MS = 250;
/** The checkpoint moves this often even without events: an old checkpoint makes every look at the log slower. */
const MOVE_AT_LEAST_EVERY_MS = 10_000;
const MOST_EVENTS = 500;
/** The attempts for a single event before it is parked. */
const MOST_ATTEMPTS = 3;

/**
 * Runs a subscription until the signal aborts. Several processes may follow it: one at a time holds its lock, and when
 * that process dies another one takes over at its next look.
 */
export async function follow(subscription: Subscription, options: FollowOptions): Promise<void> {
  const { store, signal, onError } = options;
  const follower = new Follower(subscription, store);
  const hints = new Hints(store.saved, signal);
  while (!signal.aborted) {
    const pause = await follower.look(hints.take()).catch((error: unknown) => {
      onError(subscription.name, error);
      return AFTER_TROUBLE;
    });
    await hints.wait(pause);
  }
  hints.close();
}

/** Reads events in batches. Halves a failing batch down to the event that fails, and parks that event. */
class Follower {
  readonly #pause: Pause;
  #isRegistered = false;
  #movedAt = 0;
  #size = MOST_EVENTS;
  #attempts = 0;
  #idleMs: number;
  /** True when the last turn handled events: then a hint is taken to be for this subscription, without a look. */
  #isUsuallyWanted = true;

  constructor(
    private readonly subscription: Subscription,
    private readonly store: SubscriptionStore,
  ) {
    this.#pause = PAUSE_MS[subscription.handler.kind];
    this.#idleMs = this.#pause.least;
  }

  /** Handles the next events. `isHinted` is true after a save. @returns the pause before the next look */
  async look(isHinted: boolean): Promise<Pause> {
    const { name, revision, handler } = this.subscription;
    if (!this.#isRegistered) await this.store.register({ name, revision, kind: handler.kind });
    this.#isRegistered = true;
    const isDue = (isHinted && this.#isUsuallyWanted) || (await this.#isTurnDue());
    if (!isDue) return this.#idle();
    this.#movedAt = performance.now();
    try {
      const { handled, hasMore } = await takeTurn(this.store, this.subscription, this.#size);
      this.#size = Math.min(MOST_EVENTS, this.#size * 2);
      this.#attempts = 0;
      this.#isUsuallyWanted = handled > 0;
      if (handled === 0 && !hasMore) return this.#idle();
      this.#idleMs = this.#pause.least;
      return hasMore ? NO_PAUSE : { ...this.#pause, most: this.#idleMs };
    } catch (error) {
      return this.#narrow(error);
    }
  }

  #idle(): Pause {
    this.#idleMs = Math.min(this.#pause.most, this.#idleMs * 2);
    return { ...this.#pause, most: this.#idleMs };
  }

  async #isTurnDue(): Promise<boolean> {
    const { name, types } = this.subscription;
    const sinceMove = performance.now() - this.#movedAt;
    if (sinceMove > MOVE_AT_LEAST_EVERY_MS) return true;
    const unread = await this.store.unread(name, types);
    return unread === 'wanted' || (unread === 'unwanted' && sinceMove > PASS_EVERY_MS);
  }

  async #narrow(error: unknown): Promise<Pause> {
    const failure = error instanceof HandlerFailure ? error : undefined;
    // An outage parks nothing: events wait for it to end.
    if (!failure || isOutage(failure.cause)) throw error;
    if (this.#size > 1) {
      this.#size = Math.floor(this.#size / 2);
      return NO_PAUSE;
    }
    const [event] = failure.events;
    const reason = failure.cause instanceof Error ? failure.cause.message : String(failure.cause);
    this.#attempts += 1;
    await this.store.noteFailure(this.subscription.name, reason);
    if (this.#attempts < MOST_ATTEMPTS || !event) return AFTER_TROUBLE;
    await leaveAside(this.store, this.subscription, event, reason);
    this.#attempts = 0;
    throw new Error(`event ${event.id} (${event.type}) is parked`, { cause: failure.cause });
  }
}
