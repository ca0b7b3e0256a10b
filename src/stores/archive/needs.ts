import { sqltag as sql } from '@prisma/client/runtime/client';
import { isUnread } from '../log/event-feed';
import { NOTHING_SEEN } from '../log/log-cursor';
import type { StoreSession } from '../postgres/store-session';

/** A reader of the log that needs an old event. */
export interface Need {
  /** Names the reader, for people: `the subscription availability`. */
  readonly reader: string;
  /** The position of the first event that it needs; 0: all of them. */
  readonly first: number;
}

/**
 * Reads which subscriptions still need an event up to a position: one that they have not handled, one that is parked, or
 * all of them before a requested restart.
 */
export async function needsUpTo(session: StoreSession, upTo: number): Promise<readonly Need[]> {
  // OFFSET 0 is an optimisation fence: without it the planner walks the primary key.
  const readUpTo = sql`coalesce(s."window", s.read_up_to)`;
  return session.$queryRaw<Need[]>`
    SELECT 'the subscription ' || name AS reader, CASE WHEN restart_at IS NOT NULL THEN 0 ELSE first END AS first
    FROM subscription AS s CROSS JOIN LATERAL (SELECT least(
      (SELECT min(event.position)::float8 FROM event WHERE s."window" IS NOT NULL AND event.position > s.position
        AND event.position <= least(s.last_position, ${upTo}::bigint)
        AND NOT pg_visible_in_snapshot(transaction_id, s.read_up_to)),
      CASE WHEN ${readUpTo}::text = ${NOTHING_SEEN} THEN (SELECT min(event.position)::float8 FROM event)
        ELSE (SELECT min(unread.position)::float8
          FROM (SELECT event.position FROM event WHERE ${isUnread(readUpTo)} OFFSET 0) AS unread) END) AS first) AS need
    WHERE restart_at IS NOT NULL OR first <= ${upTo}::bigint
    UNION ALL
    SELECT 'a parked event of the subscription ' || subscription, min(position)::float8 FROM parked_event
    WHERE dropped_at IS NULL AND position <= ${upTo}::bigint GROUP BY subscription
    ORDER BY first, reader`;
}
