import type { Sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../stores/postgres/store-session';
import { difference, type Findings } from './audit-findings';

/** An event read by an audit. */
export interface AuditedEvent {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly occurredAt: string;
}

/** A stream folded to its end. */
export interface EndedStream<Fold> {
  readonly key: string;
  readonly version: number;
  readonly fold: Fold;
}

const EVENTS_A_PAGE = 2_000;
const ROWS_A_BATCH = 500;

/**
 * The audit of one kind of stream: it folds the streams and compares the folds with the rows, one batch at a time. It
 * keeps in memory one page of events and the folds of one batch, never a whole table.
 */
export abstract class StreamAudit<Fold> {
  /** The prefix of the stream names `<kind>/<key>`. */
  abstract readonly kind: string;
  #ended: EndedStream<Fold>[] = [];
  #weight = 0;
  #current: { readonly key: string; fold: Fold } | undefined;

  constructor(protected readonly findings: Findings) {}

  protected abstract open(key: string): Fold;
  protected abstract evolve(fold: Fold, key: string, event: AuditedEvent): Fold;
  /** Compares folded streams with their rows. */
  protected abstract compare(ended: readonly EndedStream<Fold>[]): Promise<void>;

  /** Returns the size of a fold in memory, in rows. */
  protected weigh(_fold: Fold): number {
    return 1;
  }

  begin(key: string): void {
    this.#current = { key, fold: this.open(key) };
  }

  take(event: AuditedEvent): void {
    const current = this.#current;
    if (!current) return;
    try {
      current.fold = this.evolve(current.fold, current.key, event);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.findings.add(`${event.stream}: event ${event.version} (${event.type}) cannot be folded: ${why}.`);
    }
  }

  async end(version: number): Promise<void> {
    if (!this.#current) return;
    const { key, fold } = this.#current;
    this.#ended.push({ key, version, fold });
    this.#weight += this.weigh(fold);
    if (this.#weight >= ROWS_A_BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    const ended = this.#ended;
    this.#ended = [];
    this.#weight = 0;
    if (ended.length > 0) await this.compare(ended);
  }

  /** Compares one row with its folded stream, its version included. */
  protected match(stream: string, row: object | undefined, folded: object | undefined): void {
    const found =
      row && folded
        ? difference(row, folded)
        : row
          ? 'there is a row, and its log gives nothing'
          : folded && 'there is a log and no row';
    if (found) this.findings.add(`${stream}: ${found}.`);
  }
}

/** A stored row with the key of its stream. */
export interface KeyedRow {
  readonly key: string;
  readonly row: object & { readonly version: number };
}

/** How the row of one kind of stream follows from its log. */
export interface RowRule<Fold> {
  /** The prefix of the stream names `<kind>/<key>`. */
  readonly kind: string;
  open(key: string): Fold;
  evolve(fold: Fold, key: string, event: AuditedEvent): Fold;
  /** Returns the row that a fold gives, without its version, and with its parts by their keys; undefined for none. */
  rowOf(fold: Fold): object | undefined;
  /** Loads the stored rows, with their parts in the same form. */
  load(session: StoreSession, keys: readonly string[]): Promise<readonly KeyedRow[]>;
  /** Returns the size of a fold in memory, in rows; 1 by default. */
  weigh?(fold: Fold): number;
}

/** Checks that every row of one kind, its parts included, equals the fold of its log. */
export class RowAudit<Fold> extends StreamAudit<Fold> {
  readonly kind: string;

  constructor(
    private readonly rule: RowRule<Fold>,
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
    this.kind = rule.kind;
  }

  protected open(key: string): Fold {
    return this.rule.open(key);
  }

  protected evolve(fold: Fold, key: string, event: AuditedEvent): Fold {
    return this.rule.evolve(fold, key, event);
  }

  protected override weigh(fold: Fold): number {
    return this.rule.weigh?.(fold) ?? 1;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const keys = ended.map(({ key }) => key);
    const rows = new Map((await this.rule.load(this.session, keys)).map(({ key, row }) => [key, row]));
    for (const { key, version, fold } of ended) {
      const expected = this.rule.rowOf(fold);
      this.match(`${this.kind}/${key}`, rows.get(key), expected && { ...expected, version });
    }
  }
}

/**
 * Reads a whole log, stream by stream. It checks the versions of each stream for gaps and passes the events to
 * `audits`.
 */
export async function auditStreams(
  session: StoreSession,
  audits: readonly Pick<StreamAudit<unknown>, 'kind' | 'begin' | 'take' | 'end' | 'flush'>[],
  findings: Findings,
): Promise<void> {
  const byKind = new Map(audits.map((audit) => [audit.kind, audit]));
  let stream = '';
  let version = 0;
  const auditOf = (name: string) => byKind.get(name.slice(0, name.indexOf('/')));
  for (;;) {
    const page = await pageOfEvents(session, stream, version);
    for (const event of page) {
      if (event.stream !== stream) {
        await auditOf(stream)?.end(version);
        stream = event.stream;
        version = 0;
        if (!auditOf(stream)) findings.add(`${stream}: nobody knows streams of this kind.`);
        auditOf(stream)?.begin(stream.slice(stream.indexOf('/') + 1));
      }
      if (event.version !== version + 1)
        findings.add(`${stream}: version ${event.version} follows version ${version}.`);
      version = event.version;
      auditOf(stream)?.take(event);
    }
    if (page.length < EVENTS_A_PAGE) break;
  }
  await auditOf(stream)?.end(version);
  for (const audit of audits) await audit.flush();
}

type EventRow = readonly [stream: string, version: number, type: string, data: object, occurredAtMs: number];

/**
 * Reads a page of events as JSON (not JSONB) arrays, with moments as numbers: these reads take most of an audit's
 * time.
 */
async function pageOfEvents(
  session: StoreSession,
  stream: string,
  version: number,
): Promise<readonly AuditedEvent[]> {
  const [page] = await session.$queryRaw<{ events: EventRow[] }[]>`
    SELECT coalesce(json_agg(json_build_array(
      stream, version, type, data, round(extract(epoch FROM occurred_at) * 1000))), '[]') AS events
    FROM (SELECT * FROM event WHERE (stream, version) > (${stream}, ${version}::int)
      ORDER BY stream, version LIMIT ${EVENTS_A_PAGE}) page`;
  return (page?.events ?? []).map(([name, number, type, data, at]) => ({
    stream: name,
    version: number,
    type,
    data,
    occurredAt: new Date(at).toISOString(),
  }));
}

/** Groups rows by their key. */
export function groupedBy<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

/** A table, and the expression for the name of each row's stream. */
export interface LoggedTable {
  readonly table: Sql;
  readonly stream: Sql;
}

/** Reports rows without a first event: no stream leads to them. */
export async function auditUnlogged(
  session: StoreSession,
  { table, stream }: LoggedTable,
  findings: Findings,
): Promise<void> {
  const rows = await session.$queryRaw<{ stream: string }[]>`
    SELECT ${stream} AS stream FROM ${table}
    WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = ${stream} AND e.version = 1) LIMIT 100`;
  for (const row of rows) findings.add(`${row.stream}: there is a row, and no log from version 1 on.`);
}
