import { exactlyOne } from '../postgres/exactly-one';
import type { StoreSession } from '../postgres/store-session';
import { type LogCursor, NOTHING_SEEN } from './log-cursor';

/** Positions rise with time, except among concurrent transactions; none of them runs longer than this. */
const SLACK_MS = 15_000;

interface Found {
  readonly position: number;
  readonly isBefore: boolean;
}

/** Finds a cursor before every event recorded from a moment on. It also repeats events of up to 15 s before it. */
export async function placeInLog(session: StoreSession, moment: string): Promise<LogCursor> {
  const log = exactlyOne(
    await session.$queryRaw<{ snapshot: string; first: number; last: number }[]>`
    SELECT log_snapshot()::text AS snapshot, coalesce((SELECT min(position) FROM event), 1)::float8 AS first,
      coalesce((SELECT max(position) FROM event), 0)::float8 AS last`,
  );
  const since = new Date(Date.parse(moment) - SLACK_MS).toISOString();
  let before = log.first - 1;
  let end = log.last;
  while (before < end) {
    const middle = Math.floor((before + end) / 2);
    const [next] = await session.$queryRaw<Found[]>`
      SELECT position::float8, recorded_at < ${since}::timestamptz AS "isBefore"
      FROM event WHERE position > ${middle}::bigint ORDER BY position LIMIT 1`;
    if (next?.isBefore && next.position <= end) before = next.position;
    else end = middle;
  }
  return {
    readUpTo: NOTHING_SEEN,
    window: { snapshot: log.snapshot, position: before, last: Math.max(before, log.last) },
  };
}
