import type { EventPageView, EventView } from '../contracts/api/events';
import { type EventFilter, type LogPage, type PositionedEvent, readLog } from '../stores/event-feed';
import type { LogName } from '../stores/log-cursor';
import type { StoreSession } from '../stores/store-session';
import { cursorText, type LogCursors } from './log-cursors';

/** A filter that matches little may look through this many portions of a log before it answers with nothing. */
const MOST_PORTIONS = 20;

/**
 * The next events of several logs. Each keeps its own order; between logs, the one recorded first comes first as far
 * as they have been read. `names`: the logs that can have what is wanted.
 */
export async function pageOfLogs(
  logs: Readonly<Record<LogName, StoreSession>>,
  names: readonly LogName[],
  after: LogCursors,
  { limit, ...filter }: EventFilter & { readonly limit: number },
): Promise<EventPageView> {
  const pages = await Promise.all(
    names.map(async (name) => [name, await readPortions(logs[name], after[name], filter, limit)] as const),
  );
  const taken = merge(
    pages.map(([, { events }]) => events),
    limit,
  );
  const next = { ...after };
  let more = false;
  for (const [index, [name, page]] of pages.entries()) {
    const count = taken.counts[index] ?? 0;
    next[name] = cursorAfter(page, count);
    more ||= count < page.events.length || !page.isLast;
  }
  return { items: taken.events.map(eventView), next: cursorText(next), more };
}

/** Takes the earliest of the first in each line, again and again; says how many of each line were taken. */
function merge(lines: readonly (readonly PositionedEvent[])[], limit: number) {
  const counts = lines.map(() => 0);
  const events: PositionedEvent[] = [];
  while (events.length < limit) {
    const heads = lines.flatMap((line, index) => {
      const event = line[counts[index] ?? 0];
      return event ? [{ event, index }] : [];
    });
    const [first, ...others] = heads;
    if (!first) break;
    const { event, index } = others.reduce(
      (a, b) => (b.event.recordedAt < a.event.recordedAt ? b : a),
      first,
    );
    events.push(event);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return { events, counts };
}

/** Reads on while there is nothing to show. */
async function readPortions(
  log: StoreSession,
  after: LogCursors[LogName],
  filter: EventFilter,
  limit: number,
): Promise<LogPage> {
  let page = await readLog(log, after, filter, limit);
  for (let read = 1; read < MOST_PORTIONS && page.events.length === 0 && !page.isLast; read++) {
    page = await readLog(log, page.next, filter, limit);
  }
  return page;
}

function cursorAfter({ events, from, next }: LogPage, taken: number): LogCursors[LogName] {
  if (taken === events.length) return next;
  const last = events[taken - 1];
  return from.window && last ? { ...from, window: { ...from.window, position: last.position } } : from;
}

function eventView({ position: _, traceparent, data, ...event }: PositionedEvent): EventView {
  return { ...event, data: { ...data }, ...(traceparent === null ? {} : { traceparent }) };
}
