import { createHash, randomBytes } from 'node:crypto';
import { sqltag as sql } from '@prisma/client/runtime/client';
import { type Actor, SYSTEM } from '../../contracts/commands';
import { insertAct } from '../log/audit-log';
import type { StorePool } from '../postgres/store-pool';

/** The rights that a key gives. */
export interface KeyGrant {
  readonly caller: string;
  readonly scopes: readonly string[];
}

/** The limits of a key in each API process; null: none. */
export interface KeyLimits {
  readonly requestsPerSecond: number | null;
  /** The most requests that are open at once. */
  readonly concurrency: number | null;
}

/** A key to make, with its limits and the moment from which it is refused, if these are given. */
export interface WantedKey extends KeyGrant {
  readonly expiresAt?: string | undefined;
  readonly requestsPerSecond?: number | undefined;
  readonly concurrency?: number | undefined;
}

/** The key of a request, by its id, with its rights and limits. */
export interface KeyHolder extends KeyGrant {
  readonly keyId: string;
  readonly limits: KeyLimits;
}

/** A key that is neither revoked nor expired. */
export interface ValidKey {
  readonly holder: KeyHolder;
  readonly expiresAt: string | null;
  /** True when the last use on record is more than a minute ago. */
  readonly isUseDue: boolean;
}

/** A key as it is listed: without the key itself and its hash. */
export interface ListedKey extends KeyGrant, KeyLimits {
  readonly id: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** The last use on record; it may be a minute older than the last request. */
  readonly usedAt: string | null;
  readonly revokedAt: string | null;
}

export interface KeyQuery {
  /** Left out: the keys of all callers. */
  readonly caller?: string | undefined;
  readonly limit: number;
  /** The last key of the previous page. */
  readonly after?: readonly [caller: string, createdAt: string, id: string] | undefined;
}

/** The store of API keys. It keeps only their hashes, so a stolen table grants no access. */
export class ApiKeys {
  constructor(private readonly pool: StorePool) {}

  /**
   * Creates a key. Only this call returns the key itself: it cannot be read again later.
   * @returns undefined when it would have expired: no key is created
   */
  async create(
    wanted: WantedKey,
    by: Actor,
  ): Promise<{ readonly key: string; readonly listed: ListedKey } | undefined> {
    const { caller, scopes, expiresAt = null, requestsPerSecond = null, concurrency = null } = wanted;
    const key = `hf_${randomBytes(20).toString('base64url')}`;
    const [listed] = await this.pool.$queryRaw<ListedKey[]>`
      WITH made AS (
        INSERT INTO api_key (id, hash, caller, scopes, expires_at, requests_per_second, concurrency)
        SELECT ${newId()}, ${hashOf(key)}, ${caller}, ${[...scopes]}::text[], ${expiresAt}::timestamptz,
          ${requestsPerSecond}::int, ${concurrency}::int
        WHERE ${expiresAt}::timestamptz IS NULL OR ${expiresAt}::timestamptz > clock_timestamp()
        RETURNING *),
      logged AS (${insertAct('key.create', by, sql`SELECT id FROM made`, wanted)})
      SELECT ${listedColumns()} FROM made`;
    return listed && { key, listed };
  }

  /**
   * Stores a given key, or replaces the rights of an existing one and makes it valid again, without expiry and
   * limits. A key that has these rights already is left as it is.
   */
  async put(key: string, { caller, scopes }: KeyGrant): Promise<void> {
    await this.pool.$executeRaw`
      WITH stored AS (
        INSERT INTO api_key (id, hash, caller, scopes)
        VALUES (${newId()}, ${hashOf(key)}, ${caller}, ${[...scopes]}::text[])
        ON CONFLICT (hash) DO UPDATE SET caller = excluded.caller, scopes = excluded.scopes, expires_at = NULL,
          requests_per_second = NULL, concurrency = NULL, revoked_at = NULL
        WHERE api_key.caller <> excluded.caller OR api_key.scopes <> excluded.scopes
          OR num_nonnulls(api_key.expires_at, api_key.requests_per_second, api_key.concurrency, api_key.revoked_at) > 0
        RETURNING id)
      ${insertAct('key.create', SYSTEM, sql`SELECT id FROM stored`, { caller, scopes })}`;
  }

  /** Finds a key; undefined when it is unknown, revoked or expired. */
  async find(key: string): Promise<ValidKey | undefined> {
    const [row] = await this.pool.$queryRaw<(ListedKey & Pick<ValidKey, 'isUseDue'>)[]>`
      SELECT ${listedColumns()}, ${isUseDue()} AS "isUseDue"
      FROM api_key
      WHERE hash = ${hashOf(key)} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`;
    if (!row) return undefined;
    const { id: keyId, caller, scopes, requestsPerSecond, concurrency, expiresAt } = row;
    const limits = { requestsPerSecond, concurrency };
    return { holder: { keyId, caller, scopes, limits }, expiresAt, isUseDue: row.isUseDue };
  }

  /** Records that a key is in use, once a minute at most, also when several processes do. */
  async noteUse(id: string): Promise<void> {
    await this.pool.$executeRaw`
      UPDATE api_key SET used_at = clock_timestamp() WHERE id = ${id} AND ${isUseDue()}`;
  }

  /** Lists keys by caller, the oldest first, also those that are revoked or expired. */
  async list({ caller, limit, after }: KeyQuery): Promise<readonly ListedKey[]> {
    return this.pool.$queryRaw<ListedKey[]>`
      SELECT ${listedColumns()} FROM api_key
      WHERE ${caller === undefined ? sql`true` : sql`caller = ${caller}`}
        AND ${after ? sql`(caller, created_at, id) > (${after[0]}, ${after[1]}::timestamptz, ${after[2]})` : sql`true`}
      ORDER BY api_key.caller, api_key.created_at, api_key.id LIMIT ${limit}::int`;
  }

  /** Revokes a key. A revoked key stays so. @returns false when there is no such key */
  async revoke(id: string, by: Actor): Promise<boolean> {
    const known = await this.pool.$queryRaw<object[]>`
      WITH revoked AS (
        UPDATE api_key SET revoked_at = clock_timestamp() WHERE id = ${id} AND revoked_at IS NULL RETURNING id),
      logged AS (${insertAct('key.revoke', by, sql`SELECT id FROM revoked`)})
      SELECT 1 FROM api_key WHERE id = ${id}`;
    return known.length > 0;
  }
}

function newId(): string {
  return `key_${randomBytes(8).toString('hex')}`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function isUseDue() {
  return sql`(used_at IS NULL OR used_at < clock_timestamp() - interval '1 minute')`;
}

function listedColumns() {
  return sql`id, caller, scopes, requests_per_second AS "requestsPerSecond", concurrency, iso(created_at) AS "createdAt", iso(expires_at) AS "expiresAt",
    iso(used_at) AS "usedAt", iso(revoked_at) AS "revokedAt"`;
}
