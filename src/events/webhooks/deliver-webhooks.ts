import { Hints, type Pause } from '../subscriptions/hints';
import { type ReplayOptions, replayPortion } from './replay-portion';
import { type ServeOptions, serveEndpoint } from './serve-endpoint';

export interface DeliverOptions extends ServeOptions, Omit<ReplayOptions, 'owner' | 'leaseMs'> {
  readonly onError: (error: unknown) => void;
}

/** The pause between two looks for due messages, in ms. A new message in this process ends it after `least`. */
const PAUSE: Pause = { least: 20, most: 250 };
const AFTER_TROUBLE: Pause = { least: 1_000, most: 1_000 };
/** The most endpoints claimed at once. A process serves any number of them: no endpoint waits for another. */
const MOST_CLAIMED = 50;

/**
 * Delivers messages to the endpoints of webhooks, and carries out replays, until the signal aborts. Several processes may
 * run it: one at a time serves an endpoint, and when that process dies, another one takes over after the lease.
 */
export async function deliverWebhooks(options: DeliverOptions): Promise<void> {
  const { signal, store } = options;
  const hints = new Hints(store.added, signal);
  const replaying = replayAll(options);
  const serving = new Set<Promise<void>>();
  while (!signal.aborted) {
    hints.take();
    const pause = await look(options, serving).catch((error: unknown) => {
      options.onError(error);
      return AFTER_TROUBLE;
    });
    await hints.wait(pause);
  }
  hints.close();
  await Promise.all([replaying, ...serving]);
}

/** Claims endpoints with due messages and begins to serve each of them. */
async function look(options: DeliverOptions, serving: Set<Promise<void>>): Promise<Pause> {
  const { store, owner, times, onError } = options;
  for (const webhook of await store.claim(owner, times.leaseMs, MOST_CLAIMED)) {
    const served = serveEndpoint(webhook, options)
      .then((hasMore) => {
        if (hasMore) store.added.tell();
      }, onError)
      .finally(() => serving.delete(served));
    serving.add(served);
  }
  return PAUSE;
}

async function replayAll(options: DeliverOptions): Promise<void> {
  const { store, signal, times, onError } = options;
  const hints = new Hints(store.added, signal);
  while (!signal.aborted) {
    hints.take();
    const pause = await replayPortion({ ...options, leaseMs: times.leaseMs }).then(
      (hasMore) => (hasMore ? { least: 0, most: 0 } : PAUSE),
      (error: unknown) => {
        onError(error);
        return AFTER_TROUBLE;
      },
    );
    await hints.wait(pause);
  }
  hints.close();
}
