import { LOGS, type LogName } from '../stores/log-cursor';
import type { Stores } from '../stores/stores';
import type { LogCursors } from './log-cursors';
import { LogWatch } from './log-watch';
import { unavailable } from './problem';
import { type StreamLimits, TimelineStream } from './timeline-stream';

export interface FollowLimits extends StreamLimits {
  /** How many may follow at once. */
  readonly most: number;
}

export const FOLLOW_LIMITS: FollowLimits = {
  most: 256,
  heartbeatMs: 15_000,
  stallMs: 60_000,
  longestMs: 15 * 60_000,
};

/** A log in trouble fails every look and every follower: it is told of no more often than this. */
const TOLD_AGAIN_MS = 10_000;

/** Who follows orders in this process. They share the looks at the logs; each reads only what is about its order. */
export class TimelineFollowers {
  readonly #streams = new Set<TimelineStream>();
  readonly #watches: readonly LogWatch[];
  readonly #stopping = new AbortController();
  readonly #toldAt = new Map<LogName, number>();

  constructor(
    private readonly logs: Stores['logs'],
    private readonly limits: FollowLimits,
    private readonly onTrouble: (log: LogName, error: unknown) => void,
  ) {
    this.#watches = LOGS.map(
      (name) =>
        new LogWatch(
          logs[name],
          {
            isListening: () => this.count > 0,
            hear: (about) => this.#tell(name, about),
            onTrouble: (error) => this.#report(name, error),
          },
          this.#stopping.signal,
        ),
    );
  }

  get count(): number {
    return this.#streams.size;
  }

  /**
   * Follows an order from a place on. Whoever gets the stream has to destroy it where it is not read to its end.
   * @throws Problem unavailable, where too many follow, or no more are taken
   */
  follow(orderId: string, after: LogCursors): TimelineStream {
    if (this.#stopping.signal.aborted) throw unavailable('this process is about to stop');
    if (this.#streams.size >= this.limits.most) throw unavailable('too many follow orders here');
    const stream = new TimelineStream(this.logs, orderId, after, this.limits, (log, error) =>
      this.#report(log, error),
    );
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    for (const watch of this.#watches) watch.start();
    return stream;
  }

  /** Ends all streams, and with them the looks at the logs; nobody is taken any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const closed = [...this.#streams].map(
      (stream) => new Promise<void>((resolve) => stream.once('close', resolve)),
    );
    for (const stream of this.#streams) stream.stop();
    await Promise.all([...closed, ...this.#watches.map((watch) => watch.ended())]);
  }

  #tell(log: LogName, about: ReadonlySet<string> | undefined): void {
    for (const stream of this.#streams) {
      if (about === undefined || about.has(stream.orderId)) stream.tell(log);
    }
  }

  #report(log: LogName, error: unknown): void {
    const now = performance.now();
    if (now - (this.#toldAt.get(log) ?? -Infinity) < TOLD_AGAIN_MS) return;
    this.#toldAt.set(log, now);
    this.onTrouble(log, error);
  }
}
