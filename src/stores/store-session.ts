import { PrismaPg } from '@prisma/adapter-pg';
import type { Sql } from '@prisma/client/runtime/client';
import { statementNames } from './statement-names';

/** What stores use of a Prisma client inside a transaction; each store's generated client is one. */
export interface StoreSession {
  $queryRaw<Row>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Row>;
  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number>;
}

/** Pool and time limits of one store. Statement and lock timeouts < transaction timeout < a step's own timeout. */
export const STATEMENT_TIMEOUT_MS = 4_000;
export const LOCK_TIMEOUT_MS = 3_000;
export const TRANSACTION_TIMEOUT_MS = 7_000;

const WAIT_FOR_CONNECTION_MS = 5_000;

export interface TransactionLimits {
  readonly maxWait: number;
  readonly timeout: number;
}

export const TRANSACTION_LIMITS: TransactionLimits = {
  maxWait: WAIT_FOR_CONNECTION_MS,
  timeout: TRANSACTION_TIMEOUT_MS,
};

/** Connects a store's client: its schema alone on the path, moments in UTC, the limits above, statements prepared. */
export function storeAdapter(url: string, schema: string, connections: number): PrismaPg {
  const settings = {
    search_path: schema,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: TRANSACTION_TIMEOUT_MS,
    TimeZone: 'UTC',
    // A prepared statement keeps its plan: one made while a table was small must not scan it once it has grown.
    enable_seqscan: 'off',
  };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const pool = {
    connectionString: url,
    options: options.join(' '),
    max: connections,
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
  };
  return new PrismaPg(pool, { schema, statementNameGenerator: statementNames() });
}
