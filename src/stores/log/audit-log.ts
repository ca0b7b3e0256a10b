import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { type AuditAct, LOGGED_ACTS, type LoggedAct } from '../../contracts/audit-acts';
import type { Actor } from '../../contracts/commands';
import type { StoreSession } from '../postgres/store-session';

/** An act of an admin or operator: an entry of the audit log, or a setting in the event log. */
export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  readonly caller: string;
  readonly keyId: string | null;
  readonly act: AuditAct;
  /** The id of the thing that the act changed. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The entries that a reader wants. A field that is left out matches all. */
export interface AuditFilter {
  readonly from?: string | undefined;
  /** Entries at this moment are not included. */
  readonly to?: string | undefined;
  readonly caller?: string | undefined;
  readonly act?: AuditAct | undefined;
}

/** The last entry of a page, from which the next page continues. */
export type AuditPosition = readonly [at: string, id: string];

/**
 * Builds the statement that writes an act, an entry for each row of `done`, in the transaction of the act. It follows
 * the statement of the act as its CTE, so that an act that changed nothing leaves no entry.
 * @param done selects the id of each thing that was changed
 * @param detail what the act was given; never a secret or a key
 */
export function insertAct(act: LoggedAct, { caller, keyId }: Actor, done: Sql, detail: object = {}): Sql {
  return sql`
    INSERT INTO audit_log (caller, key_id, act, subject, detail)
    SELECT ${caller}, ${keyId ?? null}, ${act}, subject, ${JSON.stringify(detail)}::jsonb
    FROM (${done}) AS done(subject)`;
}

/**
 * Reads the acts in one store, newest first. A reader that goes on from the last entry of each page sees every entry that
 * was committed before its first page.
 */
export async function readAudit(
  session: StoreSession,
  filter: AuditFilter,
  before: AuditPosition | undefined,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const logged = sql`
    SELECT id, at, caller, key_id, act, subject, detail FROM audit_log
    WHERE ${matches(sql`at`, filter, before)} ORDER BY at DESC, id DESC LIMIT ${limit}::int`;
  const settings = sql`
    SELECT id, occurred_at AS at, caller, key_id, act,
      coalesce(key->>'id', key->>'sku', key->>'customerId') AS subject, data AS detail
    FROM event WHERE act IS NOT NULL AND ${matches(sql`occurred_at`, filter, before)}
    ORDER BY occurred_at DESC, id DESC LIMIT ${limit}::int`;
  return session.$queryRaw<AuditEntry[]>(sql`
    SELECT id::text AS id, iso(at) AS at, caller, key_id AS "keyId", act, subject, detail
    FROM (${eitherOf(filter.act, logged, settings)}) AS entry
    ORDER BY entry.at DESC, entry.id DESC LIMIT ${limit}::int`);
}

/** Selects from the table that has the act; from both without an act. */
function eitherOf(act: AuditAct | undefined, logged: Sql, settings: Sql): Sql {
  if (act === undefined) return sql`(${logged}) UNION ALL (${settings})`;
  return isLogged(act) ? logged : settings;
}

function isLogged(act: AuditAct): act is LoggedAct {
  return (LOGGED_ACTS as readonly AuditAct[]).includes(act);
}

function matches(at: Sql, { from, to, caller, act }: AuditFilter, before: AuditPosition | undefined): Sql {
  const isBefore = before ? sql`(${at}, id) < (${before[0]}::timestamptz, ${before[1]}::uuid)` : sql`true`;
  return sql`${isBefore}
    AND ${from === undefined ? sql`true` : sql`${at} >= ${from}::timestamptz`}
    AND ${to === undefined ? sql`true` : sql`${at} < ${to}::timestamptz`}
    AND ${caller === undefined ? sql`true` : sql`caller = ${caller}`}
    AND ${act === undefined ? sql`true` : sql`act = ${act}`}`;
}
