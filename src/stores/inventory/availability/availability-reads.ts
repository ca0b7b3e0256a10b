import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Known } from '../../../domain/inventory/offer/availability';
import type { Setting, SettingState } from '../../../domain/inventory/offer/availability-setting';
import type { PrismaClient } from '../../generated/inventory/client';
import type { LogCursor } from '../../log/log-cursor';
import { type CursorRow, cursorColumns, cursorOf, oldestUnread } from '../../log/subscription-store';
import { type SettingRow, type ShelfRow, type StoredShelf, shelfRow } from './availability-rows';
import { decodeShelf, type EncodedShelf } from './shelf-encoding';

/** What is known, and how old that is. */
export interface KnownNow extends Known {
  readonly now: string;
  /** Everything that happened until this moment is in it. */
  readonly asOf: string;
}

type SettingColumns = readonly [kind: string, id: string, state: SettingState];

interface Row {
  readonly now: string;
  readonly asOf: string;
  /** JSON, parsed here: on its way through the client it would be parsed twice. */
  readonly shelves: string;
  readonly settings: string;
}

/** The subscription whose rows these are. */
export const AVAILABILITY = 'availability';

/** What the log has been folded into for whoever wants to know what can be sold. */
export class AvailabilityReads {
  constructor(private readonly client: PrismaClient) {}

  /** All that is known about these items, in one round trip. */
  async known(skus: readonly string[]): Promise<KnownNow> {
    const asked = sql`${[...skus]}::text[]`;
    const [row] = await this.client.$queryRaw<Row[]>`
      SELECT iso(statement_timestamp()) AS now, iso(${asOf()}) AS "asOf",
        (SELECT coalesce(json_agg(shelf), '[]') FROM availability_shelf WHERE sku = ANY(${asked}))::text AS shelves,
        (SELECT coalesce(json_agg(json_build_array(kind, id, data)), '[]') FROM (
           SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{node,source,rule,cap}'::text[]) AND (skus IS NULL OR skus && ${asked})
           UNION ALL SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{item,queue}'::text[]) AND id = ANY(${asked})) AS found)::text AS settings`;
    if (!row) throw new Error('a load gave no row');
    const shelves = JSON.parse(row.shelves) as readonly EncodedShelf[];
    const settings = JSON.parse(row.settings) as readonly SettingColumns[];
    return {
      now: row.now,
      asOf: row.asOf,
      shelves: shelves.map(decodeShelf),
      settings: settings.map(([kind, id, state]) => ({ kind, id, state }) as Setting),
    };
  }

  /** Up to where in the log the rows go; undefined while nobody has ever folded anything. */
  async cursor(): Promise<LogCursor | undefined> {
    const [row] = await this.client.$queryRaw<CursorRow[]>`
      SELECT ${cursorColumns()} FROM subscription WHERE name = ${AVAILABILITY}`;
    return row && cursorOf(row);
  }

  /** The next shelves in the order of item and node, after the one named. */
  async shelvesAfter([sku, nodeId]: readonly [string, string], limit: number): Promise<readonly ShelfRow[]> {
    const rows = await this.client.$queryRaw<StoredShelf[]>`
      SELECT version, shelf FROM availability_shelf
      WHERE (sku, node_id) > (${sku}, ${nodeId}) ORDER BY sku, node_id LIMIT ${limit}::int`;
    return rows.map(shelfRow);
  }

  /** The next settings in the order of kind and id, after the one named. */
  async settingsAfter([kind, id]: readonly [string, string], limit: number): Promise<readonly SettingRow[]> {
    return this.client.$queryRaw<SettingRow[]>`
      SELECT kind, id, version, skus, data AS state FROM availability_setting
      WHERE (kind, id) > (${kind}, ${id}) ORDER BY kind, id LIMIT ${limit}::int`;
  }
}

/** Nothing is left to fold: now. Nobody has begun to: before the first event there is. */
function asOf() {
  return sql`least(statement_timestamp(), coalesce(
    (SELECT coalesce(${oldestUnread()}, 'infinity') FROM subscription AS s WHERE name = ${AVAILABILITY}),
    (SELECT recorded_at FROM event ORDER BY event.position LIMIT 1)))`;
}
