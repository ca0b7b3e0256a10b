import { Client, type QueryResultRow } from 'pg';

/** A row of `orders.command` that is not closed. */
export interface OpenCommand {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly attention: unknown;
  readonly starts: number;
}

/** The state of a claimed key in `orders.command`. */
export interface CommandRow {
  readonly key: string;
  readonly isClosed: boolean;
  readonly attention: unknown;
}

const LOGS = ['orders', 'inventory', 'credit'] as const;
const CONNECT_MS = 3_000;
const STATEMENT_MS = 20_000;

/** Reads the tables of the stores past the proxies, on a new connection for each call. */
export class StoreReads {
  constructor(private readonly url: string) {}

  /** Returns the commands that are not closed; undefined while the table of commands does not exist. */
  async openCommands(): Promise<readonly OpenCommand[] | undefined> {
    if (!(await this.#hasCommands())) return undefined;
    return this.#rows<OpenCommand>(
      'SELECT id, kind, subject, attention, starts FROM orders.command WHERE closed_at IS NULL ORDER BY recorded_at',
    );
  }

  /** Returns the rows of claimed keys; undefined while the table of commands does not exist. */
  async commandsOf(keys: readonly string[]): Promise<ReadonlyMap<string, CommandRow> | undefined> {
    if (!(await this.#hasCommands())) return undefined;
    const rows = await this.#rows<CommandRow>(
      `SELECT key, closed_at IS NOT NULL AS "isClosed", attention FROM orders.command WHERE key = ANY($1)`,
      [keys],
    );
    return new Map(rows.map((row) => [row.key, row]));
  }

  /** Returns the promised and departed units of each item: unexpired holds, commitments and departures. */
  async unitsTaken(skus: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#rows<{ sku: string; units: string }>(
      `SELECT sku, sum(quantity) AS units FROM (
         SELECT sku, quantity FROM inventory.allocation
         WHERE sku = ANY($1) AND (expires_at IS NULL OR expires_at > clock_timestamp())
         UNION ALL SELECT sku, quantity FROM inventory.departure WHERE sku = ANY($1)) taken
       GROUP BY sku`,
      [skus],
    );
    return new Map(rows.map(({ sku, units }) => [sku, Number(units)]));
  }

  /** Returns the holds that have expired but still exist, and for how long, in milliseconds. */
  async overdueHolds(): Promise<readonly { readonly id: string; readonly overdueMs: number }[]> {
    const rows = await this.#rows<{ id: string; overdue: string }>(
      `SELECT id, extract(epoch FROM clock_timestamp() - expires_at) * 1000 AS overdue
       FROM inventory.reservation WHERE state = 'HELD' AND expires_at < clock_timestamp()`,
    );
    return rows.map(({ id, overdue }) => ({ id, overdueMs: Number(overdue) }));
  }

  /** Returns the number of holds that expire within a minute. */
  async holdsAboutToExpire(): Promise<number> {
    const [row] = await this.#rows<{ holds: string }>(
      `SELECT count(*) AS holds FROM inventory.reservation
       WHERE state = 'HELD' AND expires_at < clock_timestamp() + interval '1 minute'`,
    );
    return Number(row?.holds);
  }

  /** Returns the type and stream of all events of the three logs, by id. */
  async events(): Promise<ReadonlyMap<string, string>> {
    const logs = await Promise.all(
      LOGS.map((log) =>
        this.#rows<{ id: string; what: string }>(
          `SELECT id, type || ' of ' || stream AS what FROM ${log}.event`,
        ),
      ),
    );
    return new Map(logs.flat().map(({ id, what }) => [id, what]));
  }

  /** Returns the activity of the processes' sessions, the oldest transaction first. */
  activity(): Promise<readonly object[]> {
    return this.#rows(
      `SELECT pid, state, wait_event_type, wait_event, now() - xact_start AS in_transaction,
         now() - state_change AS in_state, pg_blocking_pids(pid) AS blocked_by, left(query, 200) AS query
       FROM pg_stat_activity WHERE usename = 'holdfast' ORDER BY xact_start`,
    );
  }

  async #hasCommands(): Promise<boolean> {
    const [row] = await this.#rows<{ exists: boolean }>(
      `SELECT to_regclass('orders.command') IS NOT NULL AS exists`,
    );
    return row?.exists ?? false;
  }

  async #rows<Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_MS,
      statement_timeout: STATEMENT_MS,
      query_timeout: STATEMENT_MS,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
