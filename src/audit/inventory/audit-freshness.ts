import { type FreshnessEvent, type LastRepeat, lastRepeat } from '../../domain/inventory/supply/freshness';
import type { StoreSession } from '../../stores/postgres/store-session';
import type { Findings } from '../audit-findings';
import { type AuditedEvent, type EndedStream, StreamAudit } from '../audit-streams';

/** The newest repeated count of one place, as the log of freshness gives it. */
interface Repeat {
  readonly sku: string;
  readonly nodeId: string;
  readonly repeat: LastRepeat;
}

type Repeats = Map<string, Repeat>;

/** Checks that stock rows keep exactly the newest repeated count of each place, and that every log has its row. */
export class FreshnessAudit extends StreamAudit<Repeats> {
  readonly kind = 'freshness';
  #places = 0;

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(): Repeats {
    return new Map();
  }

  protected evolve(repeats: Repeats, _key: string, { data }: AuditedEvent): Repeats {
    const { counts, nodeId, ...message } = data as FreshnessEvent['data'];
    for (const count of counts) {
      const { sku, section } = count;
      repeats.set(JSON.stringify([sku, section]), { sku, nodeId, repeat: lastRepeat(message, count) });
    }
    return repeats;
  }

  protected override weigh(repeats: Repeats): number {
    return 1 + repeats.size;
  }

  protected async compare(ended: readonly EndedStream<Repeats>[]): Promise<void> {
    const versions = await this.#versions(ended.map(({ key }) => key));
    for (const { key, version, fold } of ended) {
      const stream = `${this.kind}/${key}`;
      const row = versions.get(key);
      this.match(stream, row === undefined ? undefined : { version: row }, { version });
      const logged = [...fold.values()];
      this.#places += logged.length;
      const stored = await this.#stored(logged);
      for (const [at, { sku, nodeId, repeat }] of logged.entries()) {
        const kept = stored[at]?.find(
          ({ sourceId, section }) => sourceId === repeat.sourceId && section === repeat.section,
        );
        this.match(`${stream}, in stock/${sku}/${nodeId}`, kept, repeat);
      }
    }
  }

  /** Reports repeated counts that no log has. Called after all streams were compared. */
  async auditUnlogged(): Promise<void> {
    const [row] = await this.session.$queryRaw<{ stored: number }[]>`
      SELECT coalesce(sum(jsonb_array_length(repeated)), 0)::float8 AS stored FROM stock`;
    if (row && row.stored !== this.#places)
      this.findings.add(
        `${row.stored} repeated counts are stored, and the logs have ${this.#places} places.`,
      );
  }

  async #versions(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.session.$queryRaw<{ key: string; version: number }[]>`
      SELECT source_id || '/' || node_id AS key, stream_version AS version FROM freshness
      WHERE source_id || '/' || node_id = ANY(${[...keys]})`;
    return new Map(rows.map(({ key, version }) => [key, version]));
  }

  /** Loads the repeated counts of stock rows, in the order of the places. */
  async #stored(places: readonly Repeat[]): Promise<readonly (readonly LastRepeat[])[]> {
    const [row] = await this.session.$queryRaw<{ stored: (LastRepeat[] | null)[] | null }[]>`
      SELECT json_agg(repeated ORDER BY at) AS stored
      FROM unnest(${places.map(({ sku }) => sku)}::text[], ${places.map(({ nodeId }) => nodeId)}::text[])
        WITH ORDINALITY AS place(sku, node_id, at)
      LEFT JOIN stock USING (sku, node_id)`;
    return (row?.stored ?? []).map((repeated) => repeated ?? []);
  }
}
