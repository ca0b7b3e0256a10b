import { sqltag as sql } from '@prisma/client/runtime/client';
import type { Buyer } from '../../../domain/inventory/limits/eligibility';
import { type Known, KnownItems } from '../../../domain/inventory/offer/availability';
import type { Setting, SettingState } from '../../../domain/inventory/offer/availability-setting';
import { type WalkedItem, walkQueue } from '../../../domain/inventory/offer/backorder-walk';
import { type BriefOffer, briefOffer } from '../../../domain/inventory/offer/brief-offer';
import { freshShelf } from '../../../domain/inventory/offer/shelf';
import type { LastRepeat } from '../../../domain/inventory/supply/freshness';
import type { PrismaClient } from '../../generated/inventory/client';
import type { LogCursor } from '../../log/log-cursor';
import { type CursorRow, cursorColumns, cursorOf, oldestUnread } from '../../log/subscription-store';
import { readClock } from '../../postgres/clock';
import { exactlyOne } from '../../postgres/exactly-one';
import type { StoreSession } from '../../postgres/store-session';
import { projectedEntries, readEntries } from '../backorder-queues';
import {
  type AvailabilityRows,
  type FreshShelf,
  freshRow,
  type SettingRow,
  type ShelfRow,
} from './availability-rows';
import { decodeShelf, type EncodedShelf } from './shelf-encoding';

/** The projected facts, and their age. */
export interface KnownNow extends Known {
  readonly now: string;
  /** The moment up to which the facts contain every event. */
  readonly asOf: string;
}

/** Brief offers in the order in which the items were asked for, and the moment up to which they contain every event. */
export interface OffersNow {
  readonly asOf: string;
  readonly offers: readonly BriefOffer[];
}

/** The items whose facts are in memory at once. An item may be at hundreds of nodes. */
const ITEMS_AT_ONCE = 100;

type SettingColumns = readonly [kind: string, id: string, state: SettingState];

interface Row {
  readonly now: string;
  readonly asOf: string;
  /** JSON as text, parsed here: the client would parse it twice. */
  readonly shelves: string;
  readonly settings: string;
}

type SnapshotRow = Omit<AvailabilityRows, 'shelves'> & { readonly shelves: readonly FreshShelf[] };

type ShelfColumns = readonly [shelf: EncodedShelf, repeated: readonly LastRepeat[]];

/** Rows of the projection, and the place in the log from which a reader continues. */
export type ProjectionSnapshot = AvailabilityRows & { readonly cursor: LogCursor };

/** The name of the subscription that writes the availability projection. */
export const AVAILABILITY = 'availability';

/** Reads of the availability projection. */
export class AvailabilityReads {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Reads everything projected for these items, in one round trip. Where stock of an item lies beside a backorder queue,
   * it reads again in one snapshot, with the entries that may claim that stock.
   */
  async known(skus: readonly string[]): Promise<KnownNow> {
    const known = { ...(await this.#rows(this.client, skus)), entries: NO_ENTRIES };
    return awaited(skus, known).some(hasFreeStock(known.now)) ? this.#withEntries(skus) : known;
  }

  /** Computes what one buyer can be sold of these items. */
  async offers(skus: readonly string[], buyer: Buyer): Promise<OffersNow> {
    const offers: BriefOffer[] = [];
    let oldest: string | undefined;
    for (let from = 0; from < skus.length; from += ITEMS_AT_ONCE) {
      const some = skus.slice(from, from + ITEMS_AT_ONCE);
      const { now, asOf, ...known } = await this.known(some);
      const items = new KnownItems(known, now);
      offers.push(...some.map((sku) => briefOffer(items, sku, buyer)));
      oldest = oldest !== undefined && oldest < asOf ? oldest : asOf;
    }
    return { asOf: oldest ?? (await this.now()), offers };
  }

  #withEntries(skus: readonly string[]): Promise<KnownNow> {
    return this.client.$transaction(
      async (session) => {
        const rows = await this.#rows(session, skus);
        const items = awaited(skus, { ...rows, entries: NO_ENTRIES });
        const extent = { now: rows.now, whole: false };
        return { ...rows, entries: await readEntries(projectedEntries(session), items, extent) };
      },
      { isolationLevel: 'RepeatableRead' },
    );
  }

  async #rows(session: StoreSession, skus: readonly string[]): Promise<Omit<KnownNow, 'entries'>> {
    const asked = sql`${[...skus]}::text[]`;
    const row = exactlyOne(
      await session.$queryRaw<Row[]>`
      SELECT iso(statement_timestamp()) AS now, iso(${asOf()}) AS "asOf",
        (SELECT coalesce(json_agg(json_build_array(shelf, repeated)), '[]')
         FROM availability_shelf JOIN stock USING (sku, node_id) WHERE sku = ANY(${asked}))::text AS shelves,
        (SELECT coalesce(json_agg(json_build_array(kind, id, data)), '[]') FROM (
           SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{node,source,rule,cap}'::text[]) AND (skus IS NULL OR skus && ${asked})
           UNION ALL SELECT kind, id, data FROM availability_setting
           WHERE kind = ANY('{item,queue}'::text[]) AND id = ANY(${asked})) AS found)::text AS settings`,
    );
    const shelves = JSON.parse(row.shelves) as readonly ShelfColumns[];
    const settings = JSON.parse(row.settings) as readonly SettingColumns[];
    return {
      now: row.now,
      asOf: row.asOf,
      shelves: shelves.map(([shelf, repeated]) => freshShelf(decodeShelf(shelf), repeated)),
      settings: settings.map(([kind, id, state]) => ({ kind, id, state }) as Setting),
    };
  }

