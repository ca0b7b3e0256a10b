import type { EventPageView, EventView } from '../../contracts/api/events';
import type { LogName } from '../../contracts/logs';
import { type EventFilter, type LogPage, readLog } from '../../stores/log/event-feed';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { StoreSession } from '../../stores/postgres/store-session';
import { cursorText, type LogCursors } from './log-cursors';
import { LogLine, takenInTurn } from './log-lines';

/** The types of events that are wanted of one log; null: all of them. */
export type LogTypes = EventFilter['types'];

/** The most portions of a log that one request reads while the filter matches nothing. */
const MOST_PORTIONS = 20;

/**
 * Reads the next events of several logs. Each log keeps its own order; across logs, the event recorded first comes
 * first, as far as the logs have been read.
 * A page has fewer events than `limit` when one log has more to give than its share.
 * @param types the logs that are read, and the types wanted of each
 */
export async function pageOfLogs(
  logs: Readonly<Record<LogName, StoreSession>>,
  types: ReadonlyMap<LogName, LogTypes>,
  after: LogCursors,
  { limit, stream }: { readonly limit: number; readonly stream: string | null },
): Promise<EventPageView> {
  // Each log reads only its share of the page: events that do not fit on the page would be read in vain.
  const share = Math.ceil(limit / types.size);
  const lines = await Promise.all(
    [...types].map(async ([name, ofLog]) => {
      const filter = { types: ofLog, stream };
      return new LogLine(name, await readPortions(logs[name], after[name], filter, share));
    }),
  );
  const items: EventView[] = [];
  for (const { event } of takenInTurn(lines)) {
    items.push(eventView(event));
    if (items.length === limit) break;
  }
  const next = { ...after };
  for (const { name, cursor } of lines) next[name] = cursor;
  return { items, next: cursorText(next), more: lines.some(({ hasMore }) => hasMore) };
}

/** Reads on in a log while the filter matches nothing, up to `MOST_PORTIONS` portions. */
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

function eventView({ position: _, traceparent, data, ...event }: PositionedEvent): EventView {
  return { ...event, data: { ...data }, ...(traceparent === null ? {} : { traceparent }) };
}
