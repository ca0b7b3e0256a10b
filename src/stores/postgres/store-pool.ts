import { PrismaPg } from '@prisma/adapter-pg';
import { Decimal, type Sql } from '@prisma/client/runtime/client';
import { type ClientBase, Pool, type QueryConfig, type QueryResult, types } from 'pg';
import { inChildSpan, type SpanOptions } from '../../tracing/spans';
import { statementNames } from './statement-names';
import { summaryOf } from './statement-summary';
import { inStepTransaction, queryFrom, type StepResult, statementFrom } from './step-transaction';
import {
  LOCK_TIMEOUT_MS,
  STATEMENT_TIMEOUT_MS,
  type StepSession,
  type StoreSession,
  TRANSACTION_TIMEOUT_MS,
  WAIT_FOR_CONNECTION_MS,
} from './store-session';
import { untilNoConflict } from './transaction';
import { Wake } from './wake';

/**
 * Steps use generic plans. Planning for the actual values took most of the time of a load for one order, and found the
 * same plans (docs/decisions/0020-two-round-trips.md).
 */
const BEGIN_STEP = 'BEGIN; SET LOCAL plan_cache_mode = force_generic_plan';

/** The connections of a pool, and what waits for one. */
export interface PoolLoad {
  readonly open: number;
  readonly idle: number;
  /** The statements and transactions for which no connection is idle. */
  readonly waiting: number;
  readonly limit: number;
}

/**
 * The connections of one store, which its Prisma client and its steps share. The search path is the store's schema
 * alone, the time zone is UTC, statements have time limits and are prepared. Queries are pipelined.
 */
export class StorePool implements StoreSession {
  /** Notifies listeners after each step that has saved something. */
  readonly saved = new Wake();
  readonly #pool: Pool;
  readonly #nameOf = statementNames();
  #closing: Promise<void> | undefined;

  constructor(
    url: string,
    private readonly schema: string,
    private readonly connections: number,
  ) {
    this.#pool = new Pool({
      connectionString: url,
      options: optionsFor(schema),
      max: connections,
      connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
      pipeline: true,
      types: { getTypeParser },
      onConnect: claimLog,
    });
    // The pool drops an idle connection that is lost; without a listener the error would end the process.
    this.#pool.on('error', () => undefined);
    traceStatements(this.#pool, schema);
  }

  get load(): PoolLoad {
    const { totalCount: open, idleCount: idle, waitingCount } = this.#pool;
    // The pool hands out an idle connection in the next tick: until then its request is counted as waiting.
    return { open, idle, waiting: Math.max(0, waitingCount - idle), limit: this.connections };
  }

  /** Connects the store's Prisma client. */
  adapter(): PrismaPg {
    return new PrismaPg(this.#pool, { schema: this.schema, statementNameGenerator: this.#nameOf });
  }

  async $queryRaw<Rows>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Rows> {
    const { rows } = await this.#pool.query(queryFrom(statementFrom(query, values), this.#nameOf));
    return rows as Rows;
  }

  async $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number> {
    const { rowCount } = await this.#pool.query(queryFrom(statementFrom(query, values), this.#nameOf));
    return rowCount ?? 0;
  }

  /** Runs `work` in one transaction, again after a conflict, and notifies listeners when it has saved something. */
  async step<T>(work: (session: StepSession) => Promise<T>): Promise<T> {
    const { result, hasSaved } = await untilNoConflict(() => this.#transaction(work, BEGIN_STEP));
    if (hasSaved) this.saved.tell();
    return result;
  }

  /** Runs `work` in one transaction, once, and notifies no listener. */
  async transaction<T>(work: (session: StepSession) => Promise<T>): Promise<T> {
    return (await this.#transaction(work, 'BEGIN')).result;
  }

  /** Closes the connections once nothing runs on them. */
  close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  #transaction<T>(work: (session: StepSession) => Promise<T>, beginning: string): Promise<StepResult<T>> {
    return inChildSpan(
      () => `${this.schema} transaction`,
      spanIn(this.schema),
      () => inStepTransaction({ pool: this.#pool, nameOf: this.#nameOf, beginning }, work),
    );
  }
}

/** The limit of time is the client's, for a server that does not answer. */
const CLAIM_LOG: QueryConfig & { readonly query_timeout: number } = {
  text: 'SELECT claim_log()',
  query_timeout: WAIT_FOR_CONNECTION_MS,
};

/**
 * Makes the log count the transactions of the server that a new connection leads to: a store that was restored, or a
 * standby that took over, is on another one.
 */
async function claimLog(client: ClientBase): Promise<void> {
  await client.query(CLAIM_LOG);
}

/** Describes the span of a call to a store. */
function spanIn(schema: string): SpanOptions {
  return { kind: 'client', attributes: { 'db.system.name': 'postgresql', 'db.namespace': schema } };
}

/** Gives each statement outside of a transaction a span, also those of the store's Prisma client. */
function traceStatements(pool: Pool, schema: string): void {
  const query: (config: QueryConfig) => Promise<QueryResult> = pool.query.bind(pool);
  Object.assign(pool, {
    query: (config: QueryConfig) =>
      inChildSpan(
        () => summaryOf(config.text),
        spanIn(schema),
        () => query(config),
      ),
  });
}

function optionsFor(schema: string): string {
  const settings = {
    search_path: schema,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: TRANSACTION_TIMEOUT_MS,
    TimeZone: 'UTC',
    // A prepared statement keeps its plan. A sequential scan planned for a small table would stay when the table grows.
    enable_seqscan: 'off',
    // Up to PostgreSQL 17 that setting makes a plan with an unavoidable sequential scan so expensive that PostgreSQL
    // compiles it, which takes longer than to run it.
    jit: 'off',
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Parses values as Prisma does, so that a statement gives the same rows through Prisma and through the driver. */
const AS_PRISMA: Readonly<Record<number, (text: string) => unknown>> = {
  [types.builtins.INT8]: BigInt,
  [types.builtins.NUMERIC]: (text) => new Decimal(text),
};

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return AS_PRISMA[oid] ?? types.getTypeParser(oid, format as 'text');
}
