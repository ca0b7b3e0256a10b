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
 * Runs `run`, again when its transaction lost against another (serialization, deadlock, or a row that both created).
 * Everything else is thrown: the caller knows better whether and when to try again.
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

/** Runs `work` in one transaction of a Prisma client, again when it lost against another. */
export function inTransaction<Session extends StoreSession, T>(
  client: Transactional<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return untilNoConflict(() => client.$transaction(work, TRANSACTION_LIMITS));
}
