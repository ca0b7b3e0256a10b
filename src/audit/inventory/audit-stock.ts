import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Departure } from '../../domain/inventory/supply/departure';
import { type LastRepeat, withRepeats } from '../../domain/inventory/supply/freshness';
import { claimsCountFrom as momentOf, type Stock } from '../../domain/inventory/supply/stock';
import { expiryWatch } from '../../domain/inventory/supply/supply-expiry';
import { type StockKey, type StreamKey, streamOf } from '../../names/stream-key';
import { insertDepartures } from '../../stores/inventory/departures-save';
import { upsertStock } from '../../stores/inventory/inventory-save';
import type { StoreSession } from '../../stores/postgres/store-session';
import { canonical, difference, type Findings, matchRow } from '../audit-findings';
import { groupedBy } from '../audit-streams';
import { type AuditedEvent, type EndedStream, StreamFold } from '../fold-streams';
import { writeRows } from '../write-rows';
import type { SettingsHistory } from './audit-settings';
import type { Claim } from './audit-stock-claims';
import { type FrozenStock, StockReplay } from './audit-stock-replay';

/** A stock row, with the sums of its stored movements since the newest counts, and its departures. */
type StoredStock = Stock & {
  readonly moved: readonly number[];
  readonly departures: readonly Departure[];
  readonly watchedSince: string | null;
  readonly repeated: readonly LastRepeat[];
};

interface StoredAllocation {
  readonly sku: string;
  readonly nodeId: string;
  readonly reservationId: string;
  readonly quantity: number;
  readonly state: string;
  readonly grantedAt: string;
  readonly expiresAt: string | null;
}

/** The sequence of the newest count of `entry`, an entry of the row's supplies; a repeated count is the newest too. */
export const countedThrough = sql`greatest(-1, (entry->>'sequence')::bigint, (
  SELECT max((r->>'sequence')::bigint) FROM jsonb_array_elements(repeated) AS r
  WHERE r->>'sourceId' = entry->>'sourceId' AND r->'section' = entry->'section'
    AND r->'epoch' = entry->'epoch' AND r->'repeats' <= entry->'sequence'))`;

/**
 * Every stock row equals the fold of its log, its stored movements add up to its sums, its counters are the sums of its
 * allocations, its allocations are the open claims of its log, and no grant was an oversell. The allocations are parts of
 * reservations.
 */
export class StockFold extends StreamFold<StockReplay> {
  readonly kind = 'stock';
  readonly tables = ['stock', 'departure', 'supply_movement'];

  constructor(
    session: StoreSession,
    findings: Findings,
    private readonly settings: SettingsHistory,
  ) {
    super(session, findings);
  }

  protected open(key: StreamKey, state?: FrozenStock): StockReplay {
    const { sku, nodeId } = key as StockKey;
    const report = (sentence: string) => this.findings.add(sentence);
    return new StockReplay(sku, nodeId, this.settings, report, state);
  }

  protected override freeze(replay: StockReplay): unknown {
    return replay.freeze();
  }

  protected override thaw(key: StreamKey, state: unknown): StockReplay {
    return this.open(key, state as FrozenStock);
  }

  protected evolve(replay: StockReplay, event: AuditedEvent): StockReplay {
    replay.take(event);
    return replay;
  }

  protected override weigh({ claims, departures, movements }: StockReplay): number {
    return 1 + claims.size + departures.length + movements.size;
  }

  protected async compare(ended: readonly EndedStream<StockReplay>[]): Promise<void> {
    const { rows, allocations } = await this.#load(ended.map(({ fold }) => fold.stock));
    for (const { stream, version, fold } of ended) {
      const from = momentOf(fold.stock);
      const claimsCountFrom = from && new Date(from).toISOString();
      const moved = fold.stock.supplies.map((entry) => entry.moved);
      const gone = fold.stock.supplies.map((entry) => entry.gone);
      const untold = fold.goneByEntry();
      if (canonical(gone) !== canonical(untold))
        this.findings.add(
          `${stream}: ${canonical(gone)} have gone by its counts, and ${canonical(untold)} by what left.`,
        );
      const { watchedSince = null, departures = [], repeated = [], ...row } = rows.get(stream) ?? {};
      // The watch sees the repeated counts too, which the log of the row does not contain.
      const { notedTtl, unnotedSince } = expiryWatch(withRepeats(fold.stock, repeated));
      const stored = { ...row, departures: inOrder(departures) };
      matchRow(this.findings, stream, rows.has(stream) ? stored : undefined, {
        ...fold.stock,
        ...{ version, claimsCountFrom, moved, notedTtl, departures: inOrder(fold.departures) },
        lastLeftAt: latest(fold.departures.map(({ leftAt }) => leftAt)),
      });
      if (rows.has(stream) && !isWatched(watchedSince, unnotedSince))
        this.findings.add(`${stream}: a silence since ${unnotedSince} is watched for since ${watchedSince}.`);
      this.#matchAllocations(stream, allocations.get(stream) ?? [], fold);
    }
  }

