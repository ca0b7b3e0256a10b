import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimelineMessage } from '../../contracts/api/timeline';
import type { LogName } from '../../contracts/logs';
import type { Stores } from '../../stores/stores';
import { cursorText, type LogCursors } from '../event-feed/log-cursors';
import type { LogLine } from '../event-feed/log-lines';
import { EVENT_STREAM_HEARTBEAT, eventStreamText } from '../framework/event-stream';
import { TIMELINE_LOGS, type TimelineEntry, timelineLine, timelinePage } from './timeline';

const AFTER_TROUBLE_MS = 1_000;
/** How long an ending stream waits for its reader to take the last part. */
const LEAVE_MS = 1_000;

export interface StreamLimits {
  /** The longest silence of a stream; then it sends a comment as heartbeat. */
  readonly heartbeatMs: number;
  /** The longest time a reader may take for one part, heartbeats included; then it is disconnected. */
  readonly stallMs: number;
  /** The longest life of a stream: its follower then reconnects, so that its key is checked again. */
  readonly longestMs: number;
}

/**
 * The timeline of one order as server-sent events: the events after some cursors, then new ones as they are logged. A
 * page is read only when the previous one has been taken, so at most one page waits in memory.
 */
export class TimelineStream extends Readable {
  readonly #endsAt: number;
  readonly #unread = new Set<LogName>(TIMELINE_LOGS);
  readonly #retries = new Map<LogName, NodeJS.Timeout>();
  #waking = new AbortController();
  #lettingGo: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    private readonly logs: Stores['logs'],
    readonly orderId: string,
    private at: LogCursors,
    private readonly limits: StreamLimits,
    private readonly onTrouble: (log: LogName, error: unknown) => void,
  ) {
    super({ highWaterMark: 0 });
    this.#endsAt = performance.now() + limits.longestMs;
  }

  /** True when the stream is about to end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Marks a log as one that may have new events of the order, and wakes the stream. */
  tell(log: LogName): void {
    this.#unread.add(log);
    this.#waking.abort();
  }

  /** Ends the stream soon, even when its reader takes nothing. */
  stop(): void {
    this.#isStopped = true;
    this.#letGoAfter(LEAVE_MS);
    this.#waking.abort();
  }

  override _read(): void {
    clearTimeout(this.#lettingGo);
    this.#next().then(
      (text) => {
        if (this.destroyed) return;
        this.#letGoAfter(text === null || this.#isStopped ? LEAVE_MS : this.limits.stallMs);
        this.push(text);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#lettingGo);
    for (const retry of this.#retries.values()) clearTimeout(retry);
    this.#waking.abort();
    done(error);
  }

  /** Waits for the next part to send; null when the stream is over. */
  async #next(): Promise<string | null> {
    const beatAt = performance.now() + this.limits.heartbeatMs;
    while (!this.#isOver) {
      this.#waking = new AbortController();
      const text = await this.#readOn();
      if (text !== '') return text;
      const left = beatAt - performance.now();
      if (left <= 0) return EVENT_STREAM_HEARTBEAT;
      if (this.#unread.size === 0) await this.#pause(left);
    }
    return null;
  }

  get #isOver(): boolean {
    return this.#isStopped || this.destroyed || performance.now() > this.#endsAt;
  }

  /** Reads the new events of the logs that may have some; empty text when there are none. */
  async #readOn(): Promise<string> {
    const names = TIMELINE_LOGS.filter((name) => this.#unread.has(name));
    if (names.length === 0) return '';
    this.#unread.clear();
    const lines = await Promise.all(names.map((name) => this.#lineOf(name)));
    const read = lines.filter((line) => line !== undefined);
    const { entries, next, unread } = timelinePage(this.at, read);
    this.at = next;
    for (const name of unread) this.#unread.add(name);
    return entries.map((entry) => eventStreamText(messageOf(entry))).join('');
  }

  /**
   * Reads one log; undefined when it cannot be read now. That log is retried after a second, and the other logs are
   * still read.
   */
  async #lineOf(name: LogName): Promise<LogLine | undefined> {
    try {
      return await timelineLine(this.logs, this.orderId, this.at, name);
    } catch (error) {
      if (this.destroyed) return undefined;
      this.onTrouble(name, error);
      clearTimeout(this.#retries.get(name));
      this.#retries.set(
        name,
        setTimeout(() => this.tell(name), AFTER_TROUBLE_MS),
      );
      return undefined;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#waking.signal }).catch(() => undefined);
  }

  #letGoAfter(ms: number): void {
    clearTimeout(this.#lettingGo);
    this.#lettingGo = setTimeout(() => this.destroy(), ms);
  }
}

function messageOf({ event, next }: TimelineEntry): TimelineMessage {
  return { id: cursorText(next), event: event.type, data: event };
}
