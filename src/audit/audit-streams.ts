import type { Sql } from '@prisma/client/runtime/client';
import { idOf, type PlaceKey, type StreamKey, streamOf } from '../names/stream-key';
import type { StoreSession } from '../stores/postgres/store-session';
import { type Findings, matchRow } from './audit-findings';
import { type AuditedEvent, type EndedStream, StreamFold } from './fold-streams';
import { type TableRows, writeRows } from './write-rows';

const KEYS_A_PAGE = 5_000;

type SingleKey = Exclude<StreamKey, PlaceKey>;
type RowKey = [first: string, second: string];

/** A stored row, with the id of the thing that its stream is about. */
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
  /** Returns a fold as JSON, and a fold from that JSON, where the fold is not JSON itself. */
  freeze?(fold: Fold): unknown;
  thaw?(id: string, state: unknown): Fold;
  /** Loads the stored rows, with their parts in the same form. */
  load(session: StoreSession, ids: readonly string[]): Promise<readonly KeyedRow[]>;
  /**
   * The tables of the row and its parts, each with the rows that a fold and the version of its stream give. The fields
   * have the names of the columns, in camel case.
   */
  readonly tables: Readonly<Record<string, (fold: Fold, streamVersion: number) => readonly object[]>>;
  /** Returns the size of a fold in memory, in rows; 1 by default. */
  weigh?(fold: Fold): number;
}

/** The streams of one kind whose row, its parts included, follows from the fold alone. */
export class RowFold<Fold> extends StreamFold<Fold> {
  readonly kind: SingleKey['kind'];
  readonly tables: readonly string[];

  constructor(
    private readonly rule: RowRule<Fold>,
    session: StoreSession,
    findings: Findings,
  ) {
    super(session, findings);
    this.kind = rule.kind;
    this.tables = Object.keys(rule.tables);
  }

  protected open(key: SingleKey): Fold {
    return this.rule.open(idOf(key));
  }

  protected evolve(fold: Fold, event: AuditedEvent): Fold {
    return this.rule.evolve(fold, idOf(event.key as SingleKey), event);
  }

  protected override freeze(fold: Fold): unknown {
    return this.rule.freeze ? this.rule.freeze(fold) : super.freeze(fold);
  }

  protected override thaw(key: SingleKey, state: unknown): Fold {
    return this.rule.thaw ? this.rule.thaw(idOf(key), state) : super.thaw(key, state);
  }

  protected override weigh(fold: Fold): number {
    return this.rule.weigh?.(fold) ?? 1;
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const ids = ended.map(({ key }) => idOf(key as SingleKey));
    const rows = new Map((await this.rule.load(this.session, ids)).map(({ key, row }) => [key, row]));
    for (const { stream, key, version, fold } of ended) {
      const expected = this.rule.rowOf(fold);
      const row = rows.get(idOf(key as SingleKey));
      matchRow(this.findings, stream, row, expected && { ...expected, version });
    }
  }

  protected async write(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const tables = Object.entries(this.rule.tables).map(([table, rowsOf]): TableRows => {
      return [table, ended.flatMap(({ fold, version }) => rowsOf(fold, version))];
    });
    await writeRows(this.session, tables);
  }
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

/** Reports rows without a first event, archived or not: no stream leads to them. */
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
      WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream = named.stream AND e.version = 1)
        AND NOT EXISTS (SELECT 1 FROM stream_start s WHERE s.stream = named.stream)`;
    for (const { stream } of unlogged)
      findings.add(`${stream}: there is a row, and no log from version 1 on.`);
    after = page.length < KEYS_A_PAGE ? undefined : page.at(-1)?.at;
  }
}
