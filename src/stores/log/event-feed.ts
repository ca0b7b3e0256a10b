import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../postgres/store-session';
import { eventRow, type PositionedEvent } from './event-rows';
import { type LogCursor, type LogWindow, NOTHING_SEEN } from './log-cursor';

/** Which events a reader wants: of these types, of this stream; null: of all. */
export interface EventFilter {
  readonly types: readonly string[] | null;
  readonly stream: string | null;
}

export interface LogPage {
  readonly events: readonly PositionedEvent[];
  /** Where the page begins: its cursor, with the window that was opened for it. */
  readonly from: LogCursor;
  /** From where the next page goes on. */
  readonly next: LogCursor;
  /** Whether everything has been read that had been committed when the window was opened. */
  readonly isLast: boolean;
}

/** Positions one statement looks through: a filter that matches little must not make it a long one. */
const MOST_LOOKED_THROUGH = 10_000;

/**
 * The next events after a cursor, at most `limit`. None is skipped, however late its transaction commits, and those
 * of one stream come in the order of their versions: who appends to a stream has seen the event before committed,
 * so a snapshot that sees the later one sees the earlier one too, and within a window position tells them apart.
 */
export async function readLog(
  session: StoreSession,
  cursor: LogCursor,
  filter: EventFilter,
  limit: number,
): Promise<LogPage> {
  const opened = cursor.window ? { ...cursor, window: cursor.window } : await openWindow(session, cursor);
  if (!('window' in opened)) {
    const at = { ...opened, window: null };
    return { events: [], from: at, next: at, isLast: true };
  }
  const { readUpTo, window } = opened;
  const end = Math.min(window.last, window.position + MOST_LOOKED_THROUGH);
  const events = await eventsOf(session, readUpTo, { ...window, last: end }, filter, limit);
  const position = events.length === limit ? (events.at(-1)?.position ?? end) : end;
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
}

/** What can be seen now and could not be seen before; without a window where that is nothing. */
async function openWindow(
  session: StoreSession,
  { readUpTo }: LogCursor,
): Promise<{ readonly readUpTo: string; readonly window: LogWindow } | { readonly readUpTo: string }> {
  // From the start, the window is the whole log: its bounds need no look at every entry. Later, OFFSET 0 keeps them from
  // being looked for along the key, which begins with all that has been read long ago.
  const within =
    readUpTo === NOTHING_SEEN
      ? sql`SELECT (SELECT min(position) FROM event) AS first, (SELECT max(position) FROM event) AS last`
      : sql`SELECT min(position) AS first, max(position) AS last
          FROM (SELECT position FROM event WHERE ${isUnread(snapshotOf(readUpTo))} OFFSET 0) AS unread`;
  const [bounds] = await session.$queryRaw<Bounds[]>`
    SELECT pg_current_snapshot()::text AS snapshot, first::float8, last::float8 FROM (${within}) AS bounds`;
  if (!bounds) throw new Error('a load gave no row');
  const { snapshot, first, last } = bounds;
  if (first === null || last === null) return { readUpTo: snapshot };
  return { readUpTo, window: { snapshot, position: first - 1, last } };
}

/** Of transactions that a snapshot did not see. The bound is for the index; below it everything was seen. */
export function isUnread(readUpTo: Sql) {
  return sql`transaction_id >= pg_snapshot_xmin(${readUpTo}) AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo})`;
}

/** A snapshot that was kept as text. */
export function snapshotOf(text: string) {
  return sql`${text}::text::pg_snapshot`;
}

async function eventsOf(
  session: StoreSession,
  readUpTo: string,
  { snapshot, position, last }: LogWindow,
  { types, stream }: EventFilter,
  limit: number,
): Promise<readonly PositionedEvent[]> {
  const ofTypes = types === null ? sql`true` : sql`type = ANY(${[...types]})`;
  const ofStream = stream === null ? sql`true` : sql`stream = ${stream}`;
  const [page] = await session.$queryRaw<Pick<LogPage, 'events'>[]>`
    SELECT coalesce(json_agg(${eventRow} ORDER BY position), '[]') AS events
    FROM (
      SELECT * FROM event WHERE position > ${position}::bigint AND position <= ${last}::bigint
        AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo}::text::pg_snapshot)
        AND pg_visible_in_snapshot(transaction_id, ${snapshot}::text::pg_snapshot)
        AND ${ofTypes} AND ${ofStream}
      ORDER BY position LIMIT ${limit}::int) AS page`;
  return page?.events ?? [];
}
