import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import { shortfallAt } from '../../../domain/inventory/offer/node-terms';
import type { Source } from '../../../domain/inventory/setup/set-up';
import type { Departure } from '../../../domain/inventory/supply/departure';
import { isRepeat } from '../../../domain/inventory/supply/freshness';
import {
  claimsCountFrom,
  emptyStock,
  type Stock,
  type StockEvent,
} from '../../../domain/inventory/supply/stock';
import { reportedEntry, type SupplyMessage } from '../../../domain/inventory/supply/supply';
import { decideCount, decideMovement, type FeedAnswer } from '../../../domain/inventory/supply/supply-feed';
import { compositeName } from '../../../names/composite-name';
import { type Cause, PendingLog } from '../../log/event-log';
import { exactlyOne } from '../../postgres/exactly-one';
import type { StepSession } from '../../postgres/store-session';
import { upsertStock } from '../inventory-save';
import { openStoredStock, type StockStream, type StoredStock, storedStock } from '../stock-stream';
import {
  epochOf,
  lockUnfixed,
  nodesColumn,
  openSource,
  PortionForms,
  type ReportedNode,
  type SourceRow,
} from './inventory-feed-forms';
import {
  loadMovements,
  type MovementLedger,
  type MovementsLoaded,
  movementsColumn,
  type StaleCount,
  saveMovements,
  saveStaleCounts,
} from './inventory-feed-movements';
import { PortionRepeats } from './inventory-feed-repeats';
import type { CountRow, FeedRow, MovementRow } from './inventory-feed-rows';

/** Units of a stock row committed at one moment. `grantedAt` is in milliseconds since 1970. */
type Commitment = readonly [sku: string, nodeId: string, grantedAt: number, quantity: number];

type Left = Departure & { readonly sku: string; readonly nodeId: string };

interface Loaded extends MovementsLoaded {
  readonly now: string;
  readonly skus: readonly string[];
  readonly basis: Source['basis'];
  readonly nodes: Readonly<Record<string, ReportedNode>>;
  readonly stock: readonly StoredStock[];
  /** The stock rows that an order that waits for the item leaves out. */
  readonly excluded: readonly (readonly [sku: string, nodeId: string])[];
  readonly commitments: readonly Commitment[];
  /** The departures that a count of the portion may still contain. */
  readonly departures: readonly Left[];
}

/** A stock row as loaded, with the stream of its events. */
interface LoadedShelf {
  readonly stored: StoredStock;
  readonly stream: StockStream<Stock>;
}

/** The rows of a feed in one transaction, with their stock, loaded under its locks. */
export class FeedPortion {
  readonly log: PendingLog;
  readonly forms: PortionForms;
  readonly staleCounts: StaleCount[] = [];
  readonly repeats: PortionRepeats;
  readonly #skus: ReadonlySet<string>;
  readonly #excluded: ReadonlySet<string>;
  readonly #shelves = new Map<string, LoadedShelf>();
  readonly #commitments = new Map<string, Commitment[]>();
  readonly #departures = new Map<string, Left[]>();

  constructor(
    readonly sourceId: string,
    private readonly loaded: Loaded,
    readonly movements: MovementLedger,
    unfixed: SourceRow | undefined,
  ) {
    this.log = new PendingLog(loaded.now);
    this.forms = new PortionForms(sourceId, loaded.nodes, unfixed && openSource(this.log, unfixed));
    this.#skus = new Set(loaded.skus);
    this.repeats = new PortionRepeats(sourceId, loaded.now);
    this.#excluded = new Set(loaded.excluded.map(([sku, nodeId]) => keyOf({ sku, nodeId })));
    for (const row of loaded.stock) this.#open(row);
    for (const commitment of loaded.commitments) {
      const key = compositeName(commitment[0], commitment[1]);
      this.#commitments.set(key, [...(this.#commitments.get(key) ?? []), commitment]);
    }
    for (const departure of loaded.departures) {
      const known = this.#departures.get(keyOf(departure));
      if (known) known.push(departure);
      else this.#departures.set(keyOf(departure), [departure]);
    }
  }

