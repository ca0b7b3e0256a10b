import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../postgres/store-session';
import { isUnread, type LogPage, snapshotOf } from './event-feed';
import { eventRow, type PositionedEvent } from './event-rows';
import type { LogCursor } from './log-cursor';

interface TimelineRead {
  readonly snapshot: string;
  readonly last: number;
  readonly events: readonly PositionedEvent[];
}

/**
 * The next events of one log that belong to an order, at most `limit`. They are read in windows as `readLog` reads them,
 * but found by the order, however long the log is. (Materialized, or a page's limit could make the planner walk along
 * the positions instead.)
 */
export async function readTimeline(
  session: StoreSession,
  correlation: string,
  { readUpTo, window }: LogCursor,
  limit: number,
): Promise<LogPage> {
  const [read] = await session.$queryRaw<TimelineRead[]>`
    WITH own AS MATERIALIZED (SELECT * FROM event WHERE correlation = ${correlation})
    SELECT snapshot, last::float8, (SELECT coalesce(json_agg(${eventRow} ORDER BY position), '[]') FROM (
        SELECT * FROM own WHERE position > ${window?.position ?? 0}::bigint AND position <= last
          AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo}::text::pg_snapshot)
          AND pg_visible_in_snapshot(transaction_id, snapshot::pg_snapshot)
        ORDER BY position LIMIT ${limit}::int) AS page) AS events
    FROM (SELECT coalesce(${window?.snapshot ?? null}::text, pg_current_snapshot()::text) AS snapshot,
      coalesce(${window?.last ?? null}::bigint, (SELECT max(position) FROM event), 0) AS last) AS bounds`;
  if (!read) throw new Error('a load gave no row');
  const { events } = read;
  const opened = { snapshot: read.snapshot, position: window?.position ?? 0, last: read.last };
  const isLast = events.length < limit;
  const next = isLast
    ? { readUpTo: opened.snapshot, window: null }
    : { readUpTo, window: { ...opened, position: events.at(-1)?.position ?? opened.position } };
  return { events, from: { readUpTo, window: opened }, next, isLast };
}

/** What a log has got since a snapshot of it. */
export interface LogNews {
  /** From where to ask next. */
  readonly readUpTo: string;
  /** The orders, and whatever else, that something was logged about. */
  readonly about: readonly string[];
}

/** What is new in a log; null: nothing is told yet, only from where to ask. */
export async function newsSince(session: StoreSession, readUpTo: string | null): Promise<LogNews> {
  const unread = readUpTo === null ? sql`false` : isUnread(snapshotOf(readUpTo));
  const [news] = await session.$queryRaw<LogNews[]>`
    SELECT pg_current_snapshot()::text AS "readUpTo",
      coalesce((SELECT json_agg(DISTINCT correlation) FROM event WHERE ${unread}), '[]') AS about`;
  if (!news) throw new Error('a load gave no row');
  return news;
}
