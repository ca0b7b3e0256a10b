import { raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from './store-session';

/**
 * Longer than autovacuum keeps such a lock away. It may work on a table for minutes, and gives way to a lock that has
 * waited for PostgreSQL's deadlock_timeout, by default 1,000 ms.
 */
const LONGEST_WAIT = '1500ms';

/**
 * Locks whole tables until the transaction ends.
 * @throws when another transaction keeps the lock away for longer than 1.5 s
 */
export async function lockTables(
  session: Pick<StoreSession, '$executeRaw'>,
  tables: readonly string[],
  mode: 'SHARE' | 'EXCLUSIVE' | 'ACCESS EXCLUSIVE',
): Promise<void> {
  await session.$executeRaw`SELECT set_config('lock_timeout', ${LONGEST_WAIT}, true)`;
  await session.$executeRaw(sql`LOCK TABLE ${named(tables)} IN ${raw(mode)} MODE`);
}

/** Names tables in a statement. */
export function named(tables: readonly string[]): Sql {
  return raw(tables.map((table) => `"${table}"`).join(', '));
}
