import type { StoreSession } from '../../src/stores/postgres/store-session';

/** Counts the sessions of this database that wait for a lock. Other suites have databases on the same server. */
export async function lockWaits(session: StoreSession): Promise<number> {
  // In a transaction PostgreSQL would show the sessions as they were at the first look.
  await session.$executeRaw`SELECT pg_stat_clear_snapshot()`;
  const [row] = await session.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return row?.waiting ?? 0;
}

/** Waits until a session of this database waits for a lock. */
export async function untilLockWait(session: StoreSession): Promise<void> {
  while ((await lockWaits(session)) === 0);
}
