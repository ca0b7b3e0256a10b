import { LOGS, type LogName } from '../../contracts/logs';
import type { Stores } from '../../stores/stores';
import type { LogCursors } from '../event-feed/log-cursors';
import { LogWatch } from '../event-feed/log-watch';
import { Problem, unavailable } from '../framework/problem';
import { type StreamLimits, TimelineStream } from './timeline-stream';

export interface FollowLimits extends StreamLimits {
  /** The most followers at once. */
  readonly most: number;
  /** The most followers of one caller. */
  readonly mostOfOne: number;
  /**
   * How long a follower keeps its slot. After that a new follower takes the slot if none is free. A follower that has
   * vanished silently looks like one whose order is quiet; a live one reconnects and resumes after its last message.
   */
  readonly keptMs: number;
}

export const FOLLOW_LIMITS: FollowLimits = {
  most: 256,
  mostOfOne: 64,
  keptMs: 60_000,
  heartbeatMs: 15_000,
  stallMs: 60_000,
  longestMs: 15 * 60_000,
};

/** The least time between two reports on one log: an unreadable log fails every poll and every follower. */
const TOLD_AGAIN_MS = 10_000;

interface Place {
  readonly stream: TimelineStream;
  readonly caller: string;
  readonly keptUntil: number;
}

/** The followers of orders in this process. They share one poll per log; each reads only the events of its order. */
export class TimelineFollowers {
  /** Oldest first. */
  readonly #places = new Set<Place>();
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
    return this.#places.size;
  }

  /**
   * Follows an order from some cursors on. The caller must destroy a stream that it does not read to its end.
   * @throws Problem too-many-requests when the caller has no free slot, or unavailable when the process has none, while
   * the oldest follower may keep its slot; unavailable when the process is about to stop
   */
  follow(caller: string, orderId: string, after: LogCursors): TimelineStream {
    if (this.#stopping.signal.aborted) throw unavailable('this API process is stopping: connect again');
    this.#makeRoom(caller);
    const stream = new TimelineStream(this.logs, orderId, after, this.limits, (log, error) =>
      this.#report(log, error),
    );
    const place = { stream, caller, keptUntil: performance.now() + this.limits.keptMs };
    this.#places.add(place);
    stream.once('close', () => this.#places.delete(place));
    for (const watch of this.#watches) watch.start();
    return stream;
  }

  /** Ends all streams and the polls of the logs; `follow` throws from then on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const streams = [...this.#places].map(({ stream }) => stream);
    const closed = streams.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
    for (const stream of streams) stream.stop();
    await Promise.all([...closed, ...this.#watches.map((watch) => watch.ended())]);
  }

  #makeRoom(caller: string): void {
    const taken = [...this.#places].filter(({ stream }) => !stream.isStopped);
    const own = taken.filter((place) => place.caller === caller);
    const { most, mostOfOne } = this.limits;
    if (own.length >= mostOfOne)
      endOldest(own, 'too-many-requests', 'the caller has too many open streams: close one');
    else if (taken.length >= most)
      endOldest(
        taken,
        'unavailable',
        'too many streams are open on this API process: connect again in a moment',
      );
  }

  #tell(log: LogName, about: ReadonlySet<string> | undefined): void {
    for (const { stream } of this.#places) {
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

/**
 * Ends the oldest of these streams.
 * @throws Problem when it may still keep its slot
 */
function endOldest(
  [oldest]: readonly Place[],
  problem: 'too-many-requests' | 'unavailable',
  detail: string,
): void {
  const keptMs = oldest === undefined ? Infinity : oldest.keptUntil - performance.now();
  if (keptMs > 0)
    throw new Problem(problem, { detail, headers: { 'Retry-After': `${Math.ceil(keptMs / 1_000)}` } });
  oldest?.stream.stop();
}
