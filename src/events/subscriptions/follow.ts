import { failureText } from '../../contracts/failure-text';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { Hints, type Pause } from './hints';
import { isOutage } from './outage';
import { HandlerFailure, parkNext, processBatch } from './process-batch';
import { retryParked } from './retry-parked';
import type { Runner } from './runner';
import type { Subscription } from './subscription';

export interface FollowOptions extends Runner {
  readonly onError: (subscription: string, error: unknown) => void;
}

/**
 * The pause between two looks, in ms. A save in this process ends it after `least`, so that events which arrive close
 * together are handled in one batch. While there is nothing to read it doubles, up to `most`: this bounds the delay for
 * saves of other processes.
 */
const PAUSE: Pause = { least: 25, most: 200 };
const NO_PAUSE: Pause = { least: 0, most: 0 };
const AFTER_TROUBLE: Pause = { least: 500, most: 500 };
/**
 * How often unwanted events are skipped, all at once: a skip costs a whole batch, and too many of them make each read
 * slow.
 */
const PASS_EVERY_MS = 250;
/** The checkpoint moves this often even without events: an old checkpoint makes every read of the log slower. */
const MOVE_AT_LEAST_EVERY_MS = 10_000;
const MOST_EVENTS = 500;
/** The attempts for a single event before it is parked. */
const MOST_ATTEMPTS = 3;

/**
 * Runs a subscription until the signal aborts. Several processes may follow it: one at a time owns it, and when that
 * process dies another one takes over, within the lease of a reaction.
 */
export async function follow(subscription: Subscription, options: FollowOptions): Promise<void> {
  const { store, owner, signal, onError } = options;
  const follower = new Follower(subscription, options);
  const hints = new Hints(store.saved, signal);
  while (!signal.aborted) {
    const pause = await follower.look(hints.take()).catch((error: unknown) => {
      onError(subscription.name, error);
      return AFTER_TROUBLE;
    });
    await hints.wait(pause);
  }
  hints.close();
  if (subscription.handler.kind === 'reaction') {
    await store
      .release(subscription.name, owner)
      .catch((error: unknown) => onError(subscription.name, error));
  }
}

/** Reads events in batches. Halves a failing batch down to the event that fails, and parks that event. */
class Follower {
  #isRegistered = false;
  #movedAt = 0;
  #size = MOST_EVENTS;
  #failing: { readonly id: string; readonly attempts: number } | undefined;
  #idleMs = PAUSE.least;
  /** True when the last batch handled events: then a hint starts a batch without a check of the log. */
  #isUsuallyWanted = true;

  constructor(
    private readonly subscription: Subscription,
    private readonly runner: Runner,
  ) {}

  /** Handles the next events. `isHinted` is true after a save. @returns the pause before the next look */
  async look(isHinted: boolean): Promise<Pause> {
    const { name, revision, handler } = this.subscription;
    if (!this.#isRegistered) await this.runner.store.register({ name, revision, kind: handler.kind });
    this.#isRegistered = true;
    const isDue = (isHinted && this.#isUsuallyWanted) || (await this.#isBatchDue());
    if (!isDue) return this.#idle();
    this.#movedAt = performance.now();
    try {
      await retryParked(this.runner, this.subscription);
      const { handled, hasMore } = await processBatch(this.runner, this.subscription, this.#size);
      this.#size = Math.min(MOST_EVENTS, this.#size * 2);
      this.#failing = undefined;
      this.#isUsuallyWanted = handled > 0;
      if (handled === 0 && !hasMore) return this.#idle();
      this.#idleMs = PAUSE.least;
      return hasMore ? NO_PAUSE : { ...PAUSE, most: this.#idleMs };
    } catch (error) {
      return this.#narrow(error);
    }
  }

  #idle(): Pause {
    this.#idleMs = Math.min(PAUSE.most, this.#idleMs * 2);
    return { ...PAUSE, most: this.#idleMs };
  }

  async #isBatchDue(): Promise<boolean> {
    const { name, types } = this.subscription;
    const sinceMove = performance.now() - this.#movedAt;
    if (sinceMove > MOVE_AT_LEAST_EVERY_MS) return true;
    const unread = await this.runner.store.unread(name, types);
    this.#isRegistered = unread !== 'unregistered';
    return unread === 'wanted' || (unread === 'unwanted' && sinceMove > PASS_EVERY_MS);
  }

  async #narrow(error: unknown): Promise<Pause> {
    const { store, signal } = this.runner;
    if (signal.aborted) throw error;
    const cause = error instanceof HandlerFailure ? error.cause : error;
    const message = failureText(cause);
    // An outage parks nothing: events wait for it to end.
    if (isOutage(cause)) {
      await store.noteFailure(this.subscription.name, message);
      throw cause;
    }
    if (!(error instanceof HandlerFailure)) throw error;
    const [event, ...others] = error.events;
    if (others.length > 0 && this.#size > 1) {
      this.#size = Math.floor(this.#size / 2);
      return NO_PAUSE;
    }
    await store.noteFailure(this.subscription.name, message);
    if (!event || this.#attemptsAt(event) < MOST_ATTEMPTS) return AFTER_TROUBLE;
    await parkNext(this.runner, this.subscription, event, message);
    throw new Error(`event ${event.id} (${event.type}) is parked`, { cause });
  }

  /** Counts the attempts at an event that fails alone. */
  #attemptsAt({ id }: PositionedEvent): number {
    this.#failing = { id, attempts: id === this.#failing?.id ? this.#failing.attempts + 1 : 1 };
    return this.#failing.attempts;
  }
}
