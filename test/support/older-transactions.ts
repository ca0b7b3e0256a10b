import type { StoreSession } from '../../src/stores/postgres/store-session';
import { eventually } from './saga-fixture';

/**
 * Waits until every transaction of the server that runs now has ended. A reader of a log cannot tell what is newer than
 * the oldest of them from what it has read, and other tests use the same server.
 */
export async function untilOlderTransactionsEnd(session: StoreSession): Promise<void> {
  const [now] = await session.$queryRaw<{ xid: string }[]>`SELECT pg_current_xact_id()::text AS xid`;
  await eventually(async () => {
    const [oldest] = await session.$queryRaw<{ isLater: boolean }[]>`
      SELECT pg_snapshot_xmin(pg_current_snapshot()) > ${now?.xid}::text::xid8 AS "isLater"`;
    expect(oldest).toEqual({ isLater: true });
  });
}
