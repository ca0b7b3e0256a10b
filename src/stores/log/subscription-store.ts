import { sqltag as sql } from '@prisma/client/runtime/client';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import type { Wake } from '../postgres/wake';
import { isUnread } from './event-feed';
import type { PositionedEvent } from './event-rows';
import { type LogCursor, NOTHING_SEEN } from './log-cursor';

export interface ParkedEvent {
  readonly subscription: string;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  readonly failure: string;
  readonly parkedAt: string;
}

export interface Registration {
  readonly name: string;
  readonly kind: 'projection' | 'reaction';
  /** The revision of the handler; a higher one reads the log again from the start. */
  readonly revision: number;
}

/** A subscription with its checkpoint, lag and parked events. */
export interface SubscriptionStatus extends Registration {
  readonly cursor: LogCursor;
  readonly movedAt: string;
  /** The place of a requested restart that has not begun: `start` or a moment; null: none is requested. */
  readonly restartAt: string | null;
  /** The age of the oldest unhandled event, in milliseconds; 0: it has handled all events. */
  readonly lagMs: number;
  /** The error that stops the subscription; null: none. */
  readonly failure: string | null;
  readonly failedAt: string | null;
  readonly parked: readonly ParkedEvent[];
}

export interface CursorRow {
  readonly readUpTo: string;
  readonly window: string | null;
  readonly position: number;
  readonly last: number;
}

/**
 * The unread part of a log: `wanted` events (or work left, or a restart), only `unwanted` events to skip, or nothing.
 */
export type Unread = 'wanted' | 'unwanted' | 'nothing';

/** One batch of a subscription, inside the transaction that holds the subscription's lock. */
export interface Turn {
  readonly session: StepSession;
  readonly cursor: LogCursor;
  /** The revision of the handler that moved the checkpoint here. */
  readonly revision: number;
  readonly restartAt: string | null;
  /** Moves the checkpoint when the transaction commits. */
  move(cursor: LogCursor): void;
}

const LONGEST_FAILURE = 500;
const MOST_PARKED_SHOWN = 100;

/** The checkpoints of the subscriptions to one store's log. That store keeps them. */
export class SubscriptionStore {
  constructor(private readonly pool: StorePool) {}

  /** Notifies listeners after this process has saved something in the store. */
  get saved(): Wake {
    return this.pool.saved;
  }

  /** Registers a subscription at the start of the log. An existing subscription keeps its checkpoint. */
  async register({ name, kind, revision }: Registration): Promise<void> {
    await this.pool.$executeRaw`
      INSERT INTO subscription (name, kind, revision, read_up_to)
      VALUES (${name}, ${kind}, ${revision}, ${NOTHING_SEEN}::text::pg_snapshot)
      ON CONFLICT (name) DO NOTHING`;
  }

  /**
   * Tells whether a subscription to these types has events to read. It takes no lock and no transaction id, because
   * each subscription calls it many times a second.
   */
  async unread(name: string, types: readonly string[]): Promise<Unread> {
    const isNew = isUnread(sql`read_up_to`);
    const [row] = await this.pool.$queryRaw<{ isWanted: boolean; isUnread: boolean }[]>`
      SELECT "window" IS NOT NULL OR restart_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM event WHERE ${isNew} AND type = ANY(${[...types]})) AS "isWanted",
        EXISTS (SELECT 1 FROM event WHERE ${isNew}) AS "isUnread"
      FROM subscription WHERE name = ${name}`;
    if (row?.isWanted) return 'wanted';
    return row?.isUnread ? 'unwanted' : 'nothing';
  }

