import type { Sql } from '@prisma/client/runtime/client';
import { idOf, type PlaceKey, type StreamKey, streamOf } from '../names/stream-key';
import type { StoreSession } from '../stores/postgres/store-session';
import { difference, type Findings } from './audit-findings';

/** An event read by an audit. */
export interface AuditedEvent {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly occurredAt: string;
}

/** A stream folded to its end. */
export interface EndedStream<Fold> {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly fold: Fold;
}

const EVENTS_A_PAGE = 2_000;
const ROWS_A_BATCH = 500;
const KEYS_A_PAGE = 5_000;

type SingleKey = Exclude<StreamKey, PlaceKey>;
type RowKey = [first: string, second: string];

/**
 * The audit of one kind of stream: it folds the streams and compares the folds with the rows, one batch at a time. It
 * keeps in memory one page of events and the folds of one batch, never a whole table.
 */
export abstract class StreamAudit<Fold> {
  abstract readonly kind: StreamKey['kind'];
  #ended: EndedStream<Fold>[] = [];
  #weight = 0;
  #current: { readonly stream: string; readonly key: StreamKey; fold: Fold } | undefined;

  constructor(protected readonly findings: Findings) {}

  protected abstract open(key: StreamKey): Fold;
  protected abstract evolve(fold: Fold, event: AuditedEvent): Fold;
  /** Compares folded streams with their rows. */
  protected abstract compare(ended: readonly EndedStream<Fold>[]): Promise<void>;

  /** Returns the size of a fold in memory, in rows. */
  protected weigh(_fold: Fold): number {
    return 1;
  }

  begin({ stream, key }: Pick<AuditedEvent, 'stream' | 'key'>): void {
    this.#current = { stream, key, fold: this.open(key) };
  }

  take(event: AuditedEvent): void {
    const current = this.#current;
    if (!current) return;
    try {
      current.fold = this.evolve(current.fold, event);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.findings.add(`${event.stream}: event ${event.version} (${event.type}) cannot be folded: ${why}.`);
    }
  }

  async end(version: number): Promise<void> {
    if (!this.#current) return;
    const { stream, key, fold } = this.#current;
    this.#ended.push({ stream, key, version, fold });
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

/** A stored row with the id of its stream's thing. */
export interface KeyedRow {
  readonly key: string;
  readonly row: object & { readonly version: number };
}

/** How the row of one kind of stream follows from its log. */
export interface RowRule<Fold> {
  readonly kind: SingleKey['kind'];
  open(id: string): Fold;
  evolve(fold: Fold, id: string, event: AuditedEvent): Fold;
  /** Returns the row that a fold gives, without its version, and with its parts by their keys; undefined for none. */
  rowOf(fold: Fold): object | undefined;
  /** Loads the stored rows, with their parts in the same form. */
  load(session: StoreSession, ids: readonly string[]): Promise<readonly KeyedRow[]>;
  /** Returns the size of a fold in memory, in rows; 1 by default. */
  weigh?(fold: Fold): number;
}

/** Checks that every row of one kind, its parts included, equals the fold of its log. */
export class RowAudit<Fold> extends StreamAudit<Fold> {
  readonly kind: SingleKey['kind'];

  constructor(
    private readonly rule: RowRule<Fold>,
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
    this.kind = rule.kind;
  }

  protected open(key: SingleKey): Fold {
    return this.rule.open(idOf(key));
  }

  protected evolve(fold: Fold, event: AuditedEvent): Fold {
    return this.rule.evolve(fold, idOf(event.key as SingleKey), event);
  }

  protected override weigh(fold: Fold): number {
    return this.rule.weigh?.(fold) ?? 1;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const ids = ended.map(({ key }) => idOf(key as SingleKey));
    const rows = new Map((await this.rule.load(this.session, ids)).map(({ key, row }) => [key, row]));
    for (const { stream, key, version, fold } of ended) {
      const expected = this.rule.rowOf(fold);
      this.match(stream, rows.get(idOf(key as SingleKey)), expected && { ...expected, version });
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
  let audit: ReturnType<typeof byKind.get>;
  for (;;) {
    const page = await pageOfEvents(session, stream, version);
    for (const event of page) {
      if (event.stream !== stream) {
        await audit?.end(version);
        stream = event.stream;
        version = 0;
        audit = byKind.get(event.key.kind);
        if (!audit) findings.add(`${stream}: nobody knows streams of this kind.`);
        audit?.begin(event);
      }
      if (event.version !== version + 1)
        findings.add(`${stream}: version ${event.version} follows version ${version}.`);
      if (stream !== streamOf(event.key))
        findings.add(`${stream}: event ${event.version} is about ${streamOf(event.key)}.`);
      version = event.version;
      audit?.take(event);
    }
    if (page.length < EVENTS_A_PAGE) break;
  }
  await audit?.end(version);
  for (const each of audits) await each.flush();
}

type EventRow = readonly [
  stream: string,
  key: StreamKey,
  version: number,
  type: string,
  data: object,
  occurredAtMs: number,
];

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
      stream, key, version, type, data, round(extract(epoch FROM occurred_at) * 1000))), '[]') AS events
    FROM (SELECT * FROM event WHERE (stream, version) > (${stream}, ${version}::int)
      ORDER BY stream, version LIMIT ${EVENTS_A_PAGE}) page`;
  return (page?.events ?? []).map(([name, key, number, type, data, at]) => ({
    stream: name,
    key,
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

/** A table, the one or two columns of its primary key, and the expression for the key of each row's stream. */
export interface LoggedTable {
  readonly table: Sql;
  readonly columns: readonly [Sql, Sql?];
  readonly key: Sql;
}

/** Reports rows without a first event: no stream leads to them. */
export async function auditUnlogged(
  session: StoreSession,
  { table, columns: [first, second = first], key }: LoggedTable,
  findings: Findings,
): Promise<void> {
  for (let after: RowKey | undefined = ['', '']; after; ) {
    const page: { at: RowKey; key: StreamKey }[] = await session.$queryRaw`
      SELECT json_build_array(${first}, ${second}) AS at, ${key} AS key FROM ${table}
      WHERE (${first}, ${second}) > (${after[0]}, ${after[1]}) ORDER BY ${first}, ${second} LIMIT ${KEYS_A_PAGE}`;
    const streams = page.map(({ key: own }) => streamOf(own));
    const unlogged = await session.$queryRaw<{ stream: string }[]>`
      SELECT stream FROM unnest(${streams}::text[]) AS named(stream)
      WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = named.stream AND e.version = 1)`;
    for (const { stream } of unlogged)
      findings.add(`${stream}: there is a row, and no log from version 1 on.`);
    after = page.length < KEYS_A_PAGE ? undefined : page.at(-1)?.at;
  }
}
