import { setTimeout as sleep } from 'node:timers/promises';
import { databaseTrouble } from './database-errors';
import { type StoreSession, TRANSACTION_LIMITS, type TransactionLimits } from './store-session';

/** A Prisma client of any store, as far as transactions go. */
export interface Transactional<Session extends StoreSession> {
  $transaction<T>(work: (session: Session) => Promise<T>, limits: TransactionLimits): Promise<T>;
}

const MOST_CONFLICTS = 8;
const LONGEST_PAUSE_MS = 40;

/**
 * Runs `work` in one transaction, again when it lost against another (serialization, deadlock, or a row that both
 * created). Everything else is thrown: whoever called knows better whether and when to try again.
 */
export async function inTransaction<Session extends StoreSession, T>(
  client: Transactional<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.$transaction(work, TRANSACTION_LIMITS);
    } catch (error) {
      if (attempt === MOST_CONFLICTS || databaseTrouble(error) !== 'conflict') throw error;
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}
