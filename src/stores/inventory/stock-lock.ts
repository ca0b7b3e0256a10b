import { raw, sqltag as sql } from '@prisma/client/runtime/client';
import type { Prisma } from '../generated/inventory/client';

/** Short, because every writer of stock queues behind a transaction that waits for the table lock. */
const LONGEST_WAIT = '200ms';

/**
 * Waits for the transactions that write stock, and blocks further ones until this transaction ends. EXCLUSIVE also
 * blocks transactions that lock a row of stock before they find that there is nothing to write.
 * @throws when a writer takes longer than 200 ms; the caller may retry
 */
export async function lockStock(
  session: Pick<Prisma.TransactionClient, '$executeRaw'>,
  mode: 'SHARE' | 'EXCLUSIVE',
): Promise<void> {
  await session.$executeRaw`SELECT set_config('lock_timeout', ${LONGEST_WAIT}, true)`;
  await session.$executeRaw(sql`LOCK TABLE stock IN ${raw(mode)} MODE`);
}
