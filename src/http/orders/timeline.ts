import type { TimelineEvent, TimelineView } from '../../contracts/api/timeline';
import type { LogName } from '../../contracts/logs';
import type { Order } from '../../domain/order/order';
import type { PositionedEvent } from '../../stores/log/event-rows';
import { archivedUntil } from '../../stores/log/log-start';
import { readTimeline } from '../../stores/log/timeline-feed';
import type { Stores } from '../../stores/stores';
import { type LogCursors, START } from '../event-feed/log-cursors';
import { LogLine, takenInTurn } from '../event-feed/log-lines';

const MOST_EVENTS = 100;

/** The logs with events of orders. Events of the same moment come in the order of this list. */
export const TIMELINE_LOGS = ['orders', 'credit', 'inventory'] as const satisfies readonly LogName[];

export interface TimelineEntry {
  readonly event: TimelineEvent;
  /** The cursors after this event. */
  readonly next: LogCursors;
}

/** A page of an order's timeline. */
export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  /** The cursors of the next page. */
  readonly next: LogCursors;
  /** The logs with more events to read at once. */
  readonly unread: readonly LogName[];
}

/** Reads the next events of an order from one of the logs. */
export async function timelineLine(
  logs: Stores['logs'],
  orderId: string,
  after: LogCursors,
  name: LogName,
): Promise<LogLine> {
  return new LogLine(name, await readTimeline(logs[name], orderId, after[name], MOST_EVENTS));
}

/**
 * Merges an order's events that were read from some of the logs, all from the same cursors on. Each log keeps its own
 * order; across logs, the event recorded first comes first, as far as the logs have been read.
 */
export function timelinePage(after: LogCursors, lines: readonly LogLine[]): TimelinePage {
  let next = after;
  for (const { name, cursor } of lines) next = { ...next, [name]: cursor };
  const entries: TimelineEntry[] = [];
  for (const { event, line } of takenInTurn(lines)) {
    next = { ...next, [line.name]: line.cursor };
    entries.push({ event: timelineEvent(line.name, event), next });
    if (entries.length === MOST_EVENTS) break;
  }
  const isBehind = ({ name, hasMore }: LogLine) => hasMore || after[name].window !== null;
  return { entries, next, unread: lines.filter(isBehind).map(({ name }) => name) };
}

/**
 * Reads all events of an order, oldest first. When the order is older than the start of a log, the timeline says until
 * when events are archived.
 */
export async function timelineOf(
  logs: Stores['logs'],
  { id: orderId, createdAt }: Pick<Order, 'id' | 'createdAt'>,
): Promise<TimelineView> {
  const events: TimelineEvent[] = [];
  let at = START;
  for (let unread: readonly LogName[] = TIMELINE_LOGS; unread.length > 0; ) {
    const after = at;
    const lines = await Promise.all(unread.map((name) => timelineLine(logs, orderId, after, name)));
    const page = timelinePage(after, lines);
    events.push(...page.entries.map(({ event }) => event));
    at = page.next;
    unread = page.unread;
  }
  const starts = await Promise.all(TIMELINE_LOGS.map((name) => archivedUntil(logs[name])));
  const until = starts
    .flatMap((start) => start ?? [])
    .sort()
    .at(-1);
  return until === undefined || until < createdAt
    ? { items: events }
    : { items: events, archivedUntil: until };
}

function timelineEvent(
  store: LogName,
  { position: _, traceparent, ...event }: PositionedEvent,
): TimelineEvent {
  return { ...event, data: { ...event.data }, store, ...(traceparent === null ? {} : { traceparent }) };
}
