import {
  type BackorderEvent,
  type BackorderQueue,
  emptyQueue,
  evolveQueue,
} from '../../../domain/inventory/limits/backorder';
import type { Known } from '../../../domain/inventory/offer/availability';
import {
  SETTING_OF,
  type Setting,
  type SettingEvent,
} from '../../../domain/inventory/offer/availability-setting';
import { emptyShelf, evolveShelf, type Shelf } from '../../../domain/inventory/offer/shelf';
import type { StockEvent } from '../../../domain/inventory/supply/stock';
import type { PrismaClient } from '../../generated/inventory/client';

type Logged<Event> = Event & { readonly version: number; readonly occurredAt: string };
type SetUpRow = SettingEvent & { readonly stream: string };

/** An item at a moment, folded from the log. */
export interface PastItem extends Known {
  /** True when the moment lies ahead of the database's clock. */
  readonly isAhead: boolean;
  /** The backordered units. */
  readonly openBackorders: number;
}

const EVENTS_A_PAGE = 2_000;

/** Reads of stock as of a past moment, folded from the log alone. */
export class StockHistory {
  constructor(private readonly client: PrismaClient) {}

  /**
   * Folds an item up to a moment, at every node that has ever had stock of it. `settings` holds only the nodes and
   * sources that existed at that moment.
   * @returns undefined when the item was never set up
   */
  async at(sku: string, moment: string): Promise<PastItem | undefined> {
    const [found] = await this.client.$queryRaw<{ isKnown: boolean; isAhead: boolean; nodes: string[] }[]>`
      SELECT EXISTS (SELECT 1 FROM event WHERE stream = 'item/' || ${sku}::text) AS "isKnown",
        ${moment}::timestamptz > statement_timestamp() AS "isAhead",
        coalesce((SELECT json_agg(id) FROM node
          WHERE EXISTS (SELECT 1 FROM event WHERE stream = 'stock/' || ${sku}::text || '/' || node.id)), '[]') AS nodes`;
    if (!found?.isKnown) return undefined;
    const shelves = await Promise.all(found.nodes.map((nodeId) => this.#shelf(sku, nodeId, moment)));
    const { open: openBackorders } = await this.#queue(sku, moment);
    const settings = await this.#settings(found.nodes, moment);
    return { isAhead: found.isAhead, shelves, settings, openBackorders };
  }

  async #queue(sku: string, moment: string): Promise<BackorderQueue> {
    const events = await this.client.$queryRaw<BackorderEvent[]>`
      SELECT type, data FROM event
      WHERE stream = 'backorder/' || ${sku}::text AND occurred_at <= ${moment}::timestamptz ORDER BY version`;
    return events.reduce(evolveQueue, emptyQueue(sku));
  }

  /** Folds the stock of one node, one page at a time: an item in demand has a long log and a small projection. */
  async #shelf(sku: string, nodeId: string, moment: string): Promise<Shelf> {
    let shelf = emptyShelf(sku, nodeId);
    let read = 0;
    for (;;) {
      const page = await this.client.$queryRaw<Logged<StockEvent>[]>`
        SELECT version, type, data, iso(occurred_at) AS "occurredAt" FROM event
        WHERE stream = ${`stock/${sku}/${nodeId}`} AND version > ${read}::int ORDER BY version LIMIT ${EVENTS_A_PAGE}::int`;
      for (const event of page) {
        if (event.occurredAt > moment) return shelf;
        shelf = evolveShelf(shelf, event, event.occurredAt);
        read = event.version;
      }
      if (page.length < EVENTS_A_PAGE) return shelf;
    }
  }

  /** Reads the nodes and sources as last set at a moment. The tables give only the ids, the log gives the content. */
  async #settings(nodes: readonly string[], moment: string): Promise<readonly Setting[]> {
    const rows = await this.client.$queryRaw<SetUpRow[]>`
      SELECT last.* FROM (
        SELECT 'node/' || name AS name FROM unnest(${[...nodes]}::text[]) AS name
        UNION ALL SELECT 'source/' || id FROM source) AS named
      CROSS JOIN LATERAL (
        SELECT stream, type, data FROM event WHERE stream = named.name AND occurred_at <= ${moment}::timestamptz
        ORDER BY version DESC LIMIT 1) AS last`;
    return rows.map(
      ({ stream, type, data }) =>
        ({ kind: SETTING_OF[type], id: stream.slice(stream.indexOf('/') + 1), state: data }) as Setting,
    );
  }
}
