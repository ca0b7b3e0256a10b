import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { BackorderEntry } from '../../../domain/inventory/limits/backorder';
import type { Setting } from '../../../domain/inventory/offer/availability-setting';
import { freshShelf, type Shelf } from '../../../domain/inventory/offer/shelf';
import type { LastRepeat } from '../../../domain/inventory/supply/freshness';
import { exactlyOne } from '../../postgres/exactly-one';
import type { StepSession, StoreSession } from '../../postgres/store-session';
import { decodeShelf, type EncodedShelf, encodeShelf } from './shelf-encoding';

/** A stock projection with the version of its stream up to which it is folded. */
export type ShelfRow = Shelf & { readonly version: number };
export type SettingRow = Setting & { readonly version: number; readonly skus: readonly string[] | null };

/** An entry of an item's backorder queue. A null entry has left the queue. */
export interface EntryRow {
  readonly sku: string;
  readonly place: number;
  readonly entry: BackorderEntry | null;
}

export interface AvailabilityRows {
  readonly shelves: readonly ShelfRow[];
  readonly settings: readonly SettingRow[];
  readonly entries: readonly EntryRow[];
}

/** A stored row of the stock projection. */
export interface StoredShelf {
  readonly version: number;
  readonly shelf: EncodedShelf;
}

/** A stored row of the stock projection with the repeated counts of its stock row, which are not projected. */
export type FreshShelf = StoredShelf & { readonly repeated: readonly LastRepeat[] };

/** The keys of rows of the projection. */
export interface WantedRows {
  readonly shelves: readonly { readonly sku: string; readonly nodeId: string }[];
  readonly settings: readonly Pick<Setting, 'kind' | 'id'>[];
  readonly entries: readonly Pick<EntryRow, 'sku' | 'place'>[];
}

/** Reads the existing rows of these stock projections, settings and backorder entries. */
export async function loadAvailability(
  session: StoreSession,
  { shelves, settings, entries }: WantedRows,
): Promise<AvailabilityRows> {
  const skus = shelves.map(({ sku }) => sku);
  const nodes = shelves.map(({ nodeId }) => nodeId);
  const kinds = settings.map(({ kind }) => kind);
  const ids = settings.map(({ id }) => id);
  const rows = exactlyOne(
    await session.$queryRaw<(Omit<AvailabilityRows, 'shelves'> & { shelves: StoredShelf[] })[]>`
    SELECT
      (SELECT coalesce(json_agg(json_build_object('version', version, 'shelf', shelf)), '[]')
       FROM unnest(${skus}::text[], ${nodes}::text[]) AS wanted(sku, node_id)
       JOIN availability_shelf USING (sku, node_id)) AS shelves,
      (SELECT coalesce(json_agg(json_build_object('kind', kind, 'id', id, 'version', version, 'skus', skus,
         'state', data)), '[]')
       FROM unnest(${kinds}::text[], ${ids}::text[]) AS wanted(kind, id)
       JOIN availability_setting USING (kind, id)) AS settings,
      (SELECT coalesce(json_agg(json_build_object('sku', sku, 'place', place, 'entry', entry)), '[]')
       FROM unnest(${entries.map(({ sku }) => sku)}::text[], ${entries.map(({ place }) => place)}::int[])
         AS wanted(sku, place)
       JOIN availability_backorder USING (sku, place)) AS entries`,
  );
  return { ...rows, shelves: rows.shelves.map(shelfRow) };
}

function shelfRow({ version, shelf }: StoredShelf): ShelfRow {
  return { ...decodeShelf(shelf), version };
}

/** Converts a stored row, and adds its repeated counts. */
export function freshRow({ repeated, ...stored }: FreshShelf): ShelfRow {
  return freshShelf(shelfRow(stored), repeated);
}

export function saveAvailability(session: StepSession, rows: AvailabilityRows): void {
  for (const statement of savingOf(rows)) session.save(statement);
}

/** Builds the statements that save rows. */
export function savingOf({ shelves, settings, entries }: AvailabilityRows): readonly Sql[] {
  const shelfRows = shelves.map(({ version, ...shelf }) => ({
    sku: shelf.stock.sku,
    node_id: shelf.stock.nodeId,
    version,
    shelf: encodeShelf(shelf),
  }));
  const rows = sql`
    WITH shelved AS (
      INSERT INTO availability_shelf (sku, node_id, version, shelf)
      SELECT sku, node_id, version, shelf FROM jsonb_to_recordset(${JSON.stringify(shelfRows)}::jsonb)
        AS s(sku text, node_id text, version int, shelf jsonb)
      ON CONFLICT (sku, node_id) DO UPDATE
        SET version = excluded.version, shelf = excluded.shelf, change = excluded.change)
    INSERT INTO availability_setting (kind, id, version, skus, data)
    SELECT kind, id, version, skus, coalesce(state, 'null') FROM jsonb_to_recordset(${JSON.stringify(settings)}::jsonb)
      AS s(kind text, id text, version int, skus text[], state jsonb)
    ON CONFLICT (kind, id) DO UPDATE
      SET version = excluded.version, skus = excluded.skus, data = excluded.data`;
  return entries.length > 0 ? [rows, savingOfEntries(entries)] : [rows];
}

function savingOfEntries(entries: readonly EntryRow[]): Sql {
  return sql`
    WITH changed AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS e(sku text, place int, entry jsonb)),
    gone AS (
      DELETE FROM availability_backorder USING changed
      WHERE availability_backorder.sku = changed.sku AND availability_backorder.place = changed.place
        AND changed.entry IS NULL)
    INSERT INTO availability_backorder (sku, place, entry)
    SELECT sku, place, entry FROM changed WHERE entry IS NOT NULL
    ON CONFLICT (sku, place) DO UPDATE SET entry = excluded.entry`;
}

export async function clearAvailability(session: StoreSession): Promise<void> {
  await session.$executeRaw`TRUNCATE availability_shelf, availability_setting, availability_backorder`;
}