  /**
   * Reads the rows of some items, and with `shared` those that belong to no single item, at one place in the log. An
   * event after that place may be in the rows already.
   * @returns undefined before the projection's subscription is registered
   */
  async snapshot(skus: readonly string[], shared: boolean): Promise<ProjectionSnapshot | undefined> {
    const asked = sql`${[...skus]}::text[]`;
    const [row] = await this.client.$queryRaw<(CursorRow & SnapshotRow)[]>`
      SELECT ${cursorColumns()},
        (SELECT coalesce(json_agg(json_build_object('version', version, 'shelf', shelf, 'repeated', repeated)), '[]')
         FROM availability_shelf JOIN stock USING (sku, node_id) WHERE sku = ANY(${asked})) AS shelves,
        (SELECT coalesce(json_agg(json_build_object('kind', kind, 'id', id, 'version', version, 'skus', skus,
           'state', data)), '[]')
         FROM availability_setting WHERE kind = ANY('{item,queue}'::text[]) AND id = ANY(${asked})
           OR ${shared} AND kind <> ALL('{item,queue}'::text[])) AS settings,
        (SELECT coalesce(json_agg(json_build_object('sku', sku, 'place', place, 'entry', entry)), '[]')
         FROM availability_backorder WHERE sku = ANY(${asked})) AS entries
      FROM subscription WHERE name = ${AVAILABILITY}`;
    return row && { ...row, cursor: cursorOf(row), shelves: row.shelves.map(freshRow) };
  }

  /** Reads the projection's checkpoint in the log; undefined before its subscription is registered. */
  async cursor(): Promise<LogCursor | undefined> {
    const [row] = await this.client.$queryRaw<CursorRow[]>`
      SELECT ${cursorColumns()} FROM subscription WHERE name = ${AVAILABILITY}`;
    return row && cursorOf(row);
  }

  /** Reads the database's clock. */
  now(): Promise<string> {
    return readClock(this.client);
  }

  /** Reads the next stock projections after the named one, in order of SKU and node. */
  async shelvesAfter([sku, nodeId]: readonly [string, string], limit: number): Promise<readonly ShelfRow[]> {
    const rows = await this.client.$queryRaw<FreshShelf[]>`
      SELECT version, shelf, repeated FROM availability_shelf JOIN stock USING (sku, node_id)
      WHERE (sku, node_id) > (${sku}, ${nodeId}) ORDER BY sku, node_id LIMIT ${limit}::int`;
    return rows.map(freshRow);
  }

  /** Reads the stock projections that changed after a change, in the order of their last changes. */
  async changedAfter(
    change: string,
    limit: number,
  ): Promise<{ readonly shelves: readonly ShelfRow[]; readonly change: string }> {
    const rows = await this.client.$queryRaw<(FreshShelf & { readonly change: string })[]>`
      SELECT change::text AS change, version, shelf, repeated
      FROM availability_shelf JOIN stock USING (sku, node_id)
      WHERE change > ${change}::text::bigint ORDER BY availability_shelf.change LIMIT ${limit}::int`;
    return { shelves: rows.map(freshRow), change: rows.at(-1)?.change ?? change };
  }

  /** Reads the items of the stock projections that changed last: so many projections, fewer items. */
  async changedLast(shelves: number): Promise<readonly string[]> {
    const rows = await this.client.$queryRaw<{ readonly sku: string }[]>`
      SELECT DISTINCT sku FROM (
        SELECT sku FROM availability_shelf ORDER BY change DESC LIMIT ${shelves}::int) AS latest`;
    return rows.map(({ sku }) => sku);
  }

  /** Reads the next settings after the named one, in order of kind and id. */
  async settingsAfter([kind, id]: readonly [string, string], limit: number): Promise<readonly SettingRow[]> {
    return this.client.$queryRaw<SettingRow[]>`
      SELECT kind, id, version, skus, data AS state FROM availability_setting
      WHERE (kind, id) > (${kind}, ${id}) ORDER BY kind, id LIMIT ${limit}::int`;
  }
}

const NO_ENTRIES: Known['entries'] = new Map();

/** Returns the items that orders wait for, with the facts for a walk along their queues. */
function awaited(skus: readonly string[], known: KnownNow): readonly WalkedItem[] {
  const items = new KnownItems(known, known.now);
  return skus.filter((sku) => items.openBackorders(sku) > 0).map((sku) => items.walked(sku));
}

function hasFreeStock(now: string): (item: WalkedItem) => boolean {
  return (item) => !walkQueue(item, [], now).isExhausted;
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
