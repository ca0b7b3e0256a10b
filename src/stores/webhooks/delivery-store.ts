import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StorePool } from '../postgres/store-pool';
import type { StoreSession } from '../postgres/store-session';
import { Wake } from '../postgres/wake';
import type {
  Accepted,
  ClaimedWebhook,
  DeliveryState,
  DueDelivery,
  FailedAnswer,
  NewDelivery,
  ShownDelivery,
} from './webhook';

const LONGEST_TEXT = 500;

/** The consequence of a failed attempt; times in ms from now. */
export interface Failure {
  /** The next attempt at this message; null: it is given up. */
  readonly retryInMs: number | null;
  /** The pause of the endpoint; null: its other messages are delivered without a pause. */
  readonly pauseMs: number | null;
  /** The reason to disable the endpoint; null: it stays enabled. */
  readonly disabledReason: string | null;
}

export interface DeliveryQuery {
  readonly state?: DeliveryState | undefined;
  /** The sequence of the last delivery of the previous page. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/**
 * The deliveries of webhooks, in the orders store. One relay at a time delivers to an endpoint, under a lease on its row.
 * No method holds a transaction open across a call to an endpoint.
 */
export class DeliveryStore {
  /** Notifies listeners when this process has added deliveries. */
  readonly added = new Wake();

  constructor(private readonly pool: StorePool) {}

  /** Adds messages in this order. A message that is already there stays as it is. */
  async add(deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    await this.pool.$executeRaw`${insertion(deliveries)} ON CONFLICT (webhook_id, event_id) DO NOTHING`;
    this.added.tell();
  }

  /** Claims endpoints that have due messages, the one served longest ago first. */
  async claim(owner: string, leaseMs: number, limit: number): Promise<readonly ClaimedWebhook[]> {
    return this.pool.$queryRaw<ClaimedWebhook[]>`
      UPDATE webhook SET claimed_by = ${owner}, claimed_until = ${inMs(leaseMs)}
      WHERE id IN (
        SELECT id FROM webhook w
        WHERE enabled AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
          AND (paused_until IS NULL OR paused_until <= clock_timestamp())
          AND EXISTS (SELECT 1 FROM webhook_delivery d
            WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= clock_timestamp())
        ORDER BY claimed_until NULLS FIRST LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
      RETURNING id, url, ordered, failures, ARRAY(
        SELECT secret FROM webhook_secret s WHERE s.webhook_id = webhook.id
          AND (expires_at IS NULL OR expires_at > clock_timestamp())
        ORDER BY created_at DESC) AS secrets`;
  }

  /** Extends a lease. @returns false when another relay has taken over, or the webhook was disabled or removed */
  async renew(id: string, owner: string, leaseMs: number): Promise<boolean> {
    const renewed = await this.pool.$executeRaw`
      UPDATE webhook SET claimed_until = ${inMs(leaseMs)} WHERE id = ${id} AND claimed_by = ${owner} AND enabled`;
    return renewed > 0;
  }

  /** Ends a lease, so that the endpoint can be claimed again at once. */
  async release(id: string, owner: string): Promise<void> {
    await this.pool.$executeRaw`
      UPDATE webhook SET claimed_by = NULL, claimed_until = clock_timestamp()
      WHERE id = ${id} AND claimed_by = ${owner}`;
  }

  /**
   * Reads the next messages that are due, in order. With `ordered`, a message is left out while an earlier one of its
   * stream is not among those read before it.
   */
  async due({ id, ordered }: ClaimedWebhook, limit: number): Promise<readonly DueDelivery[]> {
    const isFree = ordered
      ? sql`NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.webhook_id = d.webhook_id AND e.state = 'pending'
          AND e.stream = d.stream AND e.version < d.version
          AND (e.due_at > clock_timestamp() OR e.sequence > d.sequence))`
      : sql`true`;
    return this.pool.$queryRaw<DueDelivery[]>`
      SELECT event_id::text AS "eventId", stream, body, attempts,
        coalesce(extract(epoch FROM clock_timestamp() - first_attempt_at) * 1000, 0)::float8 AS "ageMs",
        coalesce(w.accepted_at > first_attempt_at, false) AS "isOvertaken"
      FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
      WHERE d.webhook_id = ${id} AND d.state = 'pending' AND d.due_at <= clock_timestamp() AND ${isFree}
      ORDER BY d.sequence LIMIT ${limit}::int`;
  }

