import type { Prisma } from '../generated/inventory/client';
import { lockTables } from '../postgres/table-lock';

/**
 * Waits for the transactions that write stock, and blocks further ones until this transaction ends. EXCLUSIVE also
 * blocks transactions that lock a row of stock before they find that there is nothing to write. Every writer of stock
 * queues behind this wait.
 * @throws when a writer takes longer than 1.5 s; the caller may retry
 */
export async function lockStock(
  session: Pick<Prisma.TransactionClient, '$executeRaw'>,
  mode: 'SHARE' | 'EXCLUSIVE',
): Promise<void> {
  await lockTables(session, ['stock'], mode);
}
