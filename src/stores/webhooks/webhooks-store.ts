import { randomBytes } from 'node:crypto';
import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Actor } from '../../contracts/commands';
import { LOGS } from '../../contracts/logs';
import { insertAct } from '../log/audit-log';
import { exactlyOne } from '../postgres/exactly-one';
import type { StorePool } from '../postgres/store-pool';
import type { StoreSession } from '../postgres/store-session';
import type { Audience, ShownWebhook, WebhookSettings } from './webhook';

const SECRET_BYTES = 24;
const MOST_COUNTED = 10_000;
/** The rows that one statement deletes; bounds its duration. */
const DELETED_AT_ONCE = 2_000;

/** The settings and the secrets of webhooks, in the orders store. */
export class WebhooksStore {
  constructor(private readonly pool: StorePool) {}

  /**
   * Creates or replaces a webhook. A changed webhook is tried again at once.
   * @returns the secret of a new webhook; undefined when the webhook existed
   */
  async put(id: string, wanted: WebhookSettings, by: Actor): Promise<string | undefined> {
    const { url, types, nodes, channels, ordered, enabled } = wanted;
    return this.pool.transaction(async (session) => {
      const added = await session.$executeRaw`
        INSERT INTO webhook (id, url, types, nodes, channels, ordered, enabled)
        VALUES (${id}, ${url}, ${[...types]}, ${[...nodes]}, ${[...channels]}, ${ordered}, ${enabled})
        ON CONFLICT (id) DO NOTHING`;
      await session.$executeRaw(
        insertAct('webhook.set', by, sql`SELECT ${id}::text`, settingsLogged(wanted)),
      );
      if (added === 0) {
        await session.$executeRaw`
          UPDATE webhook SET url = ${url}, types = ${[...types]}, nodes = ${[...nodes]}, channels = ${[...channels]},
            ordered = ${ordered}, enabled = ${enabled}, disabled_reason = NULL, failures = 0, failure = NULL,
            paused_until = NULL, updated_at = clock_timestamp()
          WHERE id = ${id}`;
        return undefined;
      }
      return addSecret(session, id);
    });
  }

  async find(id: string): Promise<ShownWebhook | undefined> {
    const [row] = await this.pool.$queryRaw<ShownWebhook[]>`
      SELECT ${shownColumns()} FROM webhook w WHERE id = ${id}`;
    return row;
  }

  /** Lists webhooks in the order of their ids, after one. */
  async list(after: string, limit: number): Promise<readonly ShownWebhook[]> {
    return this.pool.$queryRaw<ShownWebhook[]>`
      SELECT ${shownColumns()} FROM webhook w WHERE id > ${after} ORDER BY id LIMIT ${limit}::int`;
  }

  /** Lists the filters of all webhooks, also of disabled ones: their events wait. */
  async audiences(): Promise<readonly Audience[]> {
    return this.pool.$queryRaw<Audience[]>`
      SELECT id, types, nodes, channels, iso(created_at) AS since FROM webhook ORDER BY id`;
  }

  /**
   * Removes a webhook with its deliveries. It is disabled first, and its deliveries are deleted in portions, so a call
   * that breaks off can be repeated.
   * @returns false when there is no such webhook
   */
  async remove(id: string, by: Actor): Promise<boolean> {
    const known = await this.pool.$executeRaw`UPDATE webhook SET enabled = false WHERE id = ${id}`;
    if (known === 0) return false;
    for (let deleted = DELETED_AT_ONCE; deleted === DELETED_AT_ONCE; ) {
      deleted = await this.pool.$executeRaw`
        DELETE FROM webhook_delivery WHERE webhook_id = ${id} AND event_id IN (
          SELECT event_id FROM webhook_delivery WHERE webhook_id = ${id} LIMIT ${DELETED_AT_ONCE}::int)`;
    }
    await this.pool.$executeRaw`
      WITH removed AS (DELETE FROM webhook WHERE id = ${id} RETURNING id)
      ${insertAct('webhook.remove', by, sql`SELECT id FROM removed`)}`;
    return true;
  }

  /**
   * Adds a secret. The secrets before it stay valid for a time.
   * @returns undefined when there is no such webhook
   */
  async rotate(
    id: string,
    oldValidSeconds: number,
    by: Actor,
  ): Promise<{ readonly secret: string; readonly oldValidUntil: string } | undefined> {
    return this.pool.transaction(async (session) => {
      const [known] = await session.$queryRaw<object[]>`SELECT 1 FROM webhook WHERE id = ${id} FOR UPDATE`;
      if (!known) return undefined;
      await session.$executeRaw`
        DELETE FROM webhook_secret WHERE webhook_id = ${id} AND expires_at <= clock_timestamp()`;
      const until = exactlyOne(
        await session.$queryRaw<{ at: string }[]>`
        SELECT iso(clock_timestamp() + make_interval(secs => ${oldValidSeconds})) AS at`,
      );
      await session.$executeRaw`
        UPDATE webhook_secret SET expires_at = ${until.at}::timestamptz
        WHERE webhook_id = ${id} AND expires_at IS NULL`;
      await session.$executeRaw(insertAct('webhook.rotate-secret', by, sql`SELECT ${id}::text`));
      return { secret: await addSecret(session, id), oldValidUntil: until.at };
    });
  }

  /**
   * Requests that events recorded from a moment on are delivered again. It replaces a replay that is not complete.
   * @returns false when there is no such webhook
   */
  async replay(id: string, from: string, by: Actor): Promise<boolean> {
    const added = await this.pool.$executeRaw`
      WITH requested AS (
        INSERT INTO webhook_replay (webhook_id, log, from_at)
        SELECT id, log, ${from}::timestamptz FROM webhook, unnest(${[...LOGS]}::text[]) AS log WHERE id = ${id}
        ON CONFLICT (webhook_id, log) DO UPDATE SET from_at = excluded.from_at, cursor = NULL, owner = NULL,
          leased_until = NULL
        RETURNING webhook_id)
      ${insertAct('webhook.replay', by, sql`SELECT DISTINCT webhook_id FROM requested`, { from })}`;
    return added > 0;
  }
}

/** Returns what the audit log keeps of settings. The path of a URL may have a secret, so only its origin is kept. */
function settingsLogged({ url, ...settings }: WebhookSettings): object {
  return { origin: new URL(url).origin, ...settings };
}

async function addSecret(session: StoreSession, id: string): Promise<string> {
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
  await session.$executeRaw`INSERT INTO webhook_secret (webhook_id, secret) VALUES (${id}, ${secret})`;
  return secret;
}

function shownColumns() {
  return sql`id, url, types, nodes, channels, ordered, enabled, disabled_reason AS "disabledReason", failures, failure,
    iso(paused_until) AS "pausedUntil", iso(accepted_at) AS "acceptedAt", iso(created_at) AS "createdAt",
    iso(updated_at) AS "updatedAt",
    (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'pending'
      LIMIT ${MOST_COUNTED}::int) AS pending)::int AS waiting,
    (SELECT iso(min(from_at)) FROM webhook_replay r WHERE r.webhook_id = w.id) AS "replayFrom"`;
}
