import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Actor } from '../../contracts/commands';
import type { StorePool } from '../postgres/store-pool';
import type { StepSession, StoreSession } from '../postgres/store-session';
import type { Wake } from '../postgres/wake';
import { insertAct } from './audit-log';
import { isUnread } from './event-feed';
import type { PositionedEvent } from './event-rows';
import { type LogCursor, NOTHING_SEEN } from './log-cursor';
import { lockLogStart } from './log-start';
import { hasRequestedRetry, LONGEST_FAILURE, type ParkedEvent, ParkedEvents, park } from './parked-events';

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
  /** False: no relay has run it for half a minute. */
  readonly isRunning: boolean;
  /** The place of a requested restart that has not begun: `start` or a moment; null: none is requested. */
  readonly restartAt: string | null;
  /** The age of the oldest unhandled event, in milliseconds; 0: it has handled all events. */
  readonly lagMs: number;
  /** The error that stops the subscription; null: none. */
  readonly failure: string | null;
  readonly failedAt: string | null;
  /** The newest parked events. */
  readonly parked: readonly ParkedEvent[];
  readonly parkedCount: number;
}

export interface CursorRow {
  readonly readUpTo: string;
  readonly window: string | null;
  readonly position: number;
  readonly last: number;
}

/**
 * The unread part of a log: `wanted` events (or work left, or a restart), only `unwanted` events to skip, or nothing; or
 * that there is no such subscription.
 */
export type Unread = 'wanted' | 'unwanted' | 'nothing' | 'unregistered';

/** The outcome of a removal. A projection is not removed, because its rows would stay; nor what a relay still runs. */
export type SubscriptionRemoval = 'removed' | 'unknown' | 'projection' | 'running';

/** The state of a subscription at which its next batch begins. */
export interface Checkpoint {
  readonly cursor: LogCursor;
  /** The revision of the handler that moved the checkpoint here. */
  readonly revision: number;
  readonly restartAt: string | null;
  /** The identity of the data at the party that a reaction writes to; null: not known yet. */
  readonly peer: string | null;
}

/** One batch of a projection, inside the transaction that holds the subscription's lock. */
export interface ProjectionBatch extends Checkpoint {
  readonly session: StepSession;
  /** Moves the checkpoint when the transaction commits. */
  move(cursor: LogCursor): void;
}

type CheckpointRow = CursorRow & Omit<Checkpoint, 'cursor'>;

/** Another process takes over the reaction of a dead owner after this time. The owner renews its lease meanwhile. */
const LEASE_SECONDS = 3;
const MOST_PARKED_SHOWN = 100;
/** A relay that runs a subscription moves its checkpoint, or notes a failure, several times in this period. */
export const RUNNING_FOR_SECONDS = 30;

/**
 * The checkpoints of the subscriptions to one store's log, kept in that store. One process at a time runs a
 * subscription: a projection under a lock of its transaction, a reaction under a lease.
 */
export class SubscriptionStore {
  readonly parked: ParkedEvents;

  constructor(private readonly pool: StorePool) {
    this.parked = new ParkedEvents(pool);
  }

  /** The log, outside any transaction. */
  get log(): StoreSession {
    return this.pool;
  }

  /** Notifies listeners after this process has saved something in the store. */
  get saved(): Wake {
    return this.pool.saved;
  }

  /**
   * Registers a subscription at the start of the log. An existing subscription keeps its checkpoint. A projection of a log
   * that was archived begins with a restart, which loads the states at the start of the log.
   */
  async register({ name, kind, revision }: Registration): Promise<void> {
    await this.pool.$executeRaw`
      INSERT INTO subscription (name, kind, revision, read_up_to, restart_at)
      VALUES (${name}, ${kind}, ${revision}, ${NOTHING_SEEN}::text::pg_snapshot,
        CASE WHEN ${kind} = 'projection' AND EXISTS (SELECT FROM log_start) THEN 'start' END)
      ON CONFLICT (name) DO NOTHING`;
  }

  /**
   * Tells whether a subscription to these types (null: all) has work. It takes no lock and no transaction id, because
   * each subscription calls it many times a second.
   */
  async unread(name: string, types: readonly string[] | null): Promise<Unread> {
    const isNew = isUnread(sql`read_up_to`);
    const isWanted = types === null ? sql`true` : sql`type = ANY(${[...types]})`;
    const [row] = await this.pool.$queryRaw<{ isWanted: boolean; isUnread: boolean }[]>`
      SELECT "window" IS NOT NULL OR restart_at IS NOT NULL OR ${hasRequestedRetry(sql`subscription.name`)}
        OR EXISTS (SELECT 1 FROM event WHERE ${isNew} AND ${isWanted}) AS "isWanted",
        EXISTS (SELECT 1 FROM event WHERE ${isNew}) AS "isUnread"
      FROM subscription WHERE name = ${name}`;
    if (!row) return 'unregistered';
    if (row.isWanted) return 'wanted';
    return row.isUnread ? 'unwanted' : 'nothing';
  }

