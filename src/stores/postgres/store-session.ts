import type { Sql } from '@prisma/client/runtime/client';

/** The part of a Prisma client that stores use inside a transaction; each store's generated client has it. */
export interface StoreSession {
  $queryRaw<Row>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Row>;
  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>;
}

/**
 * The transaction of a step. Statements issued without awaiting one in between are sent together and run in the order
 * of their issue.
 */
export interface StepSession extends StoreSession {
  /**
   * Sends a statement together with the commit. A transaction that has neither saved nor executed a statement, only
   * queried, is rolled back.
   */
  save(statement: Sql): void;
}

/** The time limits of one store. Statement and lock timeouts < transaction timeout < the step's own timeout. */
export const STATEMENT_TIMEOUT_MS = 4_000;
export const LOCK_TIMEOUT_MS = 3_000;
export const TRANSACTION_TIMEOUT_MS = 7_000;

export const WAIT_FOR_CONNECTION_MS = 5_000;

export interface TransactionLimits {
  readonly maxWait: number;
  readonly timeout: number;
}

export const TRANSACTION_LIMITS: TransactionLimits = {
  maxWait: WAIT_FOR_CONNECTION_MS,
  timeout: TRANSACTION_TIMEOUT_MS,
};
