import { sqltag as sql } from '@prisma/client/runtime/client';
import { withRepeats } from '../../../domain/inventory/supply/freshness';
import {
  heardAtOf,
  laterOf,
  type MovementSum,
  reportedEntry,
  type SupplyMovement,
} from '../../../domain/inventory/supply/supply';
import {
  type HeardMovement,
  isSince,
  type KnownMovements,
} from '../../../domain/inventory/supply/supply-feed';
import { compositeName } from '../../../names/composite-name';
import type { StoreSession } from '../../postgres/store-session';
import type { StoredStock } from '../stock-stream';
import type { FeedRow, MovementRow } from './inventory-feed-rows';

/** A stored movement. Section '': the source reports the node as a whole. */
type StoredMovement = readonly [
  sku: string,
  nodeId: string,
  section: string,
  sequence: number,
  movement: number,
  observedAt: string,
  receivedAt: string,
];

/** The sum of one place's stored movements with a sequence above `after`, up to the `after` of the next sum. */
type StoredSum = readonly [
  sku: string,
  nodeId: string,
  section: string,
  after: number,
  moved: number,
  movedThrough: number,
  heardAt: string,
  /** The part of `moved` that was observed after the node last refused. */
  movedSinceZero: number,
];

/** The stored movements that `movementsColumn` selects, with the stock rows of the portion. */
export interface MovementsLoaded {
  readonly movements: readonly StoredMovement[];
  readonly stock: readonly StoredStock[];
}

/** The source of a portion, with the epoch of its form at each node. */
export interface ReportingSource {
  readonly id: string;
  epochAt(nodeId: string): number;
}

type RecordedMovement = HeardMovement & {
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly messageId: string;
};

export interface StaleCount {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly sequence: number;
  readonly count: number;
  readonly observedAt: string;
  readonly receivedAt: string;
}

/** A value below every sequence. */
const NO_COUNT = -1;

/** The known movements of one place: each movement that a row of the portion names, and sums of all others. */
class PlaceMovements implements KnownMovements {
  readonly named = new Map<number, HeardMovement>();
  readonly sums: { readonly after: number; readonly sum: MovementSum; readonly movedSinceZero: number }[] =
    [];

  at(sequence: number): HeardMovement | undefined {
    return this.named.get(sequence);
  }

  /** `since` is null or the moment at which the node last refused: the store has sums for these two values alone. */
  above(sequence: number | null, since: string | null, instead?: SupplyMovement): MovementSum {
    const from = sequence ?? NO_COUNT;
    const sums = this.sums
      .filter(({ after }) => after >= from)
      .map(({ sum, movedSinceZero }) => (since === null ? sum : { ...sum, moved: movedSinceZero }));
    for (const [own, heard] of this.named) {
      if (own > from && own !== instead?.sequence) sums.push(sumOf(own, heard, since));
    }
    if (instead) sums.push(sumOf(instead.sequence, instead, since));
    return sums.reduce(added, { moved: 0, movedThrough: null, heardAt: null });
  }
}

function sumOf(sequence: number, heard: HeardMovement, since: string | null): MovementSum {
  const moved = isSince(heard, since) ? heard.movement : 0;
  return { moved, movedThrough: sequence, heardAt: heardAtOf(heard) };
}

function added(left: MovementSum, right: MovementSum): MovementSum {
  return {
    moved: left.moved + right.moved,
    movedThrough: Math.max(left.movedThrough ?? NO_COUNT, right.movedThrough ?? NO_COUNT),
    heardAt: right.heardAt === null ? left.heardAt : laterOf(left.heardAt, right.heardAt),
  };
}

const NOTHING_KNOWN: KnownMovements = new PlaceMovements();

/** The movements of one source that the decisions on one portion need, and the movements that they add. */
export class MovementLedger {
  readonly #places = new Map<string, PlaceMovements>();
  readonly #recorded = new Map<string, RecordedMovement>();

  constructor(named: readonly StoredMovement[], sums: readonly StoredSum[]) {
    for (const [sku, nodeId, section, sequence, movement, observedAt, receivedAt] of named) {
      this.#at(keyOf(sku, nodeId, section)).named.set(sequence, { movement, observedAt, receivedAt });
    }
    for (const [sku, nodeId, section, after, moved, movedThrough, heardAt, movedSinceZero] of sums) {
      const sum = { moved, movedThrough, heardAt };
      this.#at(keyOf(sku, nodeId, section)).sums.push({ after, sum, movedSinceZero });
    }
  }

