import type { Sql } from '@prisma/client/runtime/client';
import { Client } from 'pg';
import type { LogName } from '../../src/contracts/logs';
import { blocksRead } from '../support/planned-statement';

/** A writer to a store's log, with a transaction that the test opens and ends. */
export class LogWriter {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async connect(url: string, store: LogName = 'inventory'): Promise<LogWriter> {
    const client = new Client({ connectionString: url, options: `-c search_path=${store}` });
    await client.connect();
    return new LogWriter(client);
  }

  /** Begins a transaction that already has its number, like one that has locked a row. */
  async begin(): Promise<void> {
    await this.#client.query('BEGIN');
    await this.#client.query('SELECT pg_current_xact_id()');
  }

  async lock(stream: string): Promise<void> {
    await this.#client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [stream]);
  }

  /** Appends to a stream, after the events that it can see. */
  async append(
    stream: string,
    type = 'test.happened.v1',
    data: object = {},
    correlation = 'test',
  ): Promise<void> {
    await this.#client.query(
      `INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation)
       SELECT $1::text, '{}', coalesce(max(version), 0) + 1, $2, $3, clock_timestamp(), 'test', $4
       FROM event WHERE stream = $1`,
      [stream, type, data, correlation],
    );
  }

  async commit(): Promise<void> {
    await this.#client.query('COMMIT');
  }

  async rollback(): Promise<void> {
    await this.#client.query('ROLLBACK');
  }

  async query<Row extends object>(text: string): Promise<Row[]> {
    return (await this.#client.query<Row>(text)).rows;
  }

  blocksRead(statement: Sql): Promise<number> {
    return blocksRead(this.#client, statement);
  }

  async end(): Promise<void> {
    await this.#client.end();
  }
}
