import { sqltag as sql } from '@prisma/client/runtime/client';
import { exactlyOne } from '../postgres/exactly-one';
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
 * Reads the next events of one log that belong to an order, at most `limit`. It reads in windows, as `readLog` does,
 * but finds the events by the order's id, so its cost does not grow with the log. MATERIALIZED keeps the planner from
 * scanning by position because of the limit.
 */
export async function readTimeline(
  session: StoreSession,
  correlation: string,
  { readUpTo, window }: LogCursor,
  limit: number,
): Promise<LogPage> {
  const read = exactlyOne(
    await session.$queryRaw<TimelineRead[]>`
    WITH own AS MATERIALIZED (SELECT * FROM event WHERE correlation = ${correlation})
    SELECT snapshot, last::float8, (SELECT coalesce(json_agg(${eventRow} ORDER BY position), '[]') FROM (
        SELECT * FROM own WHERE position > ${window?.position ?? 0}::bigint AND position <= last
          AND NOT pg_visible_in_snapshot(transaction_id, ${readUpTo}::text::pg_snapshot)
          AND pg_visible_in_snapshot(transaction_id, snapshot::pg_snapshot)
        ORDER BY position LIMIT ${limit}::int) AS page) AS events
    FROM (SELECT coalesce(${window?.snapshot ?? null}::text, log_snapshot()::text) AS snapshot,
      coalesce(${window?.last ?? null}::bigint, (SELECT max(position) FROM event), 0) AS last) AS bounds`,
  );
  const { events } = read;
  const opened = { snapshot: read.snapshot, position: window?.position ?? 0, last: read.last };
  const isLast = events.length < limit;
  const next = isLast
    ? { readUpTo: opened.snapshot, window: null }
    : { readUpTo, window: { ...opened, position: events.at(-1)?.position ?? opened.position } };
  return { events, from: { readUpTo, window: opened }, next, isLast };
}

/** The subjects of the events appended since a snapshot. */
export interface LogNews {
  /** The snapshot to pass to the next call. */
  readonly readUpTo: string;
  /** The correlation ids of the new events: orders and other subjects. */
  readonly about: readonly string[];
}

/**
 * Reads the subjects of the events since a snapshot. With null it returns no subject, only the snapshot to begin at.
 */
export async function newsSince(session: StoreSession, readUpTo: string | null): Promise<LogNews> {
  const unread = readUpTo === null ? sql`false` : isUnread(snapshotOf(readUpTo));
  const news = exactlyOne(
    await session.$queryRaw<LogNews[]>`
    SELECT log_snapshot()::text AS "readUpTo",
      coalesce((SELECT json_agg(DISTINCT correlation) FROM event WHERE ${unread}), '[]') AS about`,
  );
  return news;
}
