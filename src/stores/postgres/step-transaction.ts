import { type RawValue, Sql, sqltag } from '@prisma/client/runtime/client';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { noteInSpan } from '../../tracing/spans';
import type { StatementNamer } from './statement-names';
import { summaryOf } from './statement-summary';
import { type StepSession, TRANSACTION_TIMEOUT_MS } from './store-session';

/** The connections of step transactions, in pipeline mode. */
export interface StepConnections {
  readonly pool: Pool;
  readonly nameOf: StatementNamer;
  /** The statements that begin a transaction. */
  readonly beginning?: string;
  readonly timeoutMs?: number;
}

export interface StepResult<T> {
  readonly result: T;
  /** False when there was nothing to save and the transaction was rolled back. */
  readonly hasSaved: boolean;
}

/** A transaction took too long. Its connection is closed, which rolls it back. */
export class TransactionExpired extends Error {
  /** PostgreSQL's SQLSTATE for a transaction timeout. */
  readonly code = '25P04';
}

/**
 * Runs `work` in one transaction. BEGIN is sent in the same write as the first statements of `work`, and COMMIT in
 * the same write as the statements passed to `save`. The transaction is rolled back when `work` throws, or has
 * neither saved nor executed a statement. A connection whose transaction has not verifiably ended is closed and not
 * used again.
 * @throws the first error that the server returned, not one that follows from it
 */
export async function inStepTransaction<T>(
  { pool, nameOf, beginning = 'BEGIN', timeoutMs = TRANSACTION_TIMEOUT_MS }: StepConnections,
  work: (session: StepSession) => Promise<T>,
): Promise<StepResult<T>> {
  const client = await pool.connect();
  noteInSpan(() => 'connected');
  const transaction = new StepTransaction(client, nameOf);
  const watch = watchConnection(client, timeoutMs);
  try {
    transaction.begin(beginning);
    const result = await Promise.race([work(transaction), watch.broken]);
    const hasSaved = await Promise.race([transaction.end(), watch.broken]);
    return { result, hasSaved };
  } catch (error) {
    await Promise.race([transaction.rollback(), watch.broken]).catch(() => undefined);
    throw error;
  } finally {
    watch.stop();
    if (!transaction.hasEnded) client.connection.stream.destroy();
    client.release(!transaction.hasEnded);
  }
}

/** Builds a statement from a template; returns a statement that is already built. */
export function statementFrom(query: TemplateStringsArray | Sql, values: readonly unknown[]): Sql {
  return query instanceof Sql ? query : sqltag(query, ...(values as RawValue[]));
}

/** Converts a statement for the driver. Its name makes each connection parse and plan it once. */
export function queryFrom(statement: Sql, nameOf: StatementNamer): QueryConfig {
  const { text, values } = statement;
  return { name: nameOf({ sql: text }), text, values };
}

/** Rejects when the connection is lost, even between two statements, and when the transaction takes too long. */
function watchConnection(client: PoolClient, timeoutMs: number) {
  let reject: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, rejectBroken) => {
    reject = rejectBroken;
  });
  broken.catch(() => undefined);
  // Without a listener an error of the connection would end the process.
  client.on('error', reject);
  const expiry = setTimeout(
    () => reject(new TransactionExpired(`a transaction took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  return {
    broken,
    stop() {
      clearTimeout(expiry);
      client.off('error', reject);
    },
  };
}

class StepTransaction implements StepSession {
  readonly #saves: Sql[] = [];
  #hasExecuted = false;
  #isCorked = false;
  #takesStatements = true;
  #hasEnded = false;
  #failure: unknown;

  constructor(
    private readonly client: PoolClient,
    private readonly nameOf: StatementNamer,
  ) {}

  /** True when the server has confirmed that no transaction is open on this connection. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  $queryRaw<Rows>(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<Rows> {
    return this.#ask(statementFrom(query, values), ({ rows }) => rows as Rows);
  }

  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): Promise<number> {
    this.#hasExecuted = true;
    return this.#ask(statementFrom(query, values), ({ rowCount }) => rowCount ?? 0);
  }

  save(statement: Sql): void {
    this.#saves.push(statement);
  }

  begin(beginning: string): void {
    this.#send({ text: beginning }).catch(() => undefined);
  }

  /** Sends the saved statements and commits; rolls back when there is nothing to save. Returns true after a commit. */
  async end(): Promise<boolean> {
    this.#takesStatements = false;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#saves.length === 0 && !this.#hasExecuted) {
      await this.#finish('ROLLBACK');
      return false;
    }
    const saving = this.#saves.map((statement) => this.#send(queryFrom(statement, this.nameOf)));
    const committing = this.#finish('COMMIT');
    await Promise.allSettled([...saving, committing]);
    if (this.#failure !== undefined) throw this.#failure;
    // The server answers the COMMIT of a failed transaction with ROLLBACK and without an error.
    const tag = await committing;
    if (tag !== 'COMMIT') throw new Error(`a transaction ended with ${tag} instead of COMMIT`);
    return true;
  }

  async rollback(): Promise<void> {
    this.#takesStatements = false;
    if (!this.#hasEnded) await this.#finish('ROLLBACK');
  }

  async #finish(command: 'COMMIT' | 'ROLLBACK'): Promise<string> {
    const { command: tag } = await this.#send({ text: command });
    this.#hasEnded = this.client.getTransactionStatus() === 'I';
    return tag;
  }

  #ask<T>(statement: Sql, read: (result: QueryResult) => T): Promise<T> {
    if (!this.#takesStatements) {
      return Promise.reject(new Error('a statement was sent after the end of its transaction'));
    }
    const answer = this.#send(queryFrom(statement, this.nameOf)).then(read);
    // The caller may await another statement first; without a handler a rejection would end the process.
    answer.catch(() => undefined);
    return answer;
  }

  /** Sends a statement. Results come in the order of the statements, so the first failure causes all later ones. */
  async #send(query: QueryConfig): Promise<QueryResult> {
    this.#corkUntilLater();
    try {
      const result = await this.client.query(query);
      noteInSpan(() => summaryOf(query.text ?? ''));
      return result;
    } catch (error) {
      this.#failure ??= error;
      throw this.#failure;
    }
  }

  /** Collects all statements sent in the current tick into one write. */
  #corkUntilLater(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }
}
