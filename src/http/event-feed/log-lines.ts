import type { LogName } from '../../contracts/logs';
import { cursorAfter, type LogPage } from '../../stores/log/event-feed';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { LogCursor } from '../../stores/log/log-cursor';

/** The events of one page of a log that wait to be taken, in the order of the log. */
export class LogLine {
  #taken = 0;

  constructor(
    readonly name: LogName,
    private readonly page: LogPage,
  ) {}

  get head(): PositionedEvent | undefined {
    return this.page.events[this.#taken];
  }

  /** The cursor from which the log is read on after the events that have been taken. */
  get cursor(): LogCursor {
    const { events, from, next } = this.page;
    if (this.#taken === events.length) return next;
    const last = events[this.#taken - 1];
    return last ? cursorAfter(this.page, last) : from;
  }

  /** True when there are more events to take, or to read at once. */
  get hasMore(): boolean {
    return this.head !== undefined || !this.page.isLast;
  }

  take(): void {
    this.#taken += 1;
  }
}

/** Merges the lines: yields the event recorded first among the heads of the lines, until all are empty. */
export function* takenInTurn(
  lines: readonly LogLine[],
): Generator<{ readonly line: LogLine; readonly event: PositionedEvent }> {
  for (;;) {
    const heads = lines.flatMap((line) => (line.head ? [{ line, event: line.head }] : []));
    const [first, ...others] = heads;
    if (!first) return;
    const next = others.reduce((a, b) => (b.event.recordedAt < a.event.recordedAt ? b : a), first);
    next.line.take();
    yield next;
  }
}