  /** Records that the endpoint has accepted messages. */
  async accepted(id: string, messages: readonly Accepted[]): Promise<void> {
    await this.pool.$executeRaw`
      WITH delivery AS (
        UPDATE webhook_delivery d SET state = 'delivered', delivered_at = clock_timestamp(), body = NULL,
          ${attempted(sql`m.status`, sql`NULL`, sql`m.response`)}
        FROM jsonb_to_recordset(${JSON.stringify(messages)}::jsonb) AS m("eventId" uuid, status int, response text)
        WHERE d.webhook_id = ${id} AND d.event_id = m."eventId" AND d.state = 'pending')
      UPDATE webhook SET accepted_at = clock_timestamp(), failures = 0, failure = NULL, paused_until = NULL
      WHERE id = ${id}`;
  }

  /** Records a failed attempt and its consequence. */
  async failed(
    id: string,
    eventId: string,
    attempt: FailedAnswer,
    { retryInMs, pauseMs, disabledReason }: Failure,
  ): Promise<void> {
    const { status, response } = attempt;
    const error = attempt.error.slice(0, LONGEST_TEXT);
    const next = retryInMs === null ? sql`state = 'failed', body = NULL` : sql`due_at = ${inMs(retryInMs)}`;
    const endpoint =
      pauseMs === null
        ? sql`id = id`
        : sql`failures = failures + 1, failure = ${error}, paused_until = ${inMs(pauseMs)}`;
    await this.pool.$executeRaw`
      WITH delivery AS (
        UPDATE webhook_delivery SET ${next}, ${attempted(sql`${status}::int`, sql`${error}`, sql`${response}::text`)}
        WHERE webhook_id = ${id} AND event_id = ${eventId}::uuid AND state = 'pending')
      UPDATE webhook SET ${endpoint}, enabled = enabled AND ${disabledReason === null},
        disabled_reason = coalesce(${disabledReason}, disabled_reason)
      WHERE id = ${id}`;
  }

  /** Removes deliveries whose last attempt is older than some days. Pending ones stay. @returns the number removed */
  async removeOld(days: number, limit: number): Promise<number> {
    return this.pool.$executeRaw`
      DELETE FROM webhook_delivery WHERE (webhook_id, event_id) IN (
        SELECT webhook_id, event_id FROM webhook_delivery
        WHERE state <> 'pending' AND last_attempt_at < clock_timestamp() - make_interval(days => ${days}::int)
        ORDER BY last_attempt_at LIMIT ${limit}::int)`;
  }

  /** Lists the deliveries of a webhook, the newest first. */
  async list(id: string, { state, before, limit }: DeliveryQuery): Promise<readonly ShownDelivery[]> {
    return this.pool.$queryRaw<ShownDelivery[]>`
      SELECT event_id::text AS "eventId", sequence::text AS sequence, type, stream, version, state, attempts,
        iso(created_at) AS "createdAt", iso(due_at) AS "dueAt", iso(delivered_at) AS "deliveredAt",
        iso(last_attempt_at) AS "lastAttemptAt", last_status AS "lastStatus", last_error AS "lastError",
        last_response AS "lastResponse"
      FROM webhook_delivery WHERE webhook_id = ${id}
        AND ${state === undefined ? sql`true` : sql`state = ${state}`}
        AND ${before === undefined ? sql`true` : sql`sequence < ${before}::bigint`}
      ORDER BY webhook_delivery.sequence DESC LIMIT ${limit}::int`;
  }
}

/** Adds messages again: those that were delivered or given up become pending, in this order. */
export async function addAgain(session: StoreSession, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await session.$executeRaw`${insertion(deliveries)}
    ON CONFLICT (webhook_id, event_id) DO UPDATE SET state = 'pending', sequence = excluded.sequence,
      body = excluded.body, due_at = clock_timestamp(), delivered_at = NULL, attempts = 0, first_attempt_at = NULL
    WHERE webhook_delivery.state <> 'pending'`;
}

/** Inserts messages of webhooks that exist. The sequence follows the order of the list. */
function insertion(deliveries: readonly NewDelivery[]) {
  return sql`
    INSERT INTO webhook_delivery (webhook_id, event_id, type, stream, version, body)
    SELECT n."webhookId", n."eventId", n.type, n.stream, n.version, n.body
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(deliveries)}::jsonb) AS (
      "webhookId" text, "eventId" uuid, type text, stream text, version int, body text)) WITH ORDINALITY AS n
    WHERE EXISTS (SELECT 1 FROM webhook WHERE id = n."webhookId") ORDER BY n.ordinality`;
}

function attempted(status: Sql, error: Sql, response: Sql) {
  return sql`attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, clock_timestamp()),
    last_attempt_at = clock_timestamp(), last_status = ${status}, last_error = ${error}, last_response = ${response}`;
}

function inMs(milliseconds: number) {
  return sql`clock_timestamp() + make_interval(secs => ${milliseconds / 1_000})`;
}