  /**
   * Runs one batch of a projection in one transaction, under its lock. The lock of a process that dies ends with its
   * transaction. It is an advisory lock: a row lock would give the transaction an id before it writes anything, and
   * every snapshot would list that id.
   * @returns undefined when another process holds the lock, or there is no such subscription
   */
  async inBatch<T>(name: string, work: (batch: ProjectionBatch) => Promise<T>): Promise<T | undefined> {
    return this.pool.transaction(async (session) => {
      const locking = session.$queryRaw<{ taken: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${lockOf(name)}) AS taken`;
      // A separate statement: the statement that takes the lock has a snapshot from before the last holder committed.
      const reading = session.$queryRaw<CheckpointRow[]>`
        SELECT ${checkpointColumns()} FROM subscription WHERE name = ${name}`;
      const [[lock], [row]] = await Promise.all([locking, reading]);
      if (!lock?.taken || !row) return undefined;
      const move = (to: LogCursor) => session.save(movement(name, to));
      return work({ session, ...checkpointOf(row), move });
    });
  }

  /**
   * Takes or renews the lease of a reaction, by the database's clock.
   * @returns undefined while another process holds it, or where a later revision of the handler has run
   */
  async claim(
    { name, revision }: Owned & Pick<Registration, 'revision'>,
    owner: string,
  ): Promise<Checkpoint | undefined> {
    const [row] = await this.pool.$queryRaw<CheckpointRow[]>`
      UPDATE subscription SET owner = ${owner}, leased_until = ${leaseEnd()}
      WHERE name = ${name} AND revision <= ${revision}
        AND (owner = ${owner} OR owner IS NULL OR leased_until < clock_timestamp())
      RETURNING ${checkpointColumns()}`;
    return row && checkpointOf(row);
  }

  /** Renews the lease of a reaction. @returns false when another process has taken over */
  async renew(name: string, owner: string): Promise<boolean> {
    const renewed = await this.pool.$executeRaw`
      UPDATE subscription SET leased_until = ${leaseEnd()} WHERE name = ${name} AND owner = ${owner}`;
    return renewed > 0;
  }

  /** Moves the checkpoint of a reaction. @returns false when another process has taken over: nothing is moved */
  async move(name: string, owner: string, to: LogCursor): Promise<boolean> {
    return (await this.pool.$executeRaw(movement(name, to, owner))) > 0;
  }

  /** Parks an event of a reaction and moves the checkpoint past it, unless another process has taken over. */
  async park(
    name: string,
    owner: string,
    parked: PositionedEvent,
    failure: string,
    to: LogCursor,
  ): Promise<void> {
    await this.pool.transaction(async (session) => {
      if ((await session.$executeRaw(movement(name, to, owner))) > 0)
        await park(session, name, parked, failure);
    });
  }

  /** Begins a requested restart of a reaction, unless another process has taken over. */
  async beginAgain(
    registration: Owned & Pick<Registration, 'revision'>,
    owner: string,
    at: LogCursor,
  ): Promise<void> {
    const { name } = registration;
    await this.pool.transaction(async (session) => {
      await lockLogStart(session);
      if ((await session.$executeRaw(movement(name, at, owner))) > 0)
        await beginAgain(session, registration, at);
    });
  }

  /**
   * Notes the identity of the data at the party that a reaction writes to. Another identity than before requests a
   * restart, in the same statement: a crash between the two would lose it.
   */
  async notePeer(name: string, owner: string, peer: string): Promise<void> {
    await this.pool.$executeRaw`
      UPDATE subscription SET peer = ${peer}, restart_at = CASE WHEN peer IS NULL THEN restart_at ELSE 'start' END
      WHERE name = ${name} AND owner = ${owner}`;
  }

  /** Ends the lease of a reaction, so that another process need not wait for it. */
  async release(name: string, owner: string): Promise<void> {
    await this.pool
      .$executeRaw`UPDATE subscription SET owner = NULL WHERE name = ${name} AND owner = ${owner}`;
  }

  /**
   * Requests that the next batch begins at another place: `start`, or a moment.
   * @returns false when there is no such subscription
   */
  async restart(name: string, at: string, by: Actor): Promise<boolean> {
    const known = await this.pool.$executeRaw`
      WITH reset AS (UPDATE subscription SET restart_at = ${at} WHERE name = ${name} RETURNING name)
      ${insertAct('subscription.reset', by, sql`SELECT name FROM reset`, { to: at })}`;
    return known > 0;
  }

  /** Removes a reaction that no relay runs any more, with its checkpoint and its parked events. */
  async remove(name: string, by: Actor): Promise<SubscriptionRemoval> {
    return this.pool.transaction(async (session) => {
      const [row] = await session.$queryRaw<(Pick<Registration, 'kind'> & { isRunning: boolean })[]>`
        SELECT kind, ${isRunning()} AS "isRunning" FROM subscription WHERE name = ${name} FOR UPDATE`;
      if (!row) return 'unknown';
      if (row.kind === 'projection') return 'projection';
      if (row.isRunning) return 'running';
      await session.$executeRaw`DELETE FROM parked_event WHERE subscription = ${name}`;
      await session.$executeRaw`
        WITH removed AS (DELETE FROM subscription WHERE name = ${name} RETURNING name)
        ${insertAct('subscription.remove', by, sql`SELECT name FROM removed`)}`;
      return 'removed';
    });
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
        ${isRunning()} AS "isRunning", failure, iso(failed_at) AS "failedAt",
        coalesce(ceil(extract(epoch FROM clock_timestamp() - ${oldestUnread()}) * 1000), 0)::float8 AS "lagMs",
        (SELECT count(*) FROM parked_event WHERE subscription = s.name AND dropped_at IS NULL)::float8 AS "parkedCount"
      FROM subscription AS s ORDER BY name`;
    const parked = await this.parked.newest(MOST_PARKED_SHOWN);
    return rows.map(({ readUpTo, window, position, last, ...status }) => ({
      ...status,
      cursor: cursorOf({ readUpTo, window, position, last }),
      parked: parked.filter(({ subscription }) => subscription === status.name),
    }));
  }
}

type Owned = Pick<Registration, 'name'>;

/**
 * Restarts at a place, inside the transaction of a batch. Drops the parked events that the handler meets again, and
 * keeps those before the place.
 */
export async function beginAgain(
  session: StepSession,
  { name, revision }: Pick<Registration, 'name' | 'revision'>,
  cursor: LogCursor,
): Promise<void> {
  await session.$executeRaw`
    DELETE FROM parked_event WHERE subscription = ${name} AND position > ${cursor.window?.position ?? 0}::bigint`;
  await session.$executeRaw`
    UPDATE subscription SET revision = ${revision}, restart_at = NULL WHERE name = ${name}`;
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

/** A condition: a relay has run the subscription of this row a moment ago. */
function isRunning() {
  return sql`greatest(moved_at, failed_at, leased_until)
    > clock_timestamp() - make_interval(secs => ${RUNNING_FOR_SECONDS})`;
}

function lockOf(name: string) {
  return sql`hashtextextended('holdfast/subscription/' || ${name}, 0)`;
}

function leaseEnd() {
  return sql`clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})`;
}

/** The columns that `cursorOf` reads. */
export function cursorColumns() {
  return sql`read_up_to::text AS "readUpTo", "window"::text AS "window",
    position::float8 AS position, last_position::float8 AS last`;
}

function checkpointColumns() {
  return sql`revision, restart_at AS "restartAt", peer, ${cursorColumns()}`;
}

function checkpointOf({ revision, restartAt, peer, ...row }: CheckpointRow): Checkpoint {
  return { revision, restartAt, peer, cursor: cursorOf(row) };
}

export function cursorOf({ readUpTo, window: snapshot, position, last }: CursorRow): LogCursor {
  return { readUpTo, window: snapshot === null ? null : { snapshot, position, last } };
}

/** Builds the statement that moves a checkpoint; of a reaction only while `owner` holds its lease. */
function movement(name: string, { readUpTo, window }: LogCursor, owner?: string) {
  const isOwned = owner === undefined ? sql`true` : sql`owner = ${owner}`;
  return sql`
    UPDATE subscription SET read_up_to = ${readUpTo}::text::pg_snapshot,
      "window" = ${window?.snapshot ?? null}::text::pg_snapshot, position = ${window?.position ?? null}::bigint,
      last_position = ${window?.last ?? null}::bigint, moved_at = clock_timestamp(), failure = NULL, failed_at = NULL
    WHERE name = ${name} AND ${isOwned}`;
}