  /** Applies one row to the state that the rows before it left. */
  apply(row: FeedRow, cause: Cause): FeedAnswer {
    if (!this.#skus.has(row.sku)) return { kind: 'rejected', reason: 'UNKNOWN_SKU' };
    const form = this.forms.of(row);
    if (!('epoch' in form)) return { kind: 'rejected', ...form };
    const shelf = this.#shelfOf(row);
    const { stream } = shelf;
    const before = stream.state;
    const { answer, events } = this.#decide(before, row, form.epoch);
    const caused = { ...cause, commandId: row.messageId };
    for (const event of events) if (!this.#defers(shelf, row, event)) stream.append(event, caused);
    if (answer.kind !== 'applied') return answer;
    this.forms.fix(row.nodeId, form, caused);
    const shortfall = this.#shortfallOf(stream.state);
    if (shortfall === 0) return answer;
    if (shortfall !== this.#shortfallOf(before)) stream.append(detected(stream.state, shortfall), caused);
    return { ...answer, shortfall };
  }

  touchedStock(): readonly { readonly stock: Stock; readonly version: number }[] {
    return [...this.#shelves.values()]
      .filter(({ stream }) => stream.isTouched)
      .map(({ stream: { state, version } }) => ({ stock: state, version }));
  }

  /** Leaves a count that repeats the newest one out of the stock's log. Returns false for any other event. */
  #defers({ stored, stream }: LoadedShelf, row: FeedRow, event: StockEvent): boolean {
    if (event.type !== 'inventory.supply-counted.v1' || stream.isTouched) return false;
    const place = { ttlSeconds: this.forms.ttlAt(row.nodeId), isExcluded: this.#excluded.has(keyOf(row)) };
    const repeats = reportedEntry(stored.stock.supplies, event.data)?.sequence;
    if (typeof repeats !== 'number' || !isRepeat(stream.state, event.data, place)) return false;
    stream.defer(event);
    this.repeats.add(row, event.data.epoch ?? 0, repeats, stored.repeated);
    return true;
  }

  #decide(stock: Stock, row: FeedRow, epoch: number) {
    const { section, sequence, observedAt } = row;
    const { sourceId } = this;
    const { basis, now: receivedAt } = this.loaded;
    const message = { sourceId, section, basis, sequence, observedAt, receivedAt };
    const told = epoch === 0 ? message : { ...message, epoch };
    return 'movement' in row ? this.#decideMovement(stock, row, told) : this.#decideCount(stock, row, told);
  }

  #decideCount(stock: Stock, row: CountRow, message: SupplyMessage) {
    const told = { ...message, count: row.count };
    const departures = this.#departures.get(keyOf(row)) ?? [];
    const decision = decideCount(stock, told, this.movements.of(row), departures);
    if (decision.answer.kind === 'stale') this.staleCounts.push({ ...row, receivedAt: told.receivedAt });
    return decision;
  }

  #decideMovement(stock: Stock, row: MovementRow, message: SupplyMessage) {
    const told = { ...message, movement: row.movement };
    const decision = decideMovement(stock, told, this.movements.of(row));
    const { kind } = decision.answer;
    if (kind === 'applied' || kind === 'stale') this.movements.record(row, told);
    return decision;
  }

  #shortfallOf(stock: Stock): number {
    const from = claimsCountFrom(stock);
    const sinceCount = from === null ? null : { held: 0, committed: this.#committedSince(stock, from) };
    return shortfallAt({ stock, sources: this.forms.sourcesAt(stock.nodeId), heldNow: 0, sinceCount });
  }

  #committedSince(stock: Stock, from: string): number {
    const since = Date.parse(from);
    const later = (this.#commitments.get(keyOf(stock)) ?? []).filter(([, , grantedAt]) => grantedAt >= since);
    return later.reduce((sum, [, , , quantity]) => sum + quantity, 0);
  }

  #shelfOf(row: FeedRow): LoadedShelf {
    const unstored = () => ({ stock: emptyStock(row.sku, row.nodeId), version: 0, repeated: [] });
    return this.#shelves.get(keyOf(row)) ?? this.#open(unstored());
  }

  #open(stored: StoredStock): LoadedShelf {
    const shelf = { stored, stream: openStoredStock(this.log, stored) };
    this.#shelves.set(keyOf(stored.stock), shelf);
    return shelf;
  }
}

function detected(stock: Stock, shortfall: number): StockEvent {
  const { committed } = stock;
  return { type: 'inventory.shortfall-detected.v1', data: { shortfall, committed } };
}

function keyOf({ sku, nodeId }: Pick<FeedRow, 'sku' | 'nodeId'>): string {
  return compositeName(sku, nodeId);
}

/** The stock rows of some feed rows as parallel columns; `since` is the earliest `observedAt` of each. */
interface FeedPlaces {
  readonly skus: readonly string[];
  readonly nodes: readonly string[];
  readonly since: readonly string[];
}

/** Collects the stock rows of some feed rows, each once, with the earliest moment at which a row observed it. */
export function placesOf(rows: readonly FeedRow[]): FeedPlaces {
  const indexes = new Map<string, number>();
  const skus: string[] = [];
  const nodes: string[] = [];
  const since: string[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    const index = indexes.get(key);
    if (index === undefined) {
      indexes.set(key, skus.length);
      skus.push(row.sku);
      nodes.push(row.nodeId);
      since.push(row.observedAt);
    } else if (row.observedAt < (since[index] ?? '')) since[index] = row.observedAt;
  }
  return { skus, nodes, since };
}

/** The advisory lock of portions that may create stock rows. */
const NEW_ROWS = 7_203_114;

/**
 * Locks the stock rows of a portion in key order, then loads them. The load is a separate statement: a statement that
 * waited for locks still sees the rows from before its wait.
 *
 * A row that does not exist yet cannot be locked. Two portions that create rows, each with locks on rows that the other
 * found missing, would deadlock; so a portion with a missing row first waits for the others that have one.
 */
