import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { exactlyOne } from '../postgres/exactly-one';
import type { StoreSession } from '../postgres/store-session';
import { eventRow, type PositionedEvent } from './event-rows';
import { type LogCursor, type LogWindow, NOTHING_SEEN } from './log-cursor';
import { archivedAfter, EventsArchived, START_POSITION } from './log-start';

/** The types and the stream that a reader wants; null: all of them. */
export interface EventFilter {
  readonly types: readonly string[] | null;
  readonly stream: string | null;
  /**
   * True for a subscription: an archive waits for it, so it is never refused, and it gets events that are being archived
   * and are still there. Other readers get no event before the start of the log, except the acts of the audit log.
   */
  readonly isAwaited?: boolean;
}

export interface LogPage {
  readonly events: readonly PositionedEvent[];
  /** The cursor at which the page begins, with the window opened for it. */
  readonly from: LogCursor;
  /** The cursor of the next page. */
  readonly next: LogCursor;
  /** True when the reader has read everything committed before the window was opened. */
  readonly isLast: boolean;
}

/** Returns the cursor after an event of a page: a reader continues with the next event of the page. */
export function cursorAfter({ from }: Pick<LogPage, 'from'>, { position }: PositionedEvent): LogCursor {
  return from.window ? { ...from, window: { ...from.window, position } } : from;
}

/** The most positions that one statement scans; bounds its duration when the filter matches few events. */
const MOST_LOOKED_THROUGH = 10_000;

/**
 * Reads the next events after a cursor, at most `limit`. It skips no event, however late its transaction commits.
 * Events of one stream come in the order of their versions: a transaction appends only after the previous event has
 * committed, so a snapshot that sees the later event sees the earlier one; within a window, position orders them.
 * @throws EventsArchived when events after the cursor were archived
 */
export async function readLog(
  session: StoreSession,
  cursor: LogCursor,
  filter: EventFilter,
  limit: number,
): Promise<LogPage> {
  const opened = cursor.window
    ? { ...cursor, window: cursor.window }
    : await openWindow(session, cursor, filter);
  if (!('window' in opened)) {
    const at = { ...opened, window: null };
    return { events: [], from: at, next: at, isLast: true };
  }
  const { readUpTo, window } = opened;
  const end = Math.min(window.last, window.position + MOST_LOOKED_THROUGH);
  const { events, following } = await eventsOf(session, readUpTo, { ...window, last: end }, filter, limit);
  // An archive leaves wide gaps between positions.
  const passed = Math.max(end, (following ?? window.last + 1) - 1);
  const position = events.length === limit ? (events.at(-1)?.position ?? end) : passed;
  const isLast = position >= window.last;
  const next = isLast
    ? { readUpTo: window.snapshot, window: null }
    : { readUpTo, window: { ...window, position } };
  return { events, from: { readUpTo, window }, next, isLast };
}

interface Bounds {
  readonly snapshot: string;
  readonly first: number | null;
  readonly last: number | null;
  readonly archived: string | null;
}

/** Opens a window over the events visible now and not before. Returns no window when there are none. */
async function openWindow(
  session: StoreSession,
  { readUpTo }: LogCursor,
  { isAwaited }: EventFilter,
): Promise<{ readonly readUpTo: string; readonly window: LogWindow } | { readonly readUpTo: string }> {
  // From the start, the window is the whole log: the ends of the index give its bounds. Later, OFFSET 0 is an
  // optimisation fence: without it the planner walks the primary key, which begins with the events read long ago.
  const within =
    readUpTo === NOTHING_SEEN
      ? sql`SELECT (SELECT min(position) FROM event) AS first, (SELECT max(position) FROM event) AS last`
      : sql`SELECT min(position) AS first, max(position) AS last
          FROM (SELECT position FROM event WHERE ${isUnread(snapshotOf(readUpTo))} OFFSET 0) AS unread`;
  const bounds = exactlyOne(
    await session.$queryRaw<Bounds[]>`
    SELECT log_snapshot()::text AS snapshot, first::float8, last::float8,
      ${isAwaited || readUpTo === NOTHING_SEEN ? sql`NULL` : archivedAfter({ readUpTo, window: null })} AS archived
    FROM (${within}) AS bounds`,
  );
  const { snapshot, first, last, archived } = bounds;
  if (archived !== null) throw new EventsArchived(archived);
  if (first === null || last === null) return { readUpTo: snapshot };
  return { readUpTo, window: { snapshot, position: first - 1, last } };
}

/** Selects events of transactions that a snapshot did not see. The lower bound lets the index skip the read part. */
export function isUnread(readUpTo: Sql) {
  return sql`transaction_id >= pg_snapshot_xmin(${readUpTo}) AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo})`;
}

/** Casts a snapshot stored as text. */
export function snapshotOf(text: string) {
  return sql`${text}::text::pg_snapshot`;
}

interface Portion extends Pick<LogPage, 'events'> {
  /** The position of the next event after the portion, whatever it is; null: none. */
  readonly following: number | null;
}

async function eventsOf(
  session: StoreSession,
  readUpTo: string,
  window: LogWindow,
  { types, stream, isAwaited = false }: EventFilter,
  limit: number,
): Promise<Portion> {
  const { snapshot, position, last } = window;
  const ofTypes = types === null ? sql`true` : sql`type = ANY(${[...types]})`;
  const ofStream = stream === null ? sql`true` : sql`stream = ${stream}`;
  const isThere = isAwaited ? sql`true` : sql`(act IS NOT NULL OR position > ${START_POSITION})`;
  const { archived, ...portion } = exactlyOne(
    await session.$queryRaw<(Portion & { archived: string | null })[]>`
    SELECT coalesce(json_agg(${eventRow} ORDER BY position), '[]') AS events,
      (SELECT min(position)::float8 FROM event WHERE position > ${last}::bigint) AS following,
      ${isAwaited ? sql`NULL` : archivedAfter({ readUpTo, window })} AS archived
    FROM (
      SELECT * FROM event WHERE position > ${position}::bigint AND position <= ${last}::bigint
        AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo}::text::pg_snapshot)
        AND pg_visible_in_snapshot(transaction_id, ${snapshot}::text::pg_snapshot)
        AND ${ofTypes} AND ${ofStream} AND ${isThere}
      ORDER BY position LIMIT ${limit}::int) AS page`,
  );
  if (archived !== null) throw new EventsArchived(archived);
  return portion;
}
