import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Known } from '../../../domain/inventory/offer/availability';
import type { Setting, SettingState } from '../../../domain/inventory/offer/availability-setting';
import type { PrismaClient } from '../../generated/inventory/client';
import type { LogCursor } from '../../log/log-cursor';
import { type CursorRow, cursorColumns, cursorOf, oldestUnread } from '../../log/subscription-store';
import { exactlyOne } from '../../postgres/exactly-one';
import { type SettingRow, type ShelfRow, type StoredShelf, shelfRow } from './availability-rows';
import { decodeShelf, type EncodedShelf } from './shelf-encoding';

/** The projected facts, and their age. */
export interface KnownNow extends Known {
  readonly now: string;
  /** The moment up to which the facts contain every event. */
  readonly asOf: string;
}

type SettingColumns = readonly [kind: string, id: string, state: SettingState];

interface Row {
  readonly now: string;
  readonly asOf: string;
  /** JSON as text, parsed here: the client would parse it twice. */
  readonly shelves: string;
  readonly settings: string;
}

/** The name of the subscription that writes the availability projection. */
export const AVAILABILITY = 'availability';

/** Reads of the availability projection. */
export class AvailabilityReads {
  constructor(private readonly client: PrismaClient) {}

  /** Reads everything projected for these items, in one round trip. */
  async known(skus: readonly string[]): Promise<KnownNow> {
    const asked = sql`${[...skus]}::text[]`;
    const row = exactlyOne(
      await this.client.$queryRaw<Row[]>`
      SELECT iso(statement_timestamp()) AS now, iso(${asOf()}) AS "asOf",
        (SELECT coalesce(json_agg(shelf), '[]') FROM availability_shelf WHERE sku = ANY(${asked}))::text AS shelves,
        (SELECT coalesce(json_agg(json_build_array(kind, id, data)), '[]') FROM (
           SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{node,source,rule,cap}'::text[]) AND (skus IS NULL OR skus && ${asked})
           UNION ALL SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{item,queue}'::text[]) AND id = ANY(${asked})) AS found)::text AS settings`,
    );
    const shelves = JSON.parse(row.shelves) as readonly EncodedShelf[];
    const settings = JSON.parse(row.settings) as readonly SettingColumns[];
    return {
      now: row.now,
      asOf: row.asOf,
      shelves: shelves.map(decodeShelf),
      settings: settings.map(([kind, id, state]) => ({ kind, id, state }) as Setting),
    };
  }

  /** Reads the projection's checkpoint in the log; undefined before its subscription is registered. */
  async cursor(): Promise<LogCursor | undefined> {
    const [row] = await this.client.$queryRaw<CursorRow[]>`
      SELECT ${cursorColumns()} FROM subscription WHERE name = ${AVAILABILITY}`;
    return row && cursorOf(row);
  }

  /** Reads the next stock projections after the named one, in order of SKU and node. */
  async shelvesAfter([sku, nodeId]: readonly [string, string], limit: number): Promise<readonly ShelfRow[]> {
    const rows = await this.client.$queryRaw<StoredShelf[]>`
      SELECT version, shelf FROM availability_shelf
      WHERE (sku, node_id) > (${sku}, ${nodeId}) ORDER BY sku, node_id LIMIT ${limit}::int`;
    return rows.map(shelfRow);
  }

  /** Reads the next settings after the named one, in order of kind and id. */
  async settingsAfter([kind, id]: readonly [string, string], limit: number): Promise<readonly SettingRow[]> {
    return this.client.$queryRaw<SettingRow[]>`
      SELECT kind, id, version, skus, data AS state FROM availability_setting
      WHERE (kind, id) > (${kind}, ${id}) ORDER BY kind, id LIMIT ${limit}::int`;
  }
}

/**
 * Selects the moment of the projection: the oldest unhandled event, or now when there is none. Before the subscription
 * is registered, it is the moment of the first event in the log.
 */
function asOf() {
  return sql`least(statement_timestamp(), coalesce(
    (SELECT coalesce(${oldestUnread()}, 'infinity') FROM subscription AS s WHERE name = ${AVAILABILITY}),
    (SELECT recorded_at FROM event ORDER BY event.position LIMIT 1)))`;
}
