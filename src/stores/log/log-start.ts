import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../postgres/store-session';
import type { LogCursor } from './log-cursor';

/** A reader asks for events that were archived. The log begins after `until`. */
export class EventsArchived extends Error {
  override readonly name = 'EventsArchived';

  constructor(readonly until: string) {
    super(`the events until ${until} are archived`);
  }
}

/** Selects the position up to which the log was archived; 0 when it never was. */
export const START_POSITION = sql`coalesce((SELECT last FROM log_start), 0)`;

/** Reads the moment until which the events of a log are archived; null when none are. */
export async function archivedUntil(session: StoreSession): Promise<string | null> {
  const [start] = await session.$queryRaw<{ until: string }[]>`SELECT iso(until) AS until FROM log_start`;
  return start?.until ?? null;
}

/**
 * Refuses a read of the past before the start of the log.
 * @throws EventsArchived
 */
export async function refuseArchived(session: StoreSession, moment: string): Promise<void> {
  const until = await archivedUntil(session);
  if (until !== null && Date.parse(moment) < Date.parse(until)) throw new EventsArchived(until);
}

/**
 * Selects the moment until which events are archived when a cursor may not have read all of these; null when it has, when
 * it begins at the start of the log, or when its newest snapshot was taken after the log was archived. A cursor in the
 * middle of a window that is as old as the archived events may be refused although it has read them.
 */
export function archivedAfter({ readUpTo, window }: LogCursor): Sql {
  const begunAfter = sql`pg_visible_in_snapshot(started_in, ${window?.snapshot ?? readUpTo}::text::pg_snapshot)`;
  const hasRead =
    window === null
      ? areOlderThan(readUpTo)
      : sql`(${areOlderThan(readUpTo)} OR ${window.position}::bigint >= last AND ${areOlderThan(window.snapshot)})`;
  return sql`(SELECT iso(until) FROM log_start WHERE NOT (${begunAfter} OR ${hasRead}))`;
}

/** True when each archived event was written by a transaction that had ended before the oldest one of a snapshot. */
function areOlderThan(snapshot: string): Sql {
  return sql`last_transaction < pg_snapshot_xmin(${snapshot}::text::pg_snapshot)`;
}

/**
 * Waits for the act of an archive that moves the start of the log or removes events, and keeps the next one away until
 * the transaction ends. A subscription that restarts takes it, so that what it reads afterwards is not removed.
 */
export async function lockLogStart(session: StoreSession): Promise<void> {
  await session.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('holdfast/log-start', 0))`;
}