  of(row: FeedRow): KnownMovements {
    return (this.#places.size > 0 && this.#places.get(placeKey(row))) || NOTHING_KNOWN;
  }

  record(row: MovementRow, movement: SupplyMovement): void {
    this.#at(placeKey(row)).named.set(row.sequence, movement);
    const { messageId, sku, nodeId, sequence } = row;
    const { observedAt, receivedAt, epoch = 0 } = movement;
    const place = { sku, nodeId, section: row.section ?? '', epoch };
    const recorded = { ...place, messageId, sequence, observedAt, receivedAt, movement: row.movement };
    this.#recorded.set(sequenceKey(row), recorded);
  }

  recorded(): readonly RecordedMovement[] {
    return [...this.#recorded.values()];
  }

  #at(key: string): PlaceMovements {
    const place = this.#places.get(key) ?? new PlaceMovements();
    this.#places.set(key, place);
    return place;
  }
}

function keyOf(sku: string, nodeId: string, section: string): string {
  return compositeName(sku, nodeId, section);
}

function placeKey({ sku, nodeId, section }: Pick<FeedRow, 'sku' | 'nodeId' | 'section'>): string {
  return keyOf(sku, nodeId, section ?? '');
}

function sequenceKey(row: FeedRow): string {
  return compositeName(row.sku, row.nodeId, row.section ?? '', row.sequence);
}

function movementsOf(rows: readonly FeedRow[]): readonly MovementRow[] {
  return rows.filter((row): row is MovementRow => 'movement' in row);
}

/**
 * Builds the column of a load with the stored movements whose sequence a row of the portion repeats. The statement must
 * have the source as `own`.
 */
export function movementsColumn(sourceId: string, rows: readonly FeedRow[]) {
  const named = movementsOf(rows);
  return sql`
    (SELECT coalesce(json_agg(json_build_array(sku, node_id, section, sequence, movement, iso(observed_at),
       iso(received_at))), '[]')
     FROM unnest(${named.map(({ sku }) => sku)}::text[], ${named.map(({ nodeId }) => nodeId)}::text[],
       ${named.map(({ section }) => section ?? '')}::text[], ${named.map(({ sequence }) => sequence)}::bigint[])
       AS named(sku, node_id, section, sequence)
     JOIN supply_movement m USING (sku, node_id, section, sequence)
     WHERE m.source_id = ${sourceId}
       AND m.epoch = coalesce(((SELECT forms FROM own)->node_id->>'epoch')::bigint, 0))`;
}

/** A range of sequences of one place, `after` exclusive to `upTo` inclusive, without the `named` ones. */
interface Stretch {
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string;
  readonly epoch: number;
  readonly after: number;
  readonly upTo: number;
  readonly named: readonly number[];
}

/**
 * Loads the movements that a portion needs. Most portions need no sums: a movement is added to the stored sum, and a
 * count above all movements starts a new sum. Only a count below a stored movement, or a reused sequence, needs the
 * movements summed again.
 */
export async function loadMovements(
  session: StoreSession,
  source: ReportingSource,
  rows: readonly FeedRow[],
  loaded: MovementsLoaded,
): Promise<MovementLedger> {
  const stretches = stretchesToSum(source, rows, loaded);
  if (stretches.length === 0) return new MovementLedger(loaded.movements, []);
  const sums = await session.$queryRaw<{ sum: StoredSum }[]>`
    SELECT json_build_array(p.sku, p."nodeId", p.section, p.after, sum(m.movement), max(m.sequence),
      iso(max(least(m.observed_at, m.received_at))),
      coalesce(sum(m.movement) FILTER (WHERE least(m.observed_at, m.received_at) > s.zeroed_at), 0)) AS sum
    FROM jsonb_to_recordset(${JSON.stringify(stretches)}::jsonb) AS p(sku text, "nodeId" text, section text,
      epoch bigint, after bigint, "upTo" bigint, named bigint[])
    JOIN stock s ON s.sku = p.sku AND s.node_id = p."nodeId"
    JOIN supply_movement m ON m.source_id = ${source.id} AND m.sku = p.sku AND m.node_id = p."nodeId"
      AND m.section = p.section AND m.epoch = p.epoch AND m.sequence > p.after AND m.sequence <= p."upTo"
    WHERE m.sequence <> ALL(p.named)
    GROUP BY p.sku, p."nodeId", p.section, p.after`;
  return new MovementLedger(
    loaded.movements,
    sums.map(({ sum }) => sum),
  );
}

/** Splits each place's sequences at every count that may become the newest, so that each movement is read once. */
function stretchesToSum(
  { id: sourceId, epochAt }: ReportingSource,
  rows: readonly FeedRow[],
  loaded: MovementsLoaded,
): readonly Stretch[] {
  const haveMoved = loaded.stock.some(({ stock: { supplies } }) =>
    supplies.some(({ movedThrough }) => movedThrough !== null),
  );
  if (!haveMoved && movementsOf(rows).length === 0) return [];
  const stock = new Map(
    loaded.stock.map((row) => [
      compositeName(row.stock.sku, row.stock.nodeId),
      withRepeats(row.stock, row.repeated),
    ]),
  );
  const named = new Map(loaded.movements.map((row) => [compositeName(row[0], row[1], row[2], row[3]), row]));
  return byPlace(rows).flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const { sku, nodeId, section } = first;
    const epoch = epochAt(nodeId);
    const { supplies = [] } = stock.get(compositeName(sku, nodeId)) ?? {};
    const entry = reportedEntry(supplies, { sourceId, section, epoch });
    const newest = entry?.sequence ?? NO_COUNT;
    const counts = own.flatMap((row) => ('count' in row && row.sequence >= newest ? row.sequence : []));
    const isLate = counts.some((sequence) => sequence < (entry?.movedThrough ?? NO_COUNT));
    if (!isLate && !usesTwice(movementsOf(own), named)) return [];
    const marks = [...new Set([newest, ...counts])].sort((a, b) => a - b);
    const place = { sku, nodeId, section: section ?? '', epoch, named: movementsOf(own).map(sequenceOf) };
    return marks.map((after, index) => ({
      ...place,
      after,
      upTo: marks[index + 1] ?? Number.MAX_SAFE_INTEGER,
    }));
  });
}

