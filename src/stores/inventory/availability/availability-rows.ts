import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Setting } from '../../../domain/inventory/offer/availability-setting';
import type { Shelf } from '../../../domain/inventory/offer/shelf';
import { exactlyOne } from '../../postgres/exactly-one';
import type { StepSession, StoreSession } from '../../postgres/store-session';
import { decodeShelf, type EncodedShelf, encodeShelf } from './shelf-encoding';

/** A stock projection with the version of its stream up to which it is folded. */
export type ShelfRow = Shelf & { readonly version: number };
export type SettingRow = Setting & { readonly version: number; readonly skus: readonly string[] | null };

export interface AvailabilityRows {
  readonly shelves: readonly ShelfRow[];
  readonly settings: readonly SettingRow[];
}

/** A stored row of the stock projection. */
export interface StoredShelf {
  readonly version: number;
  readonly shelf: EncodedShelf;
}

interface Wanted {
  readonly shelves: readonly { readonly sku: string; readonly nodeId: string }[];
  readonly settings: readonly Pick<Setting, 'kind' | 'id'>[];
}

/** Reads the existing rows of these stock projections and settings. */
export async function loadAvailability(
  session: StoreSession,
  { shelves, settings }: Wanted,
): Promise<AvailabilityRows> {
  const skus = shelves.map(({ sku }) => sku);
  const nodes = shelves.map(({ nodeId }) => nodeId);
  const kinds = settings.map(({ kind }) => kind);
  const ids = settings.map(({ id }) => id);
  const rows = exactlyOne(
    await session.$queryRaw<{ shelves: StoredShelf[]; settings: SettingRow[] }[]>`
    SELECT
      (SELECT coalesce(json_agg(json_build_object('version', version, 'shelf', shelf)), '[]')
       FROM unnest(${skus}::text[], ${nodes}::text[]) AS wanted(sku, node_id)
       JOIN availability_shelf USING (sku, node_id)) AS shelves,
      (SELECT coalesce(json_agg(json_build_object('kind', kind, 'id', id, 'version', version, 'skus', skus,
         'state', data)), '[]')
       FROM unnest(${kinds}::text[], ${ids}::text[]) AS wanted(kind, id)
       JOIN availability_setting USING (kind, id)) AS settings`,
  );
  return { shelves: rows.shelves.map(shelfRow), settings: rows.settings };
}

export function shelfRow({ version, shelf }: StoredShelf): ShelfRow {
  return { ...decodeShelf(shelf), version };
}

export function saveAvailability(session: StepSession, { shelves, settings }: AvailabilityRows): void {
  const shelfRows = shelves.map(({ version, ...shelf }) => ({
    sku: shelf.stock.sku,
    node_id: shelf.stock.nodeId,
    version,
    shelf: encodeShelf(shelf),
  }));
  session.save(sql`
    WITH shelved AS (
      INSERT INTO availability_shelf (sku, node_id, version, shelf)
      SELECT sku, node_id, version, shelf FROM jsonb_to_recordset(${JSON.stringify(shelfRows)}::jsonb)
        AS s(sku text, node_id text, version int, shelf jsonb)
      ON CONFLICT (sku, node_id) DO UPDATE
        SET version = excluded.version, shelf = excluded.shelf)
    INSERT INTO availability_setting (kind, id, version, skus, data)
    SELECT kind, id, version, skus, coalesce(state, 'null') FROM jsonb_to_recordset(${JSON.stringify(settings)}::jsonb)
      AS s(kind text, id text, version int, skus text[], state jsonb)
    ON CONFLICT (kind, id) DO UPDATE
      SET version = excluded.version, skus = excluded.skus, data = excluded.data`);
}

export async function clearAvailability(session: StoreSession): Promise<void> {
  await session.$executeRaw`TRUNCATE availability_shelf, availability_setting`;
}