export async function lockAndLoadPortion(
  session: StepSession,
  sourceId: string,
  rows: readonly FeedRow[],
  places: FeedPlaces,
): Promise<FeedPortion> {
  const { skus, nodes } = places;
  const place = sql`unnest(${skus}::text[], ${nodes}::text[]) AS place(sku, node_id)`;
  const taking = session.$queryRaw`
    SELECT pg_advisory_xact_lock(${NEW_ROWS}) IS NULL FROM (
      SELECT FROM ${place} WHERE NOT EXISTS (
        SELECT FROM stock s WHERE s.sku = place.sku AND s.node_id = place.node_id) LIMIT 1) AS missing`;
  const locking = session.$queryRaw`
    SELECT 1 FROM stock WHERE (sku, node_id) IN (SELECT sku, node_id FROM ${place})
    ORDER BY sku, node_id FOR UPDATE`;
  const [found] = await Promise.all([load(session, sourceId, rows, places), taking, locking]);
  const loaded = exactlyOne(found);
  const unfixed = await lockUnfixed(session, sourceId, loaded.nodes);
  const epochAt = (nodeId: string) => epochOf(nodeId, loaded.nodes, unfixed);
  const movements = await loadMovements(session, { id: sourceId, epochAt }, rows, loaded);
  return new FeedPortion(sourceId, loaded, movements, unfixed);
}

function load(
  session: StepSession,
  sourceId: string,
  rows: readonly FeedRow[],
  { skus, nodes, since }: FeedPlaces,
): Promise<readonly Loaded[]> {
  return session.$queryRaw`
    WITH shelf AS MATERIALIZED (
      SELECT s.*, least(s.claims_count_from, place.since) AS since, least(place.since, now()) AS observed_since
      FROM unnest(${skus}::text[], ${nodes}::text[], ${since}::timestamptz[]) AS place(sku, node_id, since)
      JOIN stock s USING (sku, node_id)),
    own AS MATERIALIZED (SELECT basis, forms FROM source WHERE id = ${sourceId})
    SELECT iso(clock_timestamp()) AS now,
      (SELECT coalesce(json_agg(sku), '[]') FROM item WHERE sku = ANY(${skus})) AS skus,
      (SELECT basis FROM own) AS basis, ${nodesColumn(nodes)} AS nodes,
      (SELECT coalesce(json_agg(${storedStock(sql`shelf`)}), '[]') FROM shelf) AS stock,
      (SELECT coalesce(json_agg(json_build_array(sku, one->>'nodeId')), '[]')
       FROM backorder, jsonb_array_elements(exclusions) AS one WHERE sku = ANY(${skus})) AS excluded,
      (SELECT coalesce(json_agg(json_build_array(a.sku, a.node_id, extract(epoch FROM a.granted_at) * 1000, a.quantity)), '[]')
       FROM shelf s JOIN allocation a USING (sku, node_id)
       WHERE s.committed > 0 AND (s.claims_count_from IS NOT NULL OR (SELECT basis FROM own) = 'available')
         AND a.state = 'COMMITTED' AND a.granted_at >= s.since) AS commitments,
      (SELECT coalesce(json_agg(json_build_object('sku', d.sku, 'nodeId', d.node_id, 'quantity', d.quantity,
         'grantedAt', iso(d.granted_at), 'leftAt', iso(d.left_at), 'sections', d.sections)), '[]')
       FROM shelf s JOIN departure d USING (sku, node_id)
       WHERE s.last_left_at >= s.observed_since AND d.left_at >= s.observed_since) AS departures,
      ${movementsColumn(sourceId, rows)} AS movements`;
}

/**
 * Saves a portion: its repeated counts in one statement, and its changes in another. The moment at which its source was
 * heard is saved in any case.
 */
export function savePortion(session: StepSession, portion: FeedPortion, cause: Cause): void {
  const movements = portion.movements.recorded();
  const { log, staleCounts } = portion;
  if (!log.isEmpty || movements.length > 0 || staleCounts.length > 0) {
    session.save(sql`
      WITH logged AS (${log.insertion()}), moved AS (${saveMovements(portion.sourceId, movements)}),
      passed_over AS (${saveStaleCounts(portion.sourceId, staleCounts)})
      ${upsertStock(portion.touchedStock())}`);
    portion.forms.save(session);
  }
  portion.repeats.save(session, cause);
  session.save(noteHeard(portion.sourceId));
}

/**
 * Notes that a source was heard, unless that was noted within the last second: small portions of a busy source would
 * wait for each other. The row is the last lock of a portion.
 */
function noteHeard(sourceId: string): Sql {
  return sql`
    INSERT INTO source_heard (source_id, heard_at)
    SELECT ${sourceId}, clock_timestamp() WHERE NOT EXISTS (
      SELECT FROM source_heard WHERE source_id = ${sourceId} AND heard_at > clock_timestamp() - interval '1 second')
    ON CONFLICT (source_id) DO UPDATE SET heard_at = excluded.heard_at`;
}