  /**
   * Runs one batch of a subscription in one transaction, under its lock. The lock of a process that dies ends with its
   * transaction. It is an advisory lock: a row lock would give the transaction an id before it writes anything, and
   * every snapshot would list that id.
   * @returns undefined when another process holds the lock, or there is no such subscription
   */
  async turn<T>(name: string, work: (turn: Turn) => Promise<T>): Promise<T | undefined> {
    return this.pool.transaction(async (session) => {
      const locking = session.$queryRaw<{ taken: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${lockOf(name)}) AS taken`;
      // A separate statement: the one that takes the lock has a snapshot from before the last holder committed.
      const reading = session.$queryRaw<(CursorRow & Pick<Turn, 'revision' | 'restartAt'>)[]>`
        SELECT revision, restart_at AS "restartAt", ${cursorColumns()} FROM subscription WHERE name = ${name}`;
      const [[lock], [row]] = await Promise.all([locking, reading]);
      if (!lock?.taken || !row) return undefined;
      const { revision, restartAt } = row;
      const move = (to: LogCursor) => session.save(movement(name, to));
      return work({ session, cursor: cursorOf(row), revision, restartAt, move });
    });
  }

  /**
   * Requests that the next batch begins at another place: `start`, or a moment.
   * @returns false when there is no such subscription
   */
  async restart(name: string, at: string): Promise<boolean> {
    const known = await this.pool
      .$executeRaw`UPDATE subscription SET restart_at = ${at} WHERE name = ${name}`;
    return known > 0;
  }

  /** Records the error that stops a subscription. */
  async noteFailure(name: string, failure: string): Promise<void> {
    await this.pool.$executeRaw`
      UPDATE subscription SET failure = ${failure.slice(0, LONGEST_FAILURE)}, failed_at = clock_timestamp()
      WHERE name = ${name}`;
  }

  async list(): Promise<readonly SubscriptionStatus[]> {
    const rows = await this.pool.$queryRaw<(CursorRow & Omit<SubscriptionStatus, 'cursor' | 'parked'>)[]>`
      SELECT name, kind, revision, restart_at AS "restartAt", ${cursorColumns()}, iso(moved_at) AS "movedAt",
        failure, iso(failed_at) AS "failedAt", 
        coalesce(ceil(extract(epoch FROM clock_timestamp() - ${oldestUnread()}) * 1000), 0)::float8 AS "lagMs"
      FROM subscription AS s ORDER BY name`;
    const parked = await this.pool.$queryRaw<ParkedEvent[]>`
      SELECT subscription, event_id::text AS "eventId", stream, type, failure, iso(parked_at) AS "parkedAt"
      FROM parked_event ORDER BY parked_at DESC LIMIT ${MOST_PARKED_SHOWN}::int`;
    return rows.map(({ readUpTo, window, position, last, ...status }) => ({
      ...status,
      cursor: cursorOf({ readUpTo, window, position, last }),
      parked: parked.filter(({ subscription }) => subscription === status.name),
    }));
  }
}

/** Restarts at a place, inside the transaction of a batch. Drops the parked events, as the handler meets them again. */
export async function beginAgain(
  session: StepSession,
  { name, revision }: Pick<Registration, 'name' | 'revision'>,
  cursor: LogCursor,
): Promise<void> {
  await session.$executeRaw`DELETE FROM parked_event WHERE subscription = ${name}`;
  await session.$executeRaw`
    UPDATE subscription SET revision = ${revision}, restart_at = NULL WHERE name = ${name}`;
  session.save(movement(name, cursor));
}

/** Parks an event, in the transaction that moves the checkpoint past it. */
export async function park(
  session: StepSession,
  name: string,
  { position, id, stream, type }: PositionedEvent,
  failure: string,
): Promise<void> {
  await session.$executeRaw`
    INSERT INTO parked_event (subscription, position, event_id, stream, type, failure)
    VALUES (${name}, ${position}::bigint, ${id}::uuid, ${stream}, ${type}, ${failure.slice(0, LONGEST_FAILURE)})`;
}

/**
 * Selects the moment at which the oldest event unhandled by the subscription `s` was recorded. Inside the window it is
 * the next event. After the window it is the oldest of the next 100, as transaction ids nearly follow append order.
 */
export function oldestUnread() {
  return sql`least(
    (SELECT recorded_at FROM event WHERE s."window" IS NOT NULL AND event.position > s.position
       AND event.position <= s.last_position AND NOT pg_visible_in_snapshot(transaction_id, s.read_up_to)
       ORDER BY event.position LIMIT 1),
    (SELECT min(recorded_at) FROM (SELECT recorded_at FROM event
       WHERE ${isUnread(sql`coalesce(s."window", s.read_up_to)`)}
       ORDER BY transaction_id, event.position LIMIT 100) AS later))`;
}

function lockOf(name: string) {
  return sql`hashtextextended('holdfast/subscription/' || ${name}, 0)`;
}

/** The columns that `cursorOf` reads. */
export function cursorColumns() {
  return sql`read_up_to::text AS "readUpTo", "window"::text AS "window",
    position::float8 AS position, last_position::float8 AS last`;
}

export function cursorOf({ readUpTo, window: snapshot, position, last }: CursorRow): LogCursor {
  return { readUpTo, window: snapshot === null ? null : { snapshot, position, last } };
}

function movement(name: string, { readUpTo, window }: LogCursor) {
  return sql`
    UPDATE subscription SET read_up_to = ${readUpTo}::text::pg_snapshot,
      "window" = ${window?.snapshot ?? null}::text::pg_snapshot, position = ${window?.position ?? null}::bigint,
      last_position = ${window?.last ?? null}::bigint, moved_at = clock_timestamp(), failure = NULL, failed_at = NULL
    WHERE name = ${name}`;
}