function byPlace(rows: readonly FeedRow[]): readonly FeedRow[][] {
  const places = new Map<string, FeedRow[]>();
  for (const row of rows) {
    const own = places.get(placeKey(row));
    if (own) own.push(row);
    else places.set(placeKey(row), [row]);
  }
  return [...places.values()];
}

function sequenceOf({ sequence }: MovementRow): number {
  return sequence;
}

/** Returns true when a row reuses a sequence with another movement or moment. */
function usesTwice(own: readonly MovementRow[], named: ReadonlyMap<string, StoredMovement>): boolean {
  const said = new Map<number, string>();
  return own.some((row) => {
    const stored = named.get(sequenceKey(row));
    const before = said.get(row.sequence) ?? (stored ? `${stored[4]} ${stored[5]}` : undefined);
    const now = `${row.movement} ${row.observedAt}`;
    said.set(row.sequence, now);
    return before !== undefined && before !== now;
  });
}

/** Builds the part of a save statement that writes movements. */
export function saveMovements(sourceId: string, movements: readonly RecordedMovement[]) {
  return sql`
    INSERT INTO supply_movement (source_id, sku, node_id, section, epoch, sequence, movement, message_id, observed_at,
      received_at)
    SELECT ${sourceId}, sku, "nodeId", section, epoch, sequence, movement, "messageId", "observedAt", "receivedAt"
    FROM jsonb_to_recordset(${JSON.stringify(movements)}::jsonb) AS m(sku text, "nodeId" text, section text,
      epoch bigint, sequence bigint, movement bigint, "messageId" text, "observedAt" timestamptz, "receivedAt" timestamptz)
    ON CONFLICT (source_id, sku, node_id, section, epoch, sequence) DO UPDATE SET movement = excluded.movement,
      message_id = excluded.message_id, observed_at = excluded.observed_at, received_at = excluded.received_at`;
}

/** Builds the part of a save statement that records stale counts, each once. */
export function saveStaleCounts(sourceId: string, counts: readonly StaleCount[]) {
  return sql`
    INSERT INTO stale_count (source_id, sku, node_id, section, sequence, count, message_id, observed_at, received_at)
    SELECT ${sourceId}, sku, "nodeId", coalesce(section, ''), sequence, count, "messageId", "observedAt", "receivedAt"
    FROM jsonb_to_recordset(${JSON.stringify(counts)}::jsonb) AS c(sku text, "nodeId" text, section text,
      sequence bigint, count bigint, "messageId" text, "observedAt" timestamptz, "receivedAt" timestamptz)
    ON CONFLICT DO NOTHING`;
}
