import type { LogPage } from '../../stores/log/event-feed';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { LogCursor, LogName } from '../../stores/log/log-cursor';

/** The events of one log that wait to be taken, the first first. */
export class LogLine {
  #taken = 0;

  constructor(
    readonly name: LogName,
    private readonly page: LogPage,
  ) {}

  get head(): PositionedEvent | undefined {
    return this.page.events[this.#taken];
  }

  /** From where the log is to be read on after what has been taken. */
  get cursor(): LogCursor {
    const { events, from, next } = this.page;
    if (this.#taken === events.length) return next;
    const last = events[this.#taken - 1];
    return from.window && last ? { ...from, window: { ...from.window, position: last.position } } : from;
  }

  /** Whether there is more to take, or to read at once. */
  get hasMore(): boolean {
    return this.head !== undefined || !this.page.isLast;
  }

  take(): void {
    this.#taken += 1;
  }
}

/** Takes the earliest of the first in each line, again and again. */
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
