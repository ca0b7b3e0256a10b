import {
  type FreshnessEvent,
  type LastRepeat,
  lastRepeat,
  repeatKey,
} from '../../domain/inventory/supply/freshness';
import { type FreshnessKey, type StreamKey, streamOf } from '../../names/stream-key';
import { matchRow } from '../audit-findings';
import { type AuditedEvent, type EndedStream, StreamFold } from '../fold-streams';
import { writeRows } from '../write-rows';

/** The newest repeated count of one place, as the log of freshness gives it. */
interface Repeat {
  readonly sku: string;
  readonly nodeId: string;
  readonly repeat: LastRepeat;
}

type Repeats = Map<string, Repeat>;

/** Stock rows keep exactly the newest repeated count of each place, and every log has its row. */
export class FreshnessFold extends StreamFold<Repeats> {
  readonly kind = 'freshness';
  readonly tables = ['freshness'];
  #places = 0;

  protected open(): Repeats {
    return new Map();
  }

  protected evolve(repeats: Repeats, { data }: AuditedEvent): Repeats {
    const { counts, nodeId, ...message } = data as FreshnessEvent['data'];
    for (const count of counts) {
      const { sku, section } = count;
      repeats.set(repeatKey(sku, section), { sku, nodeId, repeat: lastRepeat(message, count) });
    }
    return repeats;
  }

  protected override freeze(repeats: Repeats): unknown {
    return Object.fromEntries(repeats);
  }

  protected override thaw(_key: StreamKey, state: unknown): Repeats {
    return new Map(Object.entries(state as Record<string, Repeat>));
  }

  protected override weigh(repeats: Repeats): number {
    return 1 + repeats.size;
  }

  protected async compare(ended: readonly EndedStream<Repeats>[]): Promise<void> {
    const versions = await this.#versions(ended.map(({ key }) => key as FreshnessKey));
    for (const [at, { stream, version, fold }] of ended.entries()) {
      const row = versions[at] ?? undefined;
      matchRow(this.findings, stream, row === undefined ? undefined : { version: row }, { version });
      const logged = [...fold.values()];
      this.#places += logged.length;
      const stored = await this.#stored(logged);
      for (const [place, { sku, nodeId, repeat }] of logged.entries()) {
        const kept = stored[place]?.find(
          ({ sourceId, section }) => sourceId === repeat.sourceId && section === repeat.section,
        );
        matchRow(this.findings, `${stream}, in ${streamOf({ kind: 'stock', sku, nodeId })}`, kept, repeat);
      }
    }
  }

  /** Writes the rows, and the repeated counts into stock rows. It creates a stock row that is not written yet. */
  protected async write(ended: readonly EndedStream<Repeats>[]): Promise<void> {
    const rows = ended.map(({ key, version }) => ({ ...key, streamVersion: version }));
    await writeRows(this.session, [['freshness', rows]]);
    const repeats = ended.flatMap(({ fold }) => [...fold.values()]);
    await this.session.$executeRaw`
      INSERT INTO stock (sku, node_id, supplies, unavailable, held, committed, stream_version, repeated)
      SELECT sku, "nodeId", '[]', 0, 0, 0, 0, jsonb_agg(repeat)
      FROM jsonb_to_recordset(${JSON.stringify(repeats)}::jsonb) AS r(sku text, "nodeId" text, repeat jsonb)
      GROUP BY sku, "nodeId"
      ON CONFLICT (sku, node_id) DO UPDATE SET repeated = stock.repeated || excluded.repeated`;
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

  /** Loads the versions of rows, in the order of their keys; null where there is no row. */
  async #versions(keys: readonly FreshnessKey[]): Promise<readonly (number | null)[]> {
    const sources = keys.map(({ sourceId }) => sourceId);
    const nodes = keys.map(({ nodeId }) => nodeId);
    const [row] = await this.session.$queryRaw<{ versions: (number | null)[] | null }[]>`
      SELECT json_agg(stream_version ORDER BY at) AS versions
      FROM unnest(${sources}::text[], ${nodes}::text[]) WITH ORDINALITY AS named(source_id, node_id, at)
      LEFT JOIN freshness USING (source_id, node_id)`;
    return row?.versions ?? [];
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
