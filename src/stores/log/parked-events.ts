import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { Actor } from '../../contracts/commands';
import type { StorePool } from '../postgres/store-pool';
import type { StoreSession } from '../postgres/store-session';
import { insertAct } from './audit-log';
import { eventRow, type PositionedEvent } from './event-rows';

/** An event that a handler failed on. It is set aside so that the other events are processed. */
export interface ParkedEvent {
  readonly subscription: string;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  readonly failure: string;
  readonly parkedAt: string;
  /** The moment of a requested retry that has not run yet; null: none is requested. */
  readonly retryAt: string | null;
}

/** The characters of an error that a store keeps. */
export const LONGEST_FAILURE = 500;

/** The parked events of the subscriptions to one store's log. */
export class ParkedEvents {
  constructor(private readonly pool: StorePool) {}

  async newest(most: number): Promise<readonly ParkedEvent[]> {
    return this.pool.$queryRaw<ParkedEvent[]>`
      SELECT subscription, event_id::text AS "eventId", stream, type, failure, iso(parked_at) AS "parkedAt",
        iso(retry_at) AS "retryAt"
      FROM parked_event WHERE dropped_at IS NULL ORDER BY parked_at DESC LIMIT ${most}::int`;
  }

  /** Requests that the owner of the subscription handles an event again. @returns false when it is not parked */
  async requestRetry(name: string, eventId: string, by: Actor): Promise<boolean> {
    const known = await this.pool.$executeRaw`
      WITH requested AS (
        UPDATE parked_event SET retry_at = clock_timestamp()
        WHERE subscription = ${name} AND event_id = ${eventId}::uuid AND dropped_at IS NULL
        RETURNING subscription)
      ${insertAct('parked-event.retry', by, sql`SELECT subscription FROM requested`, { eventId })}`;
    return known > 0;
  }

  /** Drops an event for good. Its row stays, and the audit log has the note. @returns false when it is not parked */
  async drop(name: string, eventId: string, note: string, by: Actor): Promise<boolean> {
    const known = await this.pool.$executeRaw`
      WITH dropped AS (
        UPDATE parked_event SET dropped_at = clock_timestamp(), retry_at = NULL
        WHERE subscription = ${name} AND event_id = ${eventId}::uuid AND dropped_at IS NULL
        RETURNING subscription)
      ${insertAct('parked-event.drop', by, sql`SELECT subscription FROM dropped`, { eventId, note })}`;
    return known > 0;
  }

  /** Reads the parked events of a subscription that are to be handled again, in the order of the log. */
  async toRetry(name: string, limit: number): Promise<readonly PositionedEvent[]> {
    const [page] = await this.pool.$queryRaw<{ events: readonly PositionedEvent[] }[]>`
      SELECT coalesce(json_agg(${eventRow} ORDER BY position), '[]') AS events
      FROM (SELECT event.* FROM parked_event AS p JOIN event USING (position)
        WHERE p.subscription = ${name} AND p.retry_at IS NOT NULL ORDER BY position LIMIT ${limit}::int) AS parked`;
    return page?.events ?? [];
  }

  /** Removes an event that was handled. */
  async handled(name: string, { position }: PositionedEvent): Promise<void> {
    await this.pool.$executeRaw`
      DELETE FROM parked_event WHERE subscription = ${name} AND position = ${position}::bigint`;
  }

  /** Notes that a retry failed: the event stays parked. */
  async failedAgain(name: string, { position }: PositionedEvent, failure: string): Promise<void> {
    await this.pool.$executeRaw`
      UPDATE parked_event SET retry_at = NULL, failure = ${failure.slice(0, LONGEST_FAILURE)}, parked_at = clock_timestamp()
      WHERE subscription = ${name} AND position = ${position}::bigint`;
  }
}

/** Parks an event, in the transaction that moves the checkpoint past it. */
export async function park(
  session: StoreSession,
  name: string,
  { position, id, stream, type }: PositionedEvent,
  failure: string,
): Promise<void> {
  await session.$executeRaw`
    INSERT INTO parked_event (subscription, position, event_id, stream, type, failure)
    VALUES (${name}, ${position}::bigint, ${id}::uuid, ${stream}, ${type}, ${failure.slice(0, LONGEST_FAILURE)})
    ON CONFLICT DO NOTHING`;
}

/** A condition: a retry of a parked event of this subscription is requested. */
export function hasRequestedRetry(name: Sql) {
  return sql`EXISTS (SELECT 1 FROM parked_event WHERE subscription = ${name} AND retry_at IS NOT NULL)`;
}