  protected async write(ended: readonly EndedStream<StockReplay>[]): Promise<void> {
    await this.session.$executeRaw(
      upsertStock(ended.map(({ version, fold: { stock } }) => ({ stock, version }))),
    );
    const departures = ended.flatMap(({ fold: { stock, departures } }) => {
      const { sku, nodeId } = stock;
      return departures.map((departure) => ({ ...departure, sku, nodeId }));
    });
    if (departures.length > 0) await this.session.$executeRaw(insertDepartures(departures));
    const movements = ended.flatMap(({ fold }) => [...fold.movements.values()]);
    await writeRows(this.session, [['supply_movement', movements]]);
  }

  #matchAllocations(
    stream: string,
    stored: readonly StoredAllocation[],
    { stock, claims }: StockReplay,
  ): void {
    const known = new Set<Claim>();
    for (const { sku: _, nodeId: _at, ...row } of stored) {
      const claim = claims.find(row);
      if (claim) known.add(claim);
      const { grantedAt } = row;
      const found = claim ? difference(row, { ...claim, grantedAt }) : 'its log has no such claim';
      if (found) this.findings.add(`${stream}: the allocation of ${row.reservationId}: ${found}.`);
    }
    for (const claim of claims.values()) {
      if (!known.has(claim))
        this.findings.add(`${stream}: ${claim.reservationId} has claimed stock and has no allocation.`);
    }
    for (const [state, counted] of [
      ['HELD', stock.held],
      ['COMMITTED', stock.committed],
    ] as const) {
      const sum = stored.reduce((total, row) => total + (row.state === state ? row.quantity : 0), 0);
      if (sum !== counted)
        this.findings.add(`${stream}: ${counted} are ${state} by its log, and ${sum} by its allocations.`);
    }
  }

  async #load(places: readonly Pick<Stock, 'sku' | 'nodeId'>[]) {
    const skus = places.map(({ sku }) => sku);
    const nodes = places.map(({ nodeId }) => nodeId);
    const [stored] = await this.session.$queryRaw<
      { stock: StoredStock[]; allocations: StoredAllocation[] }[]
    >`
      WITH place AS (SELECT * FROM unnest(${skus}::text[], ${nodes}::text[]) AS p(sku, node_id))
      SELECT (SELECT coalesce(json_agg(json_build_object('sku', sku, 'nodeId', node_id, 'supplies', supplies,
          'unavailable', unavailable, 'held', held, 'committed', committed,
          'claimsCountFrom', iso(claims_count_from), 'zeroedAt', iso(zeroed_at), 'restoredAt', iso(restored_at),
          'repeated', repeated,
          'watchedSince', iso(supply_unnoted_since), 'notedTtl', supply_noted_ttl, 'version', stream_version,
          'lastLeftAt', iso(last_left_at), 'departures', (SELECT coalesce(json_agg(json_build_object('quantity', quantity,
              'grantedAt', iso(granted_at), 'leftAt', iso(left_at), 'sections', sections)), '[]')
            FROM departure d WHERE d.sku = stock.sku AND d.node_id = stock.node_id),
          'moved', (SELECT coalesce(json_agg(coalesce((
              SELECT sum(movement) FROM supply_movement m
              WHERE m.source_id = entry->>'sourceId' AND m.sku = stock.sku AND m.node_id = stock.node_id
                AND m.section = coalesce(entry->>'section', '') AND m.epoch = (entry->>'epoch')::bigint
                AND m.sequence > ${countedThrough}
                AND (zeroed_at IS NULL OR least(m.observed_at, m.received_at) > zeroed_at
                  OR least((entry->>'observedAt')::timestamptz, (entry->>'receivedAt')::timestamptz) > zeroed_at
                )), 0) ORDER BY at), '[]')
            FROM jsonb_array_elements(supplies) WITH ORDINALITY AS e(entry, at)))), '[]')
         FROM stock JOIN place USING (sku, node_id)) AS stock,
        (SELECT coalesce(json_agg(json_build_object('sku', sku, 'nodeId', node_id,
          'reservationId', reservation_id, 'quantity', quantity, 'state', state,
          'grantedAt', iso(granted_at), 'expiresAt', iso(expires_at))), '[]')
         FROM allocation JOIN place USING (sku, node_id)) AS allocations`;
    return {
      rows: new Map(stored?.stock.map((row) => [stockStream(row), row])),
      allocations: groupedBy(stored?.allocations ?? [], stockStream),
    };
  }
}

function stockStream({ sku, nodeId }: Pick<Stock, 'sku' | 'nodeId'>): string {
  return streamOf({ kind: 'stock', sku, nodeId });
}

/**
 * Returns the latest moment. The order of the log does not give it: a shipment reported late is logged after shipments
 * that left later. RFC 3339 in UTC compares as text.
 */
function latest(moments: readonly string[]): string | null {
  return moments.reduce<string | null>((last, one) => (last === null || one > last ? one : last), null);
}

/** Sorts departures as text: those of one transaction have the same moment and no order. */
function inOrder(departures: readonly Departure[]): readonly string[] {
  return departures
    .map(({ quantity, grantedAt, leftAt, sections }) => canonical({ quantity, grantedAt, leftAt, sections }))
    .sort();
}

/**
 * Returns true when the stored bound is no later than the folded moment: the watch for silent feeds may look at a row
 * early, never late.
 */
function isWatched(watchedSince: string | null, unnotedSince: string | null): boolean {
  if (watchedSince === null || unnotedSince === null) return watchedSince === unnotedSince;
  return Date.parse(watchedSince) <= Date.parse(unnotedSince);
}
