import { setTimeout as sleep } from 'node:timers/promises';
import { databaseTrouble } from './database-errors';
import { type StoreSession, TRANSACTION_LIMITS, type TransactionLimits } from './store-session';

/** The transaction method of any store's Prisma client. */
export interface Transactional<Session extends StoreSession> {
  $transaction<T>(work: (session: Session) => Promise<T>, limits: TransactionLimits): Promise<T>;
}

const MOST_CONFLICTS = 8;
const LONGEST_PAUSE_MS = 40;

/**
 * Runs `run`, and again after a conflict: a serialization failure, a deadlock, or a duplicate key. It makes at most
 * eight attempts.
 * @throws every other error at once: the caller decides whether and when to retry
 */
export async function untilNoConflict<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === MOST_CONFLICTS || databaseTrouble(error) !== 'conflict') throw error;
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}

/** Runs `work` in one transaction of a Prisma client, and again after a conflict. */
export function inTransaction<Session extends StoreSession, T>(
  client: Transactional<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return untilNoConflict(() => client.$transaction(work, TRANSACTION_LIMITS));
}
