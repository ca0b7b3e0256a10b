import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimelineMessage } from '../../contracts/api/timeline';
import type { LogName } from '../../stores/log/log-cursor';
import type { Stores } from '../../stores/stores';
import { cursorText, type LogCursors } from '../event-feed/log-cursors';
import type { LogLine } from '../event-feed/log-lines';
import { EVENT_STREAM_HEARTBEAT, eventStreamText } from '../framework/event-stream';
import { TIMELINE_LOGS, type TimelineEntry, timelineLine, timelinePage } from './timeline';

const AFTER_TROUBLE_MS = 1_000;
/** How long somebody who is being sent the last of it has to take it. */
const LEAVE_MS = 1_000;

export interface StreamLimits {
  /** Something is sent this often, be it a comment. */
  readonly heartbeatMs: number;
  /** Who has not taken what there is within this time, be it a comment, is let go. */
  readonly stallMs: number;
  /** A stream ends after this time, so that its follower comes back and its key is looked at again. */
  readonly longestMs: number;
}

/**
 * The timeline of one order as server-sent events: from a place on, and then as it is logged. Nothing is read ahead: the
 * next page comes when the one before it has been taken, so that no more than one waits, however much happens.
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

  /** Whether it is about to end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Something was logged about the order. */
  tell(log: LogName): void {
    this.#unread.add(log);
    this.#waking.abort();
  }

  /** Ends it soon, also where nobody takes what there is. */
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

  /** Null: it is over. */
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

  /** What is new in the logs that may have something. */
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

  /** Undefined: the log cannot be read now. It is tried again after a while, and the others go on. */
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
