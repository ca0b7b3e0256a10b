import type { Sql } from '@prisma/client/runtime/client';

/** What stores use of a Prisma client inside a transaction; each store's generated client is one. */
export interface StoreSession {
  $queryRaw<Row>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Row>;
  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>;
}

/**
 * The transaction of a step. Statements that are asked for without waiting in between are sent together, and run in
 * the order they were asked for.
 */
export interface StepSession extends StoreSession {
  /**
   * Sends a statement together with the commit. Nothing that the transaction did is kept unless there was something to
   * save or to execute: after queries alone it is rolled back.
   */
  save(statement: Sql): void;
}

/** Pool and time limits of one store. Statement and lock timeouts < transaction timeout < a step's own timeout. */
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
